"""x[...] and x[...] = v on drawn shapes, layouts and keys, held against torch's."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import lay_out, layouts
from twin import assert_equal, text

import minitorch_np as mt

LIBRARIES = (mt, torch)
INDEX_DTYPES = ("int64", "int32", "uint8", "int16", "int8", "float32", "bool")

# --- keys ------------------------------------------------------------------------------------------
# A key is drawn as a description, and made of either library's tensors later.


def _basic(n):
    ends = st.one_of(st.none(), st.integers(-n - 2, n + 2))
    return st.one_of(
        st.integers(-n - 1, n),
        st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, 3])),
        st.sampled_from([None, ..., slice(None), True, False]),
    )


@st.composite
def _index(draw, n, rare=True):
    """An index tensor, array, list or NumPy number, most often within range."""
    shape = draw(st.sampled_from([(), (1,), (2,), (2,), (3,), (0,), (2, 2), (1, 2)]))
    low, high = (-n, n - 1) if n and draw(st.integers(0, 9)) else (-n - 1, n + 1)
    values = np.array(draw(st.lists(st.integers(low, high), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))))
    kind = draw(st.sampled_from(["tensor"] * 4 + ["array", "list", "transposed", "number"]))
    dtype = draw(st.sampled_from(INDEX_DTYPES if rare and not draw(st.integers(0, 7)) else INDEX_DTYPES[:2]))
    return (kind, np.abs(values).reshape(shape).astype(dtype) if dtype == "uint8" else values.reshape(shape).astype(dtype))


@st.composite
def _mask(draw, shape):
    """A mask over the next dimensions, sometimes of another shape."""
    shape = shape[: draw(st.integers(0, len(shape)))]
    if not draw(st.integers(0, 7)):
        shape = (*shape, draw(st.integers(0, 3)))
    count = int(np.prod(shape))
    values = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool).reshape(shape)
    # Torch counts an array or list as one dimension, and reads beyond its sizes where a mask has more.
    return (draw(st.sampled_from(["tensor", "tensor", "array", "list"] if values.ndim == 1 else ["tensor"])), values)


@st.composite
def keys(draw, shape):
    """Most often a tuple of one item per dimension, or fewer, or one more."""
    items = []
    dim = 0
    for _ in range(draw(st.integers(0, len(shape) + 1))):
        n = shape[dim] if dim < len(shape) else 2
        kind = draw(st.sampled_from(["basic", "basic", "basic", "index", "index", "mask"]))
        if kind == "mask":
            items.append(draw(_mask(shape[dim:])))
            dim += items[-1][1].ndim
        else:
            item = draw(_basic(n) if kind == "basic" else _index(n))
            # Behind a second Ellipsis torch looks for a slice's size beyond the sizes: what is there decides.
            items.append(0 if isinstance(item, slice) and sum(i is ... for i in items) > 1 else item)
            dim += not (items[-1] is None or items[-1] is ... or isinstance(items[-1], bool))
    odd = st.sampled_from(
        [1.0, "a", {}, [slice(0, 1)], [[0, 1], [1, 0]], [True, False], [0, None], range(2), [], (), [1.5], b"", -(2**70)]
    )
    if not draw(st.integers(0, 19)):
        items.append(draw(odd))
    return items[0] if len(items) == 1 and draw(st.booleans()) else tuple(items)


def build(lib, key):
    """The key that a description stands for."""
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], np.ndarray):
        kind, values = key
        if kind == "list":
            return values.tolist()
        if kind == "array":
            return values.copy()
        if kind == "number" and not values.ndim:
            return values[()]
        tensor = lib.from_numpy(np.array(values, order="F" if kind == "transposed" else "C"))
        return tensor
    return tuple([build(lib, item) for item in key]) if isinstance(key, tuple) else key


@st.composite
def tensors(draw):
    shape = draw(st.lists(st.sampled_from([0, 1, 2, 2, 3, 3]), max_size=3).map(tuple))
    size = int(np.prod(shape))
    array = lay_out(np.arange(1.0, size + 1).reshape(shape), draw(layouts()))
    return array


# --- running ---------------------------------------------------------------------------------------


def outcome(program, lib):
    """What a program returns, or the error it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ("value", program(lib))
        except Exception as error:
            return ("error", type(error).__name__, text(str(error)))


