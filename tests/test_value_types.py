"""dtype, finfo, iinfo, Size, device, cuda: values, text and errors are torch's."""

import copy
import pickle

import numpy as np
import pytest
import twin

import minitorch_np as mt

DTYPES = "[t.bool, t.uint8, t.int8, t.int16, t.int32, t.int64, t.float16, t.float32, t.float64]"
LIMITS = "('bits', 'max', 'min', 'eps', 'resolution', 'smallest_normal', 'tiny', 'dtype')"
EXPRESSIONS = [
    # dtype
    f"{DTYPES}", f"[(d.is_floating_point, d.is_complex, d.is_signed, d.itemsize, d.abbr) for d in {DTYPES}]",
    f"[d.to_real() for d in {DTYPES}]", "t.int8.to_complex()", "t.bool.to_complex()", "t.dtype('float32')", "t.dtype()",
    "t.float32 == t.float, t.long is t.int64, t.float32 == 'float32', hash(t.half) == hash(t.float16)", "f'{t.float32}'",
    f"[pickle.loads(pickle.dumps(d)) is d and copy.deepcopy(d) is d and copy.copy(d) is d for d in {DTYPES}]",
    "isinstance(t.float32, t.dtype)", "t.dtype.__name__, t.dtype.__module__",
    # finfo, iinfo
    f"[[getattr(t.finfo(d), n) for n in {LIMITS}] for d in (t.float16, t.float32, t.float64)]",
    "[(i.bits, i.max, i.min, i.dtype) for i in map(t.iinfo, (t.uint8, t.int8, t.int16, t.int32, t.int64))]",
    "[repr(t.finfo(d)) for d in (t.float16, t.float32, t.float64)], str(t.finfo()), t.finfo(type=t.half)",
    "[repr(t.iinfo(d)) for d in (t.uint8, t.int8, t.int16, t.int32, t.int64)], str(t.iinfo(type=t.int8))",
    "t.finfo(t.int8)", "t.finfo(t.bool)", "t.finfo(3)", "t.finfo(None)", "t.iinfo(t.float32)", "t.iinfo(t.bool)",
    "t.iinfo('a')", "t.iinfo()", "t.finfo(t.half) == t.finfo(t.half), t.finfo(t.half) != t.finfo(t.float)",
    "t.finfo(t.half) == 3, t.iinfo(t.int8) == t.iinfo(t.int8), t.iinfo(t.int8) == t.finfo(t.float32)",
    "type(t.finfo(t.half).max), type(t.iinfo(t.int8).max)",
    # Size
    "t.Size([2, 3])", "t.Size()", "t.Size(5)", "t.Size(None)", "t.Size([2.5])", "t.Size(['a'])", "t.Size('ab')",
    "t.Size([[1]])",
    "t.Size([True]), t.Size([np.int64(3)]), t.Size(i for i in range(3)), t.Size(range(2)), t.Size([-1])",
    "t.Size(np.array([1, 2])), t.Size(t.tensor([1, 2])), t.Size([t.tensor(3), t.tensor([4])])", "t.Size([np.float32(1)])",
    "t.Size([t.tensor([3, 4])])", "t.Size([t.tensor(2.5)])", "t.Size([1, None])", "t.Size(t.zeros(2, 3))",
    "t.Size([2, 3]).numel(), t.Size().numel(), t.Size([0, 3]).numel(), t.Size([2, -1]).numel()",
    "[t.Size([2, 3, 4])[key] for key in (0, -1, True, slice(1, None), slice(None, None, -1), slice(5, 9))]",
    "t.Size([2])[5]", "t.Size([2])['a']", "t.Size([2, 3])[t.tensor(1)]",
    "t.Size([2]) + t.Size([3]), t.Size([2]) + (3,), (3,) + t.Size([2]), () + t.Size([2]), t.Size([2]) + ()",
    "t.Size([2]) + [3]", "t.Size([2]) + 3", "t.Size([2]) + ('a',)", "('a',) + t.Size([2])", "t.Size([2]).__radd__([1])",
    "t.Size([2]) * 2, 2 * t.Size([2]), t.Size([2]) * 0, t.Size([2]) * -1, t.Size([2]) * t.tensor(2)", "t.Size([2]) * 2.0",
    "t.Size([2]) == (2,), t.Size([2]) == [2], hash(t.Size([2])) == hash((2,)), t.Size([2, 3]) < (2, 4)",
    "f'{t.Size([2, 3])}', '%s' % (t.Size([2, 3]),), str(t.Size([1]))", "3 in t.Size([2, 3]), t.Size([2, 3]).index(3)",
    "pickle.loads(pickle.dumps(t.Size([2, 3]))), copy.copy(t.Size([2])), copy.deepcopy(t.Size([2]))", "len(t.Size([1, 2]))",
    "t.zeros(2, 3).shape + (1,), (1,) + t.zeros(2, 3).shape, t.zeros(2, 3).size()[1:], t.zeros(2, 3).shape.numel()",
    # device
    *(f"t.device({text!r})" for text in (
        "cpu", "cpu:0", "cuda", "cuda:1", "cuda:127", "meta", "mps:0", "hip:2", "", ":", ":0", "cpu:", "cpu:a", "cpu:-1",
        "cpu:01",
        "cpu:1.5", "CPU", "gpu", " cpu", "cpu ", "cpu:0:1", "cpu0", "cpu_0", "1")),
    "t.device('cpu', 0), t.device('cuda', 1), t.device(type='cpu'), t.device(type='cpu', index=0), t.device(device='cpu')",
    "t.device(t.device('cuda:1')), t.device('cpu', None), t.device(index=0, type='cpu')", "t.device(0)", "t.device(-1)",
    "t.device(t.device('cpu'), 0)", "t.device('cuda:1', 0)", "t.device('cpu', -1)", "t.device('cpu', 1.5)",
    "t.device('cpu', '0')",
    "t.device('cpu', True)", "t.device(1.5)", "t.device(True)", "t.device(True, 0)", "t.device()", "t.device('cpu', 0, 0)",
    "t.device('cpu', x=1)", "t.device('cpu') < t.device('cuda')", "t.device('cpu') == 'cpu', t.device('cpu') != 'cpu'",
    "t.device('cpu') == t.device('cpu:0'), len({t.device('cpu'), t.device('cpu'), t.device('cpu:0')})",
    "str(t.device('cuda:1'))",
    "t.device('cuda:3').type, t.device('cuda:3').index, t.device('cpu').index", "f\"{t.device('cuda:1')}\"",
    "pickle.loads(pickle.dumps(t.device('cuda:1'))), copy.deepcopy(t.device('cpu:1')), t.device('cuda:1').__reduce__()[1]",
    "t.zeros(2, device='cpu:0').device, t.zeros(2).to('cpu').device, t.zeros(2, device=t.device('cpu')).device",
    "t.zeros(2, device='foo')", "t.zeros(2, device=3)", "t.zeros(2, device='cuda')", "t.zeros(2).to('foo')",
    "t.tensor(2).cuda()",
    # cuda
    "t.cuda.is_available(), t.cuda.device_count(), t.cuda.is_initialized(), t.cuda.is_bf16_supported()",
    "t.cuda.memory_allocated(), t.cuda.max_memory_allocated(), t.cuda.empty_cache(), t.cuda.manual_seed(0)",
    "t.cuda.manual_seed_all(0)", "t.cuda.current_device()", "t.cuda.get_device_name(0)", "t.cuda.get_device_properties(0)",
    "t.cuda.init()", "t.cuda.synchronize()", "t.ones(2)[:, t.newaxis].shape, t.pi, t.e, t.inf, t.nan",
]  # fmt: skip


