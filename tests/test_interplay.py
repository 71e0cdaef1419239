"""Tensors beside NumPy, Python's own protocols and other libraries: both libraries run the same small programs.

(__array_wrap__ is what makes the results of NumPy's functions tensors.)
"""

import gc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from twin import assert_same, outcome

import minitorch_np as mt

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
UFUNCS = "add subtract multiply maximum greater equal logical_and hypot arctan2 copysign".split()
OPERATORS = "+ - * / // % ** @ & | ^ << >> == != < <= > >= += -= *= /= //= **= &=".split()


def calls(text):
    """Expressions that are set apart by two spaces."""
    return [call for line in text.split("\n") for call in line.strip().split("  ")]


def run(source, **names):
    """The value of the last of several lines in both libraries."""

    def program(lib, nn):
        space = {"t": lib, "nn": nn, "np": np, **{k: v.copy() if isinstance(v, np.ndarray) else v for k, v in names.items()}}
        *lines, last = source.split("\n")
        for line in lines:
            exec(line, space)
        return eval(last, space)

    program.__name__ = source
    assert_same(program)


# --- ufuncs and other functions of NumPy on tensors ----------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    calls("""np.asarray(x)  np.asarray(x,dtype=np.float64)  np.array(x,copy=True)  np.sin(x)  np.add(x,np.ones((2,3)))
    np.add(x,x)  np.add(np.ones((2,3)),x)  np.add(x,1)  np.multiply(x,2.5)  np.greater(x,2)  np.isnan(x)
    np.modf(x)  np.divmod(x,2)  np.sum(x)  np.mean(x)  np.sum(x,axis=0)  np.max(x,axis=0)  np.reshape(x,(3,2))
    np.transpose(x)  np.concatenate([x,x])  np.stack([x,x])  np.dot(x,x.t())  np.matmul(x,x.t())
    np.where(x>0,x,x)  np.exp(x,out=np.zeros((2,3),'f4'))  np.exp(x,out=x)  np.add.reduce(x)  np.add.accumulate(x)
    np.add.outer(x,x)  np.argmax(x)  np.argsort(x)  np.sort(x)  np.clip(x,0,1)  np.round(x)  np.cumsum(x)
    np.squeeze(x)  np.ravel(x)  np.repeat(x,2)  np.take(x,[0,1])  np.nonzero(x)  np.copy(x)  np.array_equal(x,x)
    np.allclose(x,x)  np.shape(x)  np.ndim(x)  np.linalg.norm(x)  np.linspace(x[0,0],x[1,2],3)  np.sin(x[0,1])
    np.float32(x[0,1])  np.zeros(x.long()[0,2]).shape  np.arange(x.long()[1,0])
    np.float64(x).shape  list(np.nditer(x))  np.unique(x)  x.__array__('f8')  x.__array__(np.float32)"""),
)  # fmt: skip
@pytest.mark.parametrize("setting", ["plain", "requires_grad", "transposed", "int"])
def test_functions_of_numpy(call, setting):
    makers = {
        "plain": "t.arange(6.).reshape(2, 3)", "requires_grad": "t.arange(6.).reshape(2, 3).requires_grad_()",
        "transposed": "t.arange(6.).reshape(3, 2).t()", "int": "t.arange(6).reshape(2, 3)",
    }  # fmt: skip
    run(f"x = {makers[setting]}\n{call.strip()}")


@given(
    name=st.sampled_from(UFUNCS), left=st.sampled_from(DTYPES), right=st.sampled_from(DTYPES), where=st.integers(0, 2)
)  # fmt: skip
def test_ufuncs_with_tensors_and_arrays(name, left, right, where):
    a, b = np.arange(4).astype(left), (np.arange(4) % 3).astype(right)
    operands = ["t.from_numpy(a), b", "a, t.from_numpy(b)", "t.from_numpy(a), t.from_numpy(b)"][where]
    run(f"np.{name}({operands})", a=a, b=b)


# --- operators between tensors, arrays and NumPy's scalars ---------------------------------------------------


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_operators_with_arrays(operator, swapped, requires_grad):
    integers = operator.rstrip("=") in ("&", "|", "^", "<<", ">>") and operator not in ("<=", ">=")
    a = np.arange(1, 5).reshape(2, 2).astype("int64" if integers else "float64")
    if requires_grad and (integers or operator == "@"):
        return
    grad = ".requires_grad_()" if requires_grad else ""
    names = ("a", "x") if swapped else ("x", "a")
    line = f"{names[0]} {operator} {names[1]}"
    last = (
        f"{line}\n({names[0]}, type({names[0]}).__name__)" if operator.endswith("=") and operator[0] not in "=!<>" else line
    )
    run(f"x = t.tensor([[1, 2], [3, 4]]{'' if integers else ', dtype=t.float32'}){grad}\n{last}", a=a)


def numpy_scalars():
    return st.sampled_from(
        [np.float64(2), np.float32(2.5), np.float16(1.5), np.int64(3), np.int8(2), np.uint8(2), np.bool_(True)]
    )


@given(
    dtype=st.sampled_from(DTYPES), shape=st.sampled_from([(), (3,)]), number=numpy_scalars(), swapped=st.booleans(),
    operator=st.sampled_from("+ * / // % ** == < >= & |".split()),
)  # fmt: skip
def test_scalars_of_numpy_are_numbers(dtype, shape, number, swapped, operator):
    if swapped and isinstance(number, np.bool_) or operator == "**" and dtype == "bool":
        return  # NumPy's own bools refuse or compute at will; bool powers are test_promotion's
    if operator in "&|" and (dtype.startswith("float") or not isinstance(number, np.integer)):
        return  # refused, in the words of the kernels
    run(f"x = t.ones({shape}, dtype=t.{dtype})\n{'n, x' if swapped else 'x, n'}".rsplit("\n", 1)[0] + "\n"
        + (f"n {operator} x" if swapped else f"x {operator} n"), n=number)  # fmt: skip


@pytest.mark.parametrize(
    "call",
    calls("""x.add(n)  x.add(n,alpha=n)  x.mul(n)  x.pow(n)  t.pow(n,x)  x.clamp(n*0,n)  x.clamp(min=n)  x.fill_(n)
    x.masked_fill(x>0,n)  t.where(x>0,n,x)  x.lerp(x,n)  x.addcmul(x,x,value=n)  t.full((2,),n)  t.full_like(x,n)
    x.new_full((2,),n)  t.tensor(n)  t.tensor([n,2])  t.tensor([n,2.5])  t.as_tensor(n)  x.eq(n)  x.add_(n)
    x.div(n,rounding_mode='floor')  t.arange(n)  x.gt(n)  t.nn.functional.leaky_relu(-x,n)  t.linspace(n*0,n,3)
    t.ones(2).item()+n  x.sub(n)  t.true_divide(x,n)"""),
)  # fmt: skip
@pytest.mark.parametrize(
    "number", [np.float64(2), np.float32(2.5), np.int32(2), np.int64(3)], ids=lambda n: type(n).__name__
)
def test_scalars_of_numpy_as_arguments(call, number):
    run(f"x = t.ones(3)\n{call.strip()}", n=number)


@pytest.mark.parametrize(
    "call",
    calls("""x.sum(n)  x.sum(dim=n)  x.std(n)  x.transpose(n,0)  x.unsqueeze(n)  x.select(0,n)  x.narrow(0,n,n)  x.roll(n)
    x.chunk(n)  x.expand(n,2,2)  x.repeat(n,n)  x[n]  x[:,n]  x[:n]  x[n,n]  t.cat([x,x],n)  t.zeros(n,n)
    t.zeros((n,2))  x.view(n,4)  x.reshape((4,n))  t.eye(n)  t.randperm(n).shape  x.split(1,n)
    x.flatten(n)  t.manual_seed(n).initial_seed()  x.softmax(n)  t.nn.Linear(n,n).weight.shape  t.stack([x,x],n)
    x.max(n)  x.argmax(n)  x.cumsum(n)  x.permute(n,0)"""),
)  # fmt: skip
def test_integers_of_numpy_as_sizes_and_dims(call):
    run(f"x = t.arange(4.).reshape(2, 2)\n{call.strip()}", n=np.int64(1))


@pytest.mark.parametrize(
    "line",
    [
        "x + np.array(2.)",
        "np.array(2.) + x",
        "x > np.array(1.)",
        "x == np.array(1.)",
        "x == np.array(['a'])",
        "x == [1, 1, 1]",
        "x + np.str_('a')",
        "x == np.str_('a')",
        "np.str_('a') + x",
        "x + np.datetime64('2020')",
        "x * [1, 2, 3]",
        "x < None",
        "x * None",
        "x == None",
        "x == 'a'",
        "x != np.ones(3)",
        "x == np.ones(2)",
        "x + np.ones(2)",
        "x.__gt__(np.ones(3))",
        "x + np.ones(3, 'u2')",
        "x * np.bool_(True)",
        "x.bool() * np.bool_(True)",
        "x.char() + np.bool_(True)",
        "np.float64(2) ** x",
        "np.float32(2) - x",
        "t.add(x, np.ones(3))",
        "t.add(np.ones(3), x)",
        "t.sin(np.ones(3))",
        "t.matmul(x, np.ones(3))",
        "t.maximum(x, np.ones(3))",
    ],
)
def test_strange_operands(line):
    run(f"x = t.ones(3)\n{line}")


# --- arrays into tensors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.ones(3, ">f4"),
        np.zeros((2, 3))[::-1],
        np.zeros((2, 3))[:, ::2],
        np.zeros((2, 3)).T,
        np.float64(1),
        [1],
        np.array(5.0),
        np.zeros(9, "u1")[1:].view("f4"),
        np.zeros(10, "i1").view([("a", "i2"), ("b", "i1"), ("c", "i2")])["a"],
        np.zeros(8, "i1").view([("a", "i2"), ("b", "i2")])["b"],
        np.ma.array([1.0, 2.0], mask=[0, 1]),
        None,
    ],
    ids=lambda a: f"{type(a).__name__}-{getattr(a, 'dtype', '')}-{getattr(a, 'strides', '')}",
)
@pytest.mark.parametrize("call", ["t.from_numpy(a)", "t.from_numpy(a).stride()", "type(t.from_numpy(a).numpy()).__name__"])
def test_from_numpy(call, array):
    run(call, a=array) if not isinstance(array, np.ndarray) else assert_same(
        lambda lib, nn: eval(call, {"t": lib, "a": array})
    )


@pytest.mark.parametrize(
    "array", [np.zeros(3, ">i4"), np.zeros(3)[::-1], np.zeros(3, "f8")], ids=["order", "stride", "plain"]
)
@pytest.mark.parametrize("call", ["t.tensor(a)", "t.as_tensor(a)", "t.as_tensor(a, dtype=t.float32)"])
def test_tensor_of_an_array(call, array):
    assert_same(lambda lib, nn: eval(call, {"t": lib, "a": array}))


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([object()]), np.zeros(2, [("a", "f4")]), np.zeros(2, "m8[s]")])
def test_dtypes_that_no_tensor_has(array):
    ours, theirs = (outcome(lambda lib, nn: lib.from_numpy(array), lib) for lib in (mt, torch))
    # Torch's list of what is supported is longer than ours.
    assert ours[:2] == theirs[:2]
    assert ours[2].split(" The only")[0] == theirs[2].split(" The only")[0]


def test_an_array_that_may_not_be_written_to():
    array = np.arange(3.0)
    array.flags.writeable = False
    torch.set_warn_always(True)  # else torch warns once in a process
    try:
        texts = []
        for lib in (mt, torch):
            with pytest.warns(UserWarning, match="The given NumPy array is not writable") as caught:
                lib.from_numpy(array)
            texts.append(str(caught[0].message).split(" (Triggered")[0])
    finally:
        torch.set_warn_always(False)
    assert texts[0] == texts[1]
    with pytest.warns(UserWarning, match="not writable"):
        x = mt.from_numpy(array)
    with pytest.raises(ValueError, match="read-only"):  # torch writes
        x += 1
    assert array.tolist() == [0, 1, 2]


@pytest.mark.parametrize("lib", [mt, torch], ids=["ours", "torch"])
@given(array=hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, min_side=0, max_side=3), elements=st.just(1)))
def test_memory_is_shared_both_ways(lib, array):
    x = lib.from_numpy(array)
    assert np.shares_memory(x.numpy(), array) or not array.size
    assert np.shares_memory(np.asarray(x), array) or not array.size
    x.zero_()
    assert not array.any()
    array[...] = 1
    assert bool((x == 1).all())


def test_normal_numbers_of_numpy():
    values = np.random.default_rng(0).normal(size=(3, 2))
    for lib in (mt, torch):
        shared, copied = lib.from_numpy(values), lib.tensor(values)
        assert shared.dtype is copied.dtype is lib.float64
        assert shared.data_ptr() == values.ctypes.data != copied.data_ptr()


def test_asarray_without_a_copy():
    """Ours knows NumPy 2's copy=; torch's __array__ is older and refuses."""
    x = mt.arange(3.0)
    assert np.shares_memory(np.asarray(x, copy=False), x.numpy())
    assert not np.shares_memory(np.array(x), x.numpy())
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(x, np.float64, copy=False)


# --- DLPack ---------------------------------------------------------------------------------------------------


@given(
    dtype=st.sampled_from(DTYPES), shape=hnp.array_shapes(min_dims=0, min_side=0, max_side=3), order=st.booleans(),
    step=st.booleans(),
)  # fmt: skip
def test_dlpack_hands_over_memory_in_all_directions(dtype, shape, order, step):
    array = np.ones(shape, dtype)
    array = array.T if order else array
    array = array[..., ::2] if step and array.ndim else array
    x, theirs = mt.from_numpy(array), torch.from_numpy(array)
    for other in (
        torch.from_dlpack(x),
        mt.from_dlpack(theirs),
        mt.from_dlpack(array),
        mt.from_dlpack(x),
        np.from_dlpack(x),
        torch.from_dlpack(x.__dlpack__()),
        mt.from_dlpack(theirs.__dlpack__()),
        mt.utils.dlpack.from_dlpack(x),
        mt.from_dlpack(mt.utils.dlpack.to_dlpack(x)),
        torch.from_dlpack(x.__dlpack__(max_version=(1, 0))),
    ):
        assert tuple(other.shape) == array.shape
        assert str(other.dtype).removeprefix("torch.") == dtype
        if array.size:
            assert (other.ctypes.data if isinstance(other, np.ndarray) else other.data_ptr()) == array.ctypes.data
            strides = other.strides if isinstance(other, np.ndarray) else [s * array.itemsize for s in other.stride()]
            assert all(a == b for a, b, n in zip(strides, array.strides, array.shape) if n > 1)
            array[...] = 0
            other[...] = 1
            assert array.all()


def test_dlpack_keeps_the_memory_alive():
    shared = mt.from_dlpack(torch.arange(100_000.0))
    back = torch.from_dlpack(mt.arange(100_000.0))
    gc.collect()
    assert shared[-1].item() == back[-1].item() == 99_999


@pytest.mark.parametrize(
    "line",
    [
        "x.__dlpack_device__()",
        "x.requires_grad_().__dlpack__()",
        "x.__dlpack__(stream=1)",
        "x.__dlpack__(stream='a')",
        "type(x.__dlpack__(stream=None)).__name__",
        "t.from_dlpack(x) is x",
        "t.from_dlpack(x, copy=True).data_ptr() == x.data_ptr()",
        "t.from_dlpack(x, copy=False).data_ptr() == x.data_ptr()",
        "t.from_dlpack(x, device='cpu')",
        "t.from_dlpack(3)",
        "t.from_dlpack(x.requires_grad_())",
        "c = x.__dlpack__()\nt.from_dlpack(c)\nt.from_dlpack(c)",
        "t.from_dlpack(np.array(['a']))",
        "t.from_dlpack(np.ones(3, '>f4'))",
        "t.utils.dlpack.DLDeviceType.kDLCPU",
        "t.from_dlpack(x, device='cuda')",
        "c = x.__dlpack__(max_version=(1, 0))\nt.from_dlpack(c)\nt.from_dlpack(c)",
        "x.__dlpack__(1)",
        "t.from_dlpack(np.array(3.))",
        "t.utils.dlpack.to_dlpack(3)",
        "y = t.from_dlpack(x)\ny.add_(1)\n(x, x._version, y._version)",
    ],
)
def test_dlpack_corners(line):
    run(f"x = t.arange(3.)\n{line}")


def test_dlpack_of_read_only_memory():
    array = np.arange(3.0)
    array.flags.writeable = False
    x = mt.from_dlpack(array)  # the capsule says so, and we keep to it; torch forgets it
    assert x.tolist() == torch.from_dlpack(array).tolist()
    with pytest.raises(ValueError, match="read-only"):
        x.zero_()
    with pytest.raises(NotImplementedError, match="dl_device"):
        x.__dlpack__(dl_device=(2, 0))
