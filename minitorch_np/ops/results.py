"""The (values, indices) pairs that max, sort and their kin return."""

from collections import namedtuple


class _Pair(namedtuple("_Pair", ("values", "indices"))):
    """(values, indices), printed as torch's return types are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.return_types.{type(self).__name__}(\nvalues={self.values!r},\nindices={self.indices!r})"


max_result = type("max", (_Pair,), {})
min_result = type("min", (_Pair,), {})
sort_result = type("sort", (_Pair,), {})
topk_result = type("topk", (_Pair,), {})
cummax_result = type("cummax", (_Pair,), {})
cummin_result = type("cummin", (_Pair,), {})
kthvalue_result = type("kthvalue", (_Pair,), {})
median_result = type("median", (_Pair,), {})
mode_result = type("mode", (_Pair,), {})
nanmedian_result = type("nanmedian", (_Pair,), {})


class _Extremes(namedtuple("_Extremes", ("min", "max"))):
    """(min, max), printed as torch's return type is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.return_types.aminmax(\nmin={self.min!r},\nmax={self.max!r})"


aminmax_result = type("aminmax", (_Extremes,), {})


def named_results(type_name, *fields):
    """A named tuple that is printed as torch's return types are."""

    def __repr__(self):
        parts = ",\n".join(f"{name}={value!r}" for name, value in zip(fields, self))
        return f"torch.return_types.{type_name}(\n{parts})"

    return type(type_name, (namedtuple(type_name, fields),), {"__slots__": (), "__repr__": __repr__})
