"""gradcheck: derivatives against finite differences.

Numerical:  column j of the Jacobian = (f(x + eps e_j) - f(x - eps e_j)) / (2 eps)
Analytical: row i = gradient of output i
Fast mode compares v J u for one random u and v instead of the whole matrix J.
"""

import warnings

import numpy as np

from ..tensor import Tensor
from .backward import grad
from .function import Function

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

NONDETERMINISTIC = """

NOTE: If your op relies on non-deterministic operations i.e., it is listed here:
https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html
this failure might be expected.

If you are adding a new operator, please file an issue and then use one of the
workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck.
If the test
- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck
  with `nondet_tol=<tol>` as a keyword argument.
- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test
  to have `gradcheck_nondet_tol=<tol>`.
- is a Module test (e.g., in common_nn.py), then modify the corresponding
  module_test entry to have `gradcheck_nondet_tol=<tol>`
"""
FAST_MODE = (
    "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
    "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
    "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
)
SLOW_WOULD_PASS = """Fast gradcheck failed but element-wise differences are small. This means that the
test might've passed in slow_mode!

If you are adding a new operator, please file an issue and then use one of the
workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck:

If the test
- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck
  with `fast_mode=False` as a keyword argument.
- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test
  to have `gradcheck_fast_mode=False`
- is a Module test (e.g., in common_nn.py), then modify the corresponding
  module_test entry to have `gradcheck_fast_mode=False`"""
