"""grad(is_grads_batched=True): torch maps one backward pass over a batch of gradients; here one pass follows the other."""


def run_batched(run, gradients, retain_graph: bool) -> list:
    """run(gradients, retain_graph) for each entry of the gradients' first dimension, the results stacked.

    Raises: ValueError if there is no such dimension, or the gradients differ in it.
    """
    from ..ops.join import stack

    if any(g._array.ndim == 0 for g in gradients):
        raise ValueError(
            "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a Tensor of dimensionality "
            "0 so expected in_dim to satisfy 0 <= in_dim < 0."
        )
    sizes = [g._array.shape[0] for g in gradients]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped "
            "dimension"
        )
    last = sizes[0] - 1
    rows = [run([g[at] for g in gradients], retain_graph or at < last) for at in range(sizes[0])]
    return [None if column[0] is None else stack(column) for column in zip(*rows)]
