"""Argument checks of normalisation: torch's errors, from shapes and numbers alone."""


def check_batch_norm(input, running_mean, running_var, weight, bias, training, eps, recording):
    """Sizes and dtypes of everything that has one entry per channel; recorded statistics would need a gradient."""
    shape = input._array.shape
    if training:
        if len(shape) < 2:
            raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
        values = 1
        for n in (shape[0], *shape[2:]):
            values *= n
        if values == 1:
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif running_mean is None or running_var is None:
        raise RuntimeError(f"running_{'mean' if running_mean is None else 'var'} must be defined in evaluation mode")
    wanted, kind = (shape[1],), input._array.dtype
    fits = kind.kind == "f"
    for x in (running_mean, running_var, weight, bias):
        if x is not None:
            array = x._array
            if array.shape != wanted:
                named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
                name = next(name for name, y in named.items() if y is x)
                raise RuntimeError(f"{name} should contain {shape[1]} elements not {x.numel()}")
            fits = fits and array.dtype is kind
    if not fits:  # else all have one dtype: nothing to complain of
        if not input.is_floating_point():
            raise NotImplementedError(f"\"batch_norm\" not implemented for '{input.dtype.long_name}'")
        check_parameter_dtypes(input, weight, bias, running_mean, running_var)
    if recording:
        check_no_gradient("native_batch_norm", running_mean=running_mean, running_var=running_var)


def check_no_gradient(function, **arguments) -> None:
    """Raises: RuntimeError for an argument that asks for a gradient which `function` does not have."""
    for name, x in arguments.items():
        if x is not None and x.requires_grad:
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot have "
                "requires_grad True."
            )


def check_parameter_dtypes(input, *parameters) -> None:
    """Parameters of input's dtype, or float32 beside float16."""
    given = [x.dtype for x in parameters if x is not None]
    if given and given[0] is not input.dtype:
        if given[0].name != "float32":
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if input.dtype.name != "float16":
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
    for other in given:
        if other is not given[0]:
            raise RuntimeError(f"expected scalar type {given[0].long_name} but found {other.long_name}")
