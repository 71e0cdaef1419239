"""torch.backends: which libraries are behind the tensors.  Here NumPy alone, so the answer is no throughout."""

from types import SimpleNamespace


def _absent(**fields) -> SimpleNamespace:
    return SimpleNamespace(is_available=lambda: False, **fields)


cpu = SimpleNamespace(get_cpu_capability=lambda: "DEFAULT")
cuda = SimpleNamespace(
    is_built=lambda: False, matmul=SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True)
)
cudnn = _absent(
    enabled=True, benchmark=False, deterministic=False, allow_tf32=True, benchmark_limit=10, version=lambda: None
)
mkl = _absent()
mkldnn = _absent(enabled=True)
mps = _absent(is_built=lambda: False)
openmp = _absent()
opt_einsum = _absent(enabled=False, strategy=None)
