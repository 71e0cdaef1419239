"""What torch offers as a function where it is a method here: torch.exp_(x) for x.exp_(), torch.numel(x) for x.numel()."""

from .. import checks
from ..size import Size
from .build import diag_embed
from .public import public

NAMES = """
    abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_ asinh_ atan_ atanh_ ceil_
    clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ detach detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_
    frac_ index_put_ is_complex is_floating_point ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ narrow_copy neg_
    negative_ numel rad2deg_ reciprocal_ relu_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_
    trunc_ xlogy_ zero_
"""


def _spell(name):
    def function(input, *args, **kwargs):
        checks.check_tensor(input, name)
        return getattr(input, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"input.{name}(...).  Torch: torch.{name}"
    public(function, method=False)


for _name in NAMES.split():
    _spell(_name)


@public
def is_nonzero(input):
    """True if the one element is not 0.  Raises: RuntimeError for more or fewer.  Torch: torch.is_nonzero"""
    checks.check_tensor(input, "is_nonzero")
    return bool(input)


@public
def is_same_size(input, other):
    """True for equal shapes.  Torch: torch.is_same_size"""
    checks.check_tensor(input, "is_same_size")
    checks.check_tensor(other, "is_same_size", "other", 2)
    return input._array.shape == other._array.shape


@public
def is_signed(input):
    """True for a dtype with negative numbers.  Torch: torch.is_signed"""
    checks.check_tensor(input, "is_signed")
    return input.dtype.is_signed


@public
def diagflat(input, offset=0):
    """All elements as the diagonal of a matrix.  Torch: torch.diagflat"""
    checks.check_tensor(input, "diagflat")
    return diag_embed(input.reshape(-1) if input.numel() else input.reshape(0), offset)


@public(method=False)
def broadcast_shapes(*shapes):
    """The shape that tensors of these shapes broadcast to; an int is a shape of one size.

    Raises: RuntimeError where they do not.  Torch: torch.broadcast_shapes
    """
    given = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    result = [1] * max([len(shape) for shape in given], default=0)
    for number, shape in enumerate(given):
        for at in range(-1, -1 - len(shape), -1):
            if shape[at] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if shape[at] != 1 and result[at] not in (1, shape[at]):
                shape = shapes[number] if isinstance(shapes[number], Size) else shape
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[at]} at {at}! Mismatching argument at index "
                    f"{number} had {shape}; but expected shape should be broadcastable to {result}"
                )
            result[at] = result[at] if shape[at] == 1 else shape[at]
    return Size(result)