BREAKING = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break "
    'existing callers of this function. If this is true for you, you can call this function with "check_undefined_grad='
    'False" to disable the feature'
)
NOTES = 'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'


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

    Meant for float64 inputs.  `masked` is about sparse tensors and changes nothing.
    Raises: GradcheckError if they do not agree (or False is returned, if raise_exception is False);
        ValueError if no input requires grad; NotImplementedError for batched or forward-mode checks.
    Torch: torch.autograd.gradcheck
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    _refuse(check_forward_ad=check_forward_ad, check_batched_grad=check_batched_grad)
    try:
        inputs = _tuple(inputs)
        _check_inputs(inputs)
        results = _tuple(func(*inputs))
        outputs = _differentiable(results)
        compare = _compare_products if fast_mode else _compare_jacobians
        compare(func, inputs, results, outputs, eps, atol, rtol, nondet_tol, check_grad_dtypes)
        _check_zero_gradient(inputs, outputs)
        if check_undefined_grad:
            _check_undefined(func, inputs, outputs)
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

    `grad_outputs`, if not given, are drawn uniformly from [-1, 1).
    Raises: as gradcheck does.
    Torch: torch.autograd.gradgradcheck
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    _refuse(check_fwd_over_rev=check_fwd_over_rev, check_batched_grad=check_batched_grad)
    inputs = _tuple(inputs)
    if grad_outputs is None:
        outputs = _differentiable(_tuple(func(*inputs)))
        grad_outputs = tuple([_uniform(out, gen_non_contig_grad_outputs) for out in outputs])
    weights = _tuple(grad_outputs)
    wanted = [at for at, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def gradient(*args):
        own, given = args[: len(args) - len(weights)], args[len(args) - len(weights) :]
        outputs = _differentiable(_tuple(func(*own)))
        results = grad(outputs, [own[at] for at in wanted], given, create_graph=True, allow_unused=True)
        return tuple([g for g in results if g is not None])

    return gradcheck(
        gradient, inputs + weights, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _refuse(**left_out) -> None:
    for name, asked in left_out.items():
        if asked:
            raise NotImplementedError(f"gradcheck: {name} is not supported")


def _tuple(values) -> tuple:
    return tuple(values) if isinstance(values, tuple | list) else (values,)


def _differentiable(outputs) -> tuple:
    return tuple([out for out in outputs if out.requires_grad])


def _inputs_that_count(inputs) -> list:
    return [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]


def _uniform(out: Tensor, with_gaps: bool) -> Tensor:
    g = out.new_empty(out.shape).uniform_(-1, 1)
    if with_gaps and g.numel() > 1:
        g = g.repeat_interleave(2, dim=-1)[..., ::2]
    return g.requires_grad_()


def _check_inputs(inputs) -> None:
    for at, x in enumerate(inputs):
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        if x._array.dtype != np.float64:
            warnings.warn(
                f"Input #{at} requires gradient and is not a double precision floating point or complex. This check will "
                "likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )
        if any(step == 0 and n > 1 for step, n in zip(x._array.strides, x._array.shape)):
            raise RuntimeError(
                f"The {at}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping "
                "to be able to compute the numerical gradients correctly. You should call .contiguous on the input before "
                "passing it to gradcheck."
            )
    if not _inputs_that_count(inputs):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


# --- the whole matrix -----------------------------------------------------------------------------


def _compare_jacobians(func, inputs, results, outputs, eps, atol, rtol, nondet_tol, check_grad_dtypes) -> None:
    checked = _inputs_that_count(inputs)
    numerical = [_numerical(func, inputs, x, results, eps) for x in checked]
    if not outputs:
        if any(m.dtype.kind == "f" and (m != 0).any() for matrices in numerical for m in matrices):
            raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    carrying = [at for at, out in enumerate(results) if out.requires_grad]
    for i, out in enumerate(outputs):
        rows = [_unit(out, at) for at in range(out._array.size)]
        for j, a in enumerate(_analytical(checked, out, rows, nondet_tol, check_grad_dtypes)):
            n = numerical[j][carrying[i]]
            if not _close(a, n, atol, rtol):
                raise GradcheckError(_mismatch(a, n, i, j))


def _mismatch(a, n, i, j) -> str:
    numerical, analytical = (f"{Tensor._wrap(np.asarray(m))}" for m in (n, a))
    return f"Jacobian mismatch for output {i} with respect to input {j},\nnumerical:{numerical}\nanalytical:{analytical}\n"


def _close(a, n, atol, rtol) -> bool:
    return bool(np.isclose(a, n, rtol, atol).all())


def _unit(out: Tensor, at: int) -> np.ndarray:
    one = np.zeros(out._array.shape, out._array.dtype)
    one.reshape(-1)[at] = 1
    return one


def _numerical(func, inputs, x, results, eps) -> list[np.ndarray]:
    """d result / d x of each result, (numel of x, numel of result), by central differences."""
    matrices = [np.zeros((x._array.size, out._array.size), out._array.dtype) for out in results]
    for j, at in enumerate(np.ndindex(x._array.shape)):
        step = np.zeros(x._array.shape, x._array.dtype)
        step[at] = eps
        for matrix, slope in zip(matrices, _slopes(func, inputs, x, step, eps, f"on index {at} ")):
            matrix[j] = slope
    return matrices


def _slopes(func, inputs, x, step, eps, where="") -> list[np.ndarray]:
    """(f(x + step) - f(x - step)) / (2 eps), flat; x is moved in place and back."""
    saved, values = x._array.copy(), []
    for moved in (saved - step, saved + step):
        x._array[...] = moved
        values.append([out.detach().clone() for out in _tuple(func(*inputs))])
    x._array[...] = saved
    for before, after in zip(*values):
        for what in ("shape", "dtype"):
            if getattr(before, what) != getattr(after, what):
                raise AssertionError(
                    f"Expected `func` to return outputs with the same {what} when inputs are perturbed {where}by {eps}, but "
                    f"got: {what}s {getattr(before, what)} and {getattr(after, what)}."
                )
    return [((after._array - before._array) / (2 * eps)).reshape(-1) for before, after in zip(*values)]


def _analytical(checked, out, rows, nondet_tol, check_grad_dtypes) -> list[np.ndarray]:
    """d out / d input for each input, (numel of input, number of rows): one gradient for each of `rows`, taken twice."""
    twice: list[list[np.ndarray]] = []
    right_type = right_size = True
    for _ in range(2):
        matrices = [np.zeros((x._array.size, len(rows)), x._array.dtype) for x in checked]
        for i, row in enumerate(rows):
            grads = grad(out, checked, Tensor._wrap(row), retain_graph=True, allow_unused=True)
            for matrix, x, g in zip(matrices, checked, grads):
                if g is not None:
                    right_type &= g._array.dtype == x._array.dtype
                    right_size &= g._array.shape == x._array.shape
                    matrix[:, i] = g._array.reshape(-1) if g._array.shape == x._array.shape else np.nan
        twice.append(matrices)
    if check_grad_dtypes and not right_type:
        raise GradcheckError("Gradient has dtype mismatch")
    if not right_size:
        raise GradcheckError("Analytical gradient has incorrect size")
    if any(np.abs(a - b).max(initial=0) > nondet_tol for a, b in zip(*twice)):
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
            "different values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism "
            f"was {nondet_tol}.{NONDETERMINISTIC}"
        )
    return twice[0]


# --- one random product -----------------------------------------------------------------------------


def _compare_products(func, inputs, results, outputs, eps, atol, rtol, nondet_tol, check_grad_dtypes) -> None:
    checked = _inputs_that_count(inputs)
    us, vs = _vectors(checked, outputs)
    slopes = [_slopes(func, inputs, x, (u * eps).reshape(x._array.shape), eps) for x, u in zip(checked, us)]
    if not outputs and any(np.abs(s).max(initial=0) > nondet_tol for per_input in slopes for s in per_input):
        raise GradcheckError("Numerical gradient for function expected to be zero")
    analytical = [
        _analytical(checked, out, [v.reshape(out._array.shape)], nondet_tol, check_grad_dtypes)
        for out, v in zip(outputs, vs)
    ]
    for j, (u, per_input) in enumerate(zip(us, slopes)):
        floating = [s for s, out in zip(per_input, results) if out._array.dtype.kind == "f"]
        for i, (v, slope) in enumerate(zip(vs, floating)):
            a, n = analytical[i][j][:, 0] @ u, v @ slope
            if not _close(a, n, atol * float(u.sum()) * float(v.sum()), rtol):
                slow = _numerical(func, inputs, checked[j], outputs, eps)[i]
                rows = [_unit(outputs[i], at) for at in range(outputs[i]._array.size)]
                exact = _analytical(checked, outputs[i], rows, np.inf, False)[j]
                raise GradcheckError(_mismatch(a, n, i, j) + _in_full(exact, slow, atol, rtol))


def _vectors(checked, outputs) -> tuple[list, list]:
    """Random unit vectors u for the inputs and v for the outputs: always the same, and not from the user's generator."""
    from ..random import Generator, rand

    generator = Generator()

    def draw(x):
        vector = rand(x._array.size, generator=generator).to(x.dtype)
        vector /= vector.norm()
        return vector._array

    return [draw(x) for x in checked], [draw(out) for out in outputs]


def _in_full(a, n, atol, rtol) -> str:
    numerical, analytical, largest = (Tensor._wrap(np.asarray(m)) for m in (n, a, np.abs(n - a).max()))
    return (
        f"{FAST_MODE}Numerical:\n {numerical}\nAnalytical:\n{analytical}\n\n"
        f"The max per-element difference (slow mode) is: {largest}.\n{SLOW_WOULD_PASS if _close(a, n, atol, rtol) else ''}"
    )


# --- gradients of nothing ---------------------------------------------------------------------------


def _check_zero_gradient(inputs, outputs) -> None:
    """A gradient of zero must come back as zero."""
    checked = _inputs_that_count(inputs)
    zeros = [Tensor._wrap(np.zeros(out._array.shape, out._array.dtype)) for out in outputs]
    for g in grad(outputs, checked, zeros, allow_unused=True):
        if g is not None and not (g._array == 0).all():
            raise GradcheckError("backward not multiplied by grad_output")


class _Undefined(Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return None


def _check_undefined(func, inputs, outputs) -> None:
    """A gradient that is missing, for all outputs or for one, must count as zero."""
    checked = _inputs_that_count(inputs)
    for missing in [None, *range(len(outputs) if len(outputs) > 1 else 0)]:
        fresh = _differentiable(_tuple(func(*inputs)))
        outs = [_Undefined.apply(out) if missing in (None, at) else out for at, out in enumerate(fresh)]
        zeros = [Tensor._wrap(np.zeros(out._array.shape, out._array.dtype)) for out in outs]
        try:
            grads = grad(outs, checked, zeros, allow_unused=True)
        except RuntimeError as error:
            warnings.warn(BREAKING, stacklevel=3)
            raise GradcheckError(f"Expected backward function to handle undefined output grads. {NOTES}") from error
        if any(g is not None and not (g._array == 0).all() for g in grads):
            warnings.warn(BREAKING, stacklevel=3)
            raise GradcheckError(
                f"Expected all input grads to be undefined or zero when all output grads are undefined or zero. {NOTES}"
            )
