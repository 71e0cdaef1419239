"""Where a result does not look as torch's does: (why, the facts of test_ops_facts.py, records)."""

_INTEGERS = "uint8; int8; int16; int32; int64"
_LAYOUTS = "contiguous; permuted; strided; expanded"

TABLE = [
    # --- names of nodes ------------------------------------------------------------------------------
    ("which products of batches are folded into one is decided otherwise", "node", """
        F.scaled_dot_product_attention; matmul; matrix_power; linalg.matrix_power; linalg.svd; linalg.eigh; F.linear"""),
    ("dim=None is a dim, when it is given", "node", "sum; mean"),
    ("the output's padding is cut off in another step", "node", "F.conv_transpose1d"),
    ("the dimensions are put back by another view", "node", """
        linalg.matrix_norm; einsum; einsum (lists); quantile; nanquantile; quantile (of q); index_copy (0-d)"""),
    ("several recorded operations here, one there, or the other way round", "node", """
        cdist (by a product); pdist; F.pdist; F.cross_entropy; F.nll_loss; F.binary_cross_entropy;
        F.binary_cross_entropy_with_logits; binary_cross_entropy_with_logits; F.max_pool2d; F.avg_pool2d;
        F.adaptive_avg_pool2d; F.max_pool2d_with_indices; F.pad; diff"""),
    ("C++ multiplies by a number, Python's torch by a tensor of it", "node", """
        F.cross_entropy (probabilities); trapezoid; cumulative_trapezoid; trapz"""),
    # --- strides -------------------------------------------------------------------------------------
    ("the order in which pads, products and losses leave their result is our own", "permuted", """
        F.pad; addr; addr (promotion); rms_norm; F.hinge_embedding_loss; F.soft_margin_loss"""),
    ("which operand of a product comes first is decided otherwise", _LAYOUTS, "einsum; einsum (lists)"),
    ("of no right-hand sides, a singular matrix is none", "expanded", "linalg.solve"),
    # --- dtypes --------------------------------------------------------------------------------------
    ("numbers that do not fit a byte wrap around in torch, or are refused", "uint8", """
        Tensor.map_; F.threshold; addmm; histc; histc (special)"""),
    ("torch's kernels refuse it, ours need not", "bool", "F.pad; einsum; einsum (lists); index_reduce"),
    ("torch's kernels refuse it, ours need not", "bool; uint8; int8; int16; int32", "F.avg_pool2d; F.local_response_norm"),
    ("torch's kernels refuse it, ours need not", "float16", "F.local_response_norm"),
    ("of a single element or an empty matrix torch asks no dtype", f"bool; {_INTEGERS}", """
        cholesky; kthvalue; kthvalue (ties); F.scaled_dot_product_attention"""),
    ("of distances by a product torch takes halves", "float16", "cdist (by a product)"),
    ("torch refuses integers where the inner dimension is empty, we do not", _INTEGERS, "addbmm; baddbmm"),
]  # fmt: skip
EXCEPT = {
    (" ".join(record.split()), fact.strip()): why
    for why, facts, records in TABLE
    for fact in facts.split(";")
    for record in records.split(";")
}
