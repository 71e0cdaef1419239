"""Checks of options that several optimizers share."""

from ..tensor import Tensor


def check_scalar_lr(lr) -> None:
    """A learning rate that is a Tensor has one element."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")


def scalar(lr):
    """A learning rate as a number of its own precision: what torch derives from a float32 Tensor is float32."""
    return lr._array.reshape(())[()] if isinstance(lr, Tensor) else lr


def check_hints(foreach, fused) -> None:
    """`foreach` and `fused` choose among torch's implementations; here they change nothing, but exclude each other."""
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_range(lr, eps, weight_decay, betas=(), **others) -> None:
    """The options of most rules must not be negative, betas less than 1; `not 0 <= x` refuses nan, too."""
    check_scalar_lr(lr)
    if not 0.0 <= lr:
        raise ValueError(f"Invalid learning rate: {lr}")
    if not 0.0 <= eps:
        raise ValueError(f"Invalid epsilon value: {eps}")
    for index, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")
    if not 0.0 <= weight_decay:
        raise ValueError(f"Invalid weight_decay value: {weight_decay}")
    for name, value in others.items():
        if not 0.0 <= value or name == "rho" and value > 1.0:
            raise ValueError(f"Invalid {name} value: {value}")


def check_adam(lr, betas, eps, weight_decay, foreach) -> None:
    """The options of Adam and AdamW."""
    if isinstance(lr, Tensor) and foreach:
        raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
    check_range(lr, eps, weight_decay, betas)
    if not any(all(isinstance(beta, kind) for beta in betas) for kind in (float, Tensor)):
        raise ValueError("betas must be either both floats or both Tensors")
    for index, beta in enumerate(betas):
        if isinstance(beta, Tensor) and foreach:
            raise ValueError(f"betas[{index}] as a Tensor is not supported for capturable=False and foreach=True")
        if isinstance(beta, Tensor) and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{index}] must be 1-element")
