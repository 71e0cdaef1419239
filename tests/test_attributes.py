"""What a tensor says of itself: one program each, in both libraries."""

import pytest
from twin import assert_same

SCALARS = (2, 2.5, True)

PROGRAMS = {
    "__bool__": lambda t: (bool(t.tensor(2.0)), bool(t.tensor([0])), bool(t.ones(2))),
    "__contains__": lambda t: (2 in t.tensor([1, 2]), 3.0 in t.tensor([1.0]), t.tensor(1) in t.tensor([1])),
    "__deepcopy__": lambda t: t.ones(2, requires_grad=True).__deepcopy__({}),
    "__float__": lambda t: [float(t.tensor(v)) for v in SCALARS],
    "__int__": lambda t: [int(t.tensor(v)) for v in SCALARS],
    "__int__ of nan": lambda t: int(t.tensor(float("nan"))),
    "__index__": lambda t: [10, 11, 12][t.tensor(1)],
    "__index__ of a float": lambda t: [10, 11, 12][t.tensor(1.0)],
    "__iter__": lambda t: list(t.tensor([[1, 2], [3, 4]])),
    "__iter__ of a number": lambda t: list(t.tensor(1)),
    "__len__": lambda t: len(t.ones(3, 0)),
    "__len__ of a number": lambda t: len(t.tensor(1)),
    "__array__": lambda t: t.ones(2).__array__(),
    "backward": lambda t: (x := t.ones(2, requires_grad=True), (x * 2).sum().backward(), x.grad)[2],
    "cpu": lambda t: t.ones(2).cpu(),
    "cuda": lambda t: (t.ones(2).is_cuda, t.ones(2).is_cpu),
    "data": lambda t: (t.ones(2, requires_grad=True) * 2).data,
    "data_ptr": lambda t: (x := t.ones(3), x[1:].data_ptr() - x.data_ptr())[1:],
    "detach_": lambda t: (x := t.ones(2, requires_grad=True) * 2, x.detach_() is x, x.is_leaf, x.requires_grad)[1:],
    "device": lambda t: (str(t.ones(1).device), repr(t.ones(1).device)),
    "dim": lambda t: (t.ones(2, 3).dim(), t.ones(2, 3).ndim),
    "dtype": lambda t: [t.tensor(v).dtype for v in SCALARS],
    "element_size": lambda t: [t.ones(2, dtype=getattr(t, d)).element_size() for d in ("bool", "int16", "float64")],
    "itemsize": lambda t: [t.ones(2, dtype=getattr(t, d)).itemsize for d in ("bool", "int16", "float64")],
    "nbytes": lambda t: (t.ones(2, 3).nbytes, t.ones(2, 3).t().nbytes, t.ones(1).expand(5).nbytes),
    "nelement": lambda t: (t.ones(2, 3).nelement(), t.tensor(1).numel()),
    "grad of a leaf": lambda t: t.ones(2).grad,
    "grad_fn": lambda t: (t.ones(2).grad_fn, (t.ones(2, requires_grad=True) * 2).grad_fn.name()),
    "is_complex": lambda t: (t.ones(2).is_complex(), t.tensor([1]).is_complex()),
    "is_contiguous": lambda t: [
        x.is_contiguous() for x in (t.ones(2, 3), t.ones(2, 3).t(), t.ones(1, 3).t(), t.ones(4)[::2])
    ],
    "is_floating_point": lambda t: [t.tensor(v).is_floating_point() for v in SCALARS],
    "is_leaf": lambda t: (t.ones(2).is_leaf, (t.ones(2, requires_grad=True) * 2).is_leaf),
    "is_meta is_quantized is_sparse": lambda t: (t.ones(2).is_meta, t.ones(2).is_quantized, t.ones(2).is_sparse),
    "item": lambda t: [t.tensor(v).item() for v in SCALARS],
    "item of two": lambda t: t.ones(2).item(),
    "numpy": lambda t: t.ones(2).numpy(),
    "numpy with gradients": lambda t: t.ones(2, requires_grad=True).numpy(),
    "output_nr": lambda t: [x.output_nr for x in (t.ones(4, requires_grad=True) * 1).split(2)],
    "requires_grad": lambda t: ((t.ones(2, requires_grad=True) * 1).requires_grad, t.ones(2).requires_grad_().requires_grad),
    "requires_grad_ of integers": lambda t: t.tensor([1]).requires_grad_(),
    "retain_grad": lambda t: (x := t.ones(2, requires_grad=True) * 2, x.retain_grad(), x.sum().backward(), x.grad)[3],
    "retains_grad": lambda t: (x := t.ones(2, requires_grad=True) * 2, x.retains_grad, x.retain_grad(), x.retains_grad)[1:],
    "retain_grad of a constant": lambda t: t.ones(2).retain_grad(),
    "register_hook": lambda t: (
        x := t.ones(2, requires_grad=True),
        x.register_hook(lambda g: g * 3),
        x.sum().backward(),
        x.grad,
    )[3],
    "shape": lambda t: (t.ones(2, 3).shape, t.ones(2, 3).size(), t.ones(2, 3).size(-1)),
    "size out of range": lambda t: t.ones(2, 3).size(2),
    "size of a number": lambda t: t.tensor(1).size(0),
    "storage_offset": lambda t: (t.ones(4)[1:].storage_offset(), t.ones(2, 3)[:, 2].storage_offset()),
    "stride": lambda t: (t.ones(2, 3).stride(), t.ones(2, 3).stride(0), t.ones(2, 0).stride(), t.tensor(1).stride()),
    "tolist": lambda t: (t.tensor([[1, 2]]).tolist(), t.tensor(2.5).tolist(), t.ones(0, 2).tolist(), t.ones(2, 0).tolist()),
    "type": lambda t: (t.ones(2).type(), t.tensor([1]).type(), t.ones(2).type(t.int64)),
    "type to nothing": lambda t: t.ones(2).type("nothing"),
    "is_tensor": lambda t: (t.is_tensor(t.ones(1)), t.is_tensor([1.0])),
    "empty": lambda t: (t.empty(2, 3).shape, t.empty((0,), dtype=t.int64), t.empty(2, requires_grad=True).requires_grad),
    "empty_like": lambda t: (t.empty_like(t.ones(2, 3)).shape, t.empty_like(t.ones(2), dtype=t.int64).dtype),
    "new_empty": lambda t: (t.ones(2).double().new_empty(3, 0), t.ones(2).new_empty((0,), dtype=t.bool)),
    "as_tensor": lambda t: (x := t.ones(2), t.as_tensor(x) is x, t.as_tensor([1, 2]), t.as_tensor(x, dtype=t.float64))[1:],
    "from_numpy": lambda t: (a := t.ones(2).numpy(), t.from_numpy(a).add_(1), a)[2],
    "from_numpy of a list": lambda t: t.from_numpy([1.0]),
    "tensor": lambda t: [t.tensor(v) for v in ([1, 2.5], [True, 2], [], [[]], 3, (1.0, float("nan")))],
    "randn_like": lambda t: (t.manual_seed(3), t.randn_like(t.ones(2, 3)), t.randn_like(t.tensor([1]), dtype=t.float64))[1:],
    "set_": lambda t: (x := t.ones(2), y := t.zeros(3), x.set_(y), y.add_(1), x)[4],
    "get_default_dtype": lambda t: t.get_default_dtype(),
    "set_default_dtype": lambda t: t.set_default_dtype(t.int64),
    "is_anomaly_enabled": lambda t: t.is_anomaly_enabled(),
    "is_grad_enabled": lambda t: (t.is_grad_enabled(), t.no_grad()(t.is_grad_enabled)()),
    "is_inference_mode_enabled": lambda t: (
        t.is_inference_mode_enabled(),
        t.inference_mode()(t.is_inference_mode_enabled)(),
    ),
    "can_cast promote_types result_type": lambda t: (
        t.can_cast(t.float32, t.int64),
        t.promote_types(t.int8, t.uint8),
        t.result_type(t.tensor([1]), 2.5),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_in_torch(name):
    assert_same(lambda t, nn: PROGRAMS[name](t))
