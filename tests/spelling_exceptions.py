"""Where a spelling does not do what torch's does: (why, the way of test_ops_spellings.py, records)."""

TABLE = [
    ("columns of either sign", "keywords", "linalg.svd; svd"),
    ("columns of either sign", "method", "svd"),
    ("columns of either sign", "out", "linalg.svd; svd"),
    ("columns of either sign", "out, empty", "linalg.svd; svd"),
    ("columns of either sign", "out, other shape", "linalg.svd; svd"),
    ("torch writes a triangle over shared memory, we refuse", "out, expanded", "tril; triu"),
    ("torch warns of the shape with the dimension kept", "out, other shape", "kthvalue; kthvalue (ties); mode"),
    ("torch resizes the vectors first", "out, other shape", "linalg.eigh"),
    ("rounding of a difference that is nothing", "keywords", "cross"),
    ("rounding of a difference that is nothing", "method", "cross"),
    ("rounding of a difference that is nothing", "out", "cross"),
    ("rounding of a difference that is nothing", "out, empty", "cross"),
    ("rounding of a difference that is nothing", "out, other shape", "cross"),
    ("the gradient of a clamped norm is rounding there", "in place, view", "renorm"),
    ("torch warns once in a process, we each time", "keywords", "cholesky; index_put (mask); qr"),
    ("torch warns once in a process, we each time", "method", "cholesky; index_put (mask); qr"),
    ("torch warns once in a process, we each time", "out", "cholesky"),
    ("torch warns once in a process, we each time", "out, empty", "cholesky"),
    ("torch warns once in a process, we each time", "out, other shape", "cholesky"),
    ("torch fills the out= of 1 ** x with ones, whatever it is", "out, bool", "pow (whole numbers)"),
    ("torch fills the out= of 1 ** x with ones, whatever it is", "out, expanded", "pow (whole numbers)"),
    ("torch computes in out= itself, and checks it only where there are batches", "out, bool", "addbmm"),
    ("torch computes in out= itself, and checks it only where there are batches", "out, float", "addbmm"),
    ("torch computes in out= itself, and checks it only where there are batches", "out, int", "addbmm"),
    ("torch computes in out= itself, and checks it only where there are batches", "out, other shape", "addbmm"),
]
EXCEPT = {(" ".join(name.split()), way): why for why, way, names in TABLE for name in names.split(";")}

# Where torch calls a parameter by its type: {record: {(our name, type): torch's name}}.
_SPLIT = {("indices_or_sections", "int"): "sections", ("indices_or_sections", "tuple"): "indices"}
OVERLOADS = {
    **dict.fromkeys(("dsplit", "hsplit", "vsplit", "tensor_split"), _SPLIT),
    "tensor_split (by a tensor)": {("indices_or_sections", "Tensor"): "tensor_indices_or_sections"},
    "pow (whole numbers)": {("input", "int"): "self"},
    "repeat_interleave (indices)": {("input", "Tensor"): "repeats"},
    "scatter (number)": {("src", "int"): "value"},
    "searchsorted (options)": {("input", "int"): "self"},
}
