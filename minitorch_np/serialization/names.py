"""Torch's names in a pickle, and what stands for them here.  Nothing is imported by name."""

from .. import dtypes


class StorageKind:
    """A storage class of torch's: `torch.FloatStorage`; dtype None for bytes."""

    def __init__(self, module: str, name: str, dtype: dtypes.dtype | None, itemsize: int) -> None:
        self.module, self.name, self.dtype, self.itemsize = module, name, dtype, itemsize


UNTYPED = StorageKind("torch.storage", "UntypedStorage", None, 1)
BFLOAT16 = StorageKind("torch", "BFloat16Storage", dtypes.float32, 2)  # read as float32, which holds every value
TYPED = {d: StorageKind("torch", f"{d.long_name}Storage", d, d.itemsize) for d in dtypes.ALL}

STORAGES = {(kind.module, kind.name): kind for kind in (UNTYPED, BFLOAT16, *TYPED.values())}
DTYPES = {("torch", d.name): d for d in dtypes.ALL}

# What torch writes and tensors here cannot hold: the name, and how the error sentence calls it.
LEFT_OUT = {
    ("torch", name): f"dtype torch.{name}"
    for name in """
    bfloat16 complex32 complex64 complex128 uint16 uint32 uint64 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz
    float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2 qint8 quint8 qint32 quint4x2 quint2x4
    """.split()
} | {
    ("torch", f"{name}Storage"): f"a storage of {what} numbers (torch.{name}Storage)"
    for what, names in (
        ("complex", "ComplexFloat ComplexDouble ComplexHalf"),
        ("quantised", "QInt8 QUInt8 QInt32 QUInt4x2 QUInt2x4"),
    )
    for name in names.split()
} | {
    ("torch._utils", f"_rebuild_{name}"): f"a {what} tensor"
    for name, what in (
        ("sparse_tensor", "sparse"), ("sparse_csr_tensor", "sparse"), ("qtensor", "quantised"),
        ("meta_tensor_no_storage", "meta"), ("nested_tensor", "nested"), ("wrapper_subclass", "wrapped"),
        ("device_tensor_from_numpy", "other device's"), ("device_tensor_from_cpu_tensor", "other device's"),
    )
}  # fmt: skip