def _text(value):
    """Values of both libraries as comparable text."""
    return [_text(part) for part in value] if type(value) in (tuple, list) else f"{type(value).__name__} {value!r}"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_values_text_and_errors(expression):
    def program(torch, nn):
        return _text(eval(expression, {"t": torch, "np": np, "pickle": pickle, "copy": copy}))

    twin.assert_same(program)


def test_finfo_follows_the_default_dtype():
    mt.set_default_dtype(mt.float64)
    try:
        assert mt.finfo() == mt.finfo(mt.float64)
    finally:
        mt.set_default_dtype(mt.float32)


def test_what_is_mutable_is_not_hashed():
    for limits in (mt.finfo(), mt.iinfo(mt.int8)):
        with pytest.raises(TypeError, match="unhashable"):
            hash(limits)


def test_complex_counterparts_are_left_out_by_name():
    with pytest.raises(NotImplementedError, match="complex"):
        mt.float32.to_complex()


def test_a_device_as_a_context():
    def program(torch, nn):
        with torch.device("cpu") as device:
            made = torch.zeros(2)
        return repr(device), repr(made.device), repr(made)

    twin.assert_same(program)
    with pytest.raises(AssertionError, match="not compiled with CUDA"), mt.device("cuda"):
        mt.zeros(2)
    with pytest.raises(NotImplementedError, match="meta"), mt.device("meta"):
        pass


def test_shapes_hold_plain_ints():
    for shape in (mt.Size([True, np.int64(2), mt.tensor(3)]), mt.zeros(2, 3).shape, mt.Size((2,)) * 2):
        assert type(shape) is mt.Size
        assert all(type(size) is int for size in shape)
    with pytest.raises(AttributeError):
        mt.Size([1]).anything = 1
