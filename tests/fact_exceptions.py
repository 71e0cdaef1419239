"""Where a result does not look as torch's does: (why, the facts of test_ops_facts.py, records)."""

_INTEGERS = "uint8; int8; int16; int32; int64"
_LAYOUTS = "contiguous; permuted; strided; expanded"

TABLE = [
    # --- names of nodes ------------------------------------------------------------------------------
    ("several recorded operations here, of which the last is a product", "node", "F.scaled_dot_product_attention"),
    ("where a batch is broadcast and a size is 1, torch copies the product once more", "node", "matmul"),
    ("dim=None is a dim, when it is given", "node", "sum; mean"),
    ("the output's padding is cut off in another step", "node", "F.conv_transpose1d; F.conv_transpose2d"),
    ("the dimensions are put back by another view", "node", "einsum; einsum (lists)"),
    ("several recorded operations here, one there, or the other way round", "node", """
        cdist (by a product); pdist; F.pdist; F.binary_cross_entropy; F.pad"""),
    # --- strides -------------------------------------------------------------------------------------
    ("the order in which pads, products and losses leave their result is our own", "permuted", """
        F.pad; addr; addr (promotion); rms_norm; F.hinge_embedding_loss; F.soft_margin_loss"""),
    ("which operand of a product comes first is decided otherwise", _LAYOUTS, "einsum; einsum (lists)"),
    ("a matrix of equal rows is singular or not by the last bit of LAPACK's first step", "expanded", """
        linalg.inv; inverse; linalg.inv_ex; linalg.solve; linalg.solve_ex"""),
    # --- dtypes --------------------------------------------------------------------------------------
    ("numbers that do not fit a byte wrap around in torch, or are refused", "uint8", """
        Tensor.map_; histc; histc (special)"""),
    ("of nothing torch asks no dtype", f"bool; {_INTEGERS}", "F.scaled_dot_product_attention"),
    ("of distances by a product torch takes halves", "float16", "cdist (by a product)"),
]  # fmt: skip
EXCEPT = {
    (" ".join(record.split()), fact.strip()): why
    for why, facts, records in TABLE
    for fact in facts.split(";")
    for record in records.split(";")
}