def both(program):
    ours, theirs = (outcome(program, lib) for lib in LIBRARIES)
    assert_equal(ours, theirs)


def describe(x, base=None):
    """Values, strides, node and, for a view, where in its base it begins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        node = x.grad_fn.name().split("::")[-1] if x.grad_fn is not None else None
    strides = x.stride() if x.numel() else None
    shares = base is not None and x.numel() > 0 and base.data_ptr() <= x.data_ptr() < base.data_ptr() + _extent(base)
    return [
        x.detach().numpy().copy(),
        str(x.dtype),
        tuple(x.shape),
        strides,
        node,
        x.data_ptr() - base.data_ptr() if shares else -1,
    ]


def _extent(x):
    return x.element_size() * (1 + sum((n - 1) * s for n, s in zip(x.shape, x.stride(), strict=True)))


def _weights(lib, x, seed=1):
    return lib.from_numpy(np.asarray(np.random.default_rng(seed).uniform(-1, 1, tuple(x.shape))))


@given(data=st.data())
def test_reading(data):
    array = data.draw(tensors())
    key = data.draw(keys(array.shape))

    def program(lib):
        x = lib.from_numpy(array.copy(order="K") if array.flags.forc else array)
        return describe(x[build(lib, key)], x)

    both(program)


@given(data=st.data())
def test_gradients_of_reading(data):
    array = data.draw(tensors())
    key = data.draw(keys(array.shape))

    def program(lib):
        x = lib.from_numpy(array.copy()).requires_grad_()
        y = (x * x)[build(lib, key)]
        first = lib.autograd.grad(y, x, _weights(lib, y), create_graph=True)[0]
        second = lib.autograd.grad(first, x, _weights(lib, x, 2))[0]
        return [*describe(y), first.detach().numpy().copy(), second.numpy().copy()]

    both(program)


@st.composite
def values(draw, target):
    """Something to assign to a region of this shape: most often it fits."""
    shape = tuple(1 if not draw(st.integers(0, 3)) else n for n in target[draw(st.integers(0, len(target))) :])
    if not draw(st.integers(0, 5)):
        shape = (1,) * draw(st.integers(0, 2)) + shape
    if not draw(st.integers(0, 7)):
        shape = draw(st.lists(st.integers(0, 3), max_size=3).map(tuple))
    array = np.asarray(-1.0 - np.arange(int(np.prod(shape))).reshape(shape))
    number = st.sampled_from(
        [7, -1.5, True, np.float64(2), np.int32(3), np.float32(1), float("nan"), 300, 1e300, 2j, "a", [1.0], None]
    )
    return (
        draw(number)
        if not draw(st.integers(0, 3))
        else array.astype(draw(st.sampled_from(["float64"] * 6 + ["float32", "int64"])))
    )


def _distinct(key) -> bool:
    """False if a place may be written to twice: which of two values stays is not defined."""
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], np.ndarray):
        return key[1].dtype == bool or key[1].size < 2
    if isinstance(key, tuple):
        return all(map(_distinct, key)) and sum(isinstance(k, tuple | list) for k in key) < 2
    return not isinstance(key, list)


def test_sizes_of_one_lie_in_memory_as_torchs():
    for shape in [(2, 3), (3,), (1, 2), (2, 2, 3)]:
        for index in [[[0, 1], [1, 0]], [[0, 1]], [[0], [1]], [[1]]]:
            for key in [("i",), (None, "i"), (None, "i", None), (None, None, "i"), (..., "i"), (slice(0, 1), "i")]:

                def program(lib, shape=shape, index=index, key=key):
                    return describe(lib.zeros(shape)[tuple(lib.tensor(index).t() if k == "i" else k for k in key)])

                both(program)


@pytest.mark.parametrize("key", [(..., ..., 0, [[0, 1], [1, 0]]), (..., ..., 0, [0]), (..., 0, ..., [0], [0])], ids=str)
def test_behind_a_second_ellipsis_no_dimension_may_be_left(key):
    both(lambda lib: describe(lib.zeros(0, 0, 1)[key]))


@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize(("shape", "size"), [((0,), ()), ((0,), (0,)), ((2, 0), (1,)), ((0, 2), (1, 2)), ((0, 2), (3,))])
def test_masks_without_dimensions_on_nothing(shape, size, mask, accumulate):
    def program(lib):
        x, v = (lib.ones(n, dtype=lib.float64, requires_grad=True) for n in (shape, size))
        y = (x * 1).index_put_((lib.tensor(mask),), v, accumulate=accumulate)
        return [*describe(y), y._version, _gradients(lib, y, [x, v])]

    both(program)


@pytest.mark.parametrize("third", [[], [0], [0, 0]], ids=str)
@pytest.mark.parametrize("mask", [[[0, 0], [1, 0]], [[0, 0], [0, 0]], False], ids=str)
@pytest.mark.parametrize("first", [[], [0]], ids=str)
def test_masks_that_span_more_or_less_than_a_dimension(first, mask, third):
    def program(lib):
        key = tuple(lib.tensor(k, dtype=d) for k, d in [(first, lib.int64), (mask, lib.bool), (third, lib.int64)])
        return describe(lib.zeros(2, 2, 2).index_put(key, lib.tensor([-1.0]), accumulate=True))

    # Of a mask without dimensions, where something is picked, torch makes an internal error.
    if mask is not False or not first or not third:
        both(program)


@pytest.mark.parametrize("recorded", [False, True])
@given(data=st.data())
def test_writing(recorded, data):
    array = data.draw(tensors())
    key = data.draw(keys(array.shape).filter(_distinct))
    result = outcome(lambda lib: tuple(lib.from_numpy(array.copy())[build(lib, key)].shape), torch)
    value = data.draw(values(result[1] if result[0] == "value" else ()))
    dtype = (
        "float64"
        if recorded
        else data.draw(st.sampled_from(["float64"] * 4 + ["uint8", "int32", "bool", "float16", "float32"]))
    )
    cast = np.zeros(0, dtype).dtype

    def program(lib):
        kept = array.copy().astype(cast)
        x = lib.from_numpy(lay_out(kept, "transposed" if array.flags.f_contiguous else "contiguous")).requires_grad_(
            recorded
        )
        v = lib.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value
        if recorded and isinstance(value, np.ndarray) and v.is_floating_point():
            v.requires_grad_()
        y = x * 1 if recorded else x
        before = y.detach().numpy().copy()
        try:
            y[build(lib, key)] = v
        except Exception:
            assert lib is torch or np.array_equal(y.detach().numpy(), before), "written to before it failed"
            raise
        found = [*describe(y), y._version]
        if recorded:
            found.append(_gradients(lib, y, [x, v]))
        return found

    both(program)


def _gradients(lib, y, inputs):
    wanted = [i for i in inputs if hasattr(i, "requires_grad") and i.requires_grad]
    found = lib.autograd.grad(y * y, wanted, _weights(lib, y), allow_unused=True, create_graph=True)
    found = [lib.zeros_like(i) if g is None else g for g, i in zip(found, wanted, strict=True)]
    return [g.detach().numpy().copy() for g in found]


@given(data=st.data())
def test_index_put(data):
    """With accumulate, a place that occurs twice receives both."""
    array = data.draw(tensors().filter(lambda a: a.ndim))
    count = data.draw(st.integers(1, max(array.ndim, 1)))
    # Of a mask without dimensions torch makes an internal error, or does not look what it says.
    no_mask = lambda i: i[1].ndim or i[1].dtype not in ("uint8", "bool")
    indices = [data.draw(_index(n).filter(no_mask)) for n in array.shape[:count]]
    result = outcome(lambda lib: tuple(lib.from_numpy(array.copy())[tuple(build(lib, i) for i in indices)].shape), torch)
    value = data.draw(values(result[1] if result[0] == "value" else ()))

    def program(lib):
        x = lib.from_numpy(array.copy()).requires_grad_()
        v = lib.from_numpy(value.copy()) if isinstance(value, np.ndarray) else None
        if isinstance(value, np.ndarray) and v.is_floating_point():
            v.requires_grad_()
        where = tuple(lib.as_tensor(np.asarray(build(lib, i))) for i in indices)
        y = (x * 1).index_put(where, v, accumulate=True)
        z = (x * 1).index_put_(where, v, accumulate=True)
        return [*describe(y), *describe(z), _gradients(lib, y, [x, v]), _gradients(lib, z, [x, v])]

    both(program)
