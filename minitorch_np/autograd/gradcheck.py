"""gradcheck: derivatives against finite differences.

Numerical:  column j of the Jacobian = (f(x + eps e_j) - f(x - eps e_j)) / (2 eps)
Analytical: row i = gradient of output i
"""

import numpy as np

from ..tensor import Tensor
from .backward import grad
from .mode import enable_grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """Raised by gradcheck and gradgradcheck.  Torch: torch.autograd.gradcheck.GradcheckError"""


def gradcheck(
    func,
    inputs,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """True if func's gradients agree with finite differences: |a - n| <= atol + rtol |n| for every entry.

    Meant for float64 inputs.  `fast_mode` is accepted, and the full Jacobian compared all the same.
    Raises: GradcheckError if they do not agree (or False is returned, if raise_exception is False);
        ValueError if no input requires grad; NotImplementedError for batched or forward-mode checks.
    Torch: torch.autograd.gradcheck
    """
    if check_batched_grad or check_batched_forward_grad or check_forward_ad:
        raise NotImplementedError("gradcheck: check_batched_grad, check_batched_forward_grad and check_forward_ad")
    try:
        _check(func, _tuple(inputs), eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func,
    inputs,
    grad_outputs=None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """gradcheck of the gradient: of (inputs, grad_outputs) -> gradients of inputs.

    `grad_outputs`, if not given, are random normal numbers.
    Torch: torch.autograd.gradgradcheck
    """
    inputs = _tuple(inputs)
    outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        from ..random import randn

        # Far from 0 and 1, where much is symmetric by accident.
        given = tuple([randn(out.shape, dtype=out.dtype).requires_grad_() for out in outputs])
        if gen_non_contig_grad_outputs:
            given = tuple([_with_gaps(g) for g in given])
    else:
        given = _tuple(grad_outputs)
    wanted = [at for at, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def gradient(*args):
        own, weights = args[: len(inputs)], args[len(inputs) :]
        own = tuple([x.view_as(x) if isinstance(x, Tensor) and x.requires_grad else x for x in own])
        return grad(_differentiable(func(*own)), [own[at] for at in wanted], weights, create_graph=True, allow_unused=True)

    return gradcheck(
        gradient, inputs + given, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev, fast_mode=fast_mode,
    )  # fmt: skip


def _tuple(values) -> tuple:
    return (values,) if isinstance(values, Tensor) else tuple(values)


def _differentiable(outputs) -> tuple:
    outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
    return tuple([out for out in outputs if isinstance(out, Tensor) and out.requires_grad])


def _with_gaps(g: Tensor) -> Tensor:
    if g._array.ndim == 0 or g._array.size < 2:
        return g
    wide = np.zeros((*g._array.shape[:-1], 2 * g._array.shape[-1]), g._array.dtype)
    wide[..., ::2] = g._array
    return Tensor._wrap(wide[..., ::2]).requires_grad_()


def _check(func, inputs, eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes):
    checked = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True."
        )
    for x in checked:
        if x._array.dtype.itemsize < 8:
            import warnings

            warnings.warn(
                "Input requires gradient and is not a double precision floating point or complex. This check will likely "
                "fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=4,
            )
        x.retain_grad() if x.grad_fn is not None else None
    with enable_grad():
        outputs = _differentiable(func(*inputs))
    if not outputs:
        for j, x in enumerate(checked):
            for i, column in enumerate(_numerical(func, inputs, x, eps, lambda r: _tuple(r))):
                if np.abs(column).max(initial=0) > atol:
                    raise GradcheckError(f"Numerical gradient for function expected to be zero: output {i}, input {j}")
        return
    numerical = [_numerical(func, inputs, x, eps, _differentiable_like(outputs)) for x in checked]
    for i, out in enumerate(outputs):
        analytical = _analytical(out, checked, check_grad_dtypes)
        again = _analytical(out, checked, check_grad_dtypes)
        for j, (a, b) in enumerate(zip(analytical, again)):
            if np.abs(a - b).max(initial=0) > nondet_tol:
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    f"gives different values, although analytical gradient matches numerical gradient. The tolerance "
                    f"for nondeterminism was {nondet_tol}."
                )
            n = numerical[j][i]
            if not (np.isclose(a, n, rtol, atol) | (np.isnan(a) & np.isnan(n))).all():
                raise GradcheckError(
                    f"Jacobian mismatch for output {i} with respect to input {j},\nnumerical:{_text(n)}\n"
                    f"analytical:{_text(a)}\n"
                )
    if check_undefined_grad:
        _check_undefined(outputs, checked)


def _differentiable_like(outputs):
    """Of a result, the outputs that carried a gradient before (under no_grad none says so)."""
    count = len(outputs)

    def pick(result):
        result = [r for r in _tuple(result) if isinstance(r, Tensor) and r._array.dtype.kind == "f"]
        return result[:count]

    return pick


def _text(matrix):
    from ..printing import tensor_repr

    return tensor_repr(Tensor._wrap(np.ascontiguousarray(matrix)))


def _numerical(func, inputs, x, eps, pick):
    """d output / d x of each output, (numel of x, numel of output), by central differences; x is moved in place."""
    flat = x._array.reshape(-1) if x._array.flags.c_contiguous else x._array.flat
    columns: list[list] = []
    for j in range(x._array.size):
        saved = flat[j]
        values = []
        for moved in (saved + eps, saved - eps):
            flat[j] = moved
            values.append([np.array(r._array, np.float64) for r in pick(func(*inputs))])
        flat[j] = saved
        columns.append([((a - b) / (2 * eps)).reshape(-1) for a, b in zip(*values)])
    count = len(columns[0]) if columns else len(pick(func(*inputs)))
    return [np.array([column[i] for column in columns]).reshape(x._array.size, -1) for i in range(count)]


def _analytical(out, checked, check_grad_dtypes):
    """d out / d input for each input, (numel of input, numel of out), row by row"""
    matrices = [np.zeros((x._array.size, out._array.size)) for x in checked]
    for i in range(out._array.size):
        one = np.zeros_like(out._array)
        one.reshape(-1)[i] = 1
        grads = grad(out, checked, Tensor._wrap(one), retain_graph=True, allow_unused=True)
        for matrix, x, g in zip(matrices, checked, grads):
            if g is None:
                continue
            if g._array.shape != x._array.shape:
                raise GradcheckError("Analytical gradient has incorrect size")
            if check_grad_dtypes and g._array.dtype != x._array.dtype:
                raise GradcheckError("Analytical gradient has incorrect type")
            matrix[:, i] = g._array.reshape(-1)
    return matrices


def _check_undefined(outputs, checked):
    """A gradient that is missing must count as zero."""
    zeros = [Tensor._wrap(np.zeros_like(out._array)) for out in outputs]
    for g in grad(outputs, checked, zeros, retain_graph=True, allow_unused=True):
        if g is not None and not (g._array == 0).all():
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or zero. Please "
                'look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
            )
