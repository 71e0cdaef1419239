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
