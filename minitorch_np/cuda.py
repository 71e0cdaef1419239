"""There is no CUDA here; programs that ask get torch's answer for a build without it."""


def is_available() -> bool:
    """False.  Torch: torch.cuda.is_available"""
    return False


def is_initialized() -> bool:
    """False.  Torch: torch.cuda.is_initialized"""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False.  Torch: torch.cuda.is_bf16_supported"""
    return False


def device_count() -> int:
    """0.  Torch: torch.cuda.device_count"""
    return 0


def memory_allocated(device=None) -> int:
    """0.  Torch: torch.cuda.memory_allocated"""
    return 0


def max_memory_allocated(device=None) -> int:
    """0.  Torch: torch.cuda.max_memory_allocated"""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no generator to seed.  Torch: torch.cuda.manual_seed"""


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no generator to seed.  Torch: torch.cuda.manual_seed_all"""


def empty_cache() -> None:
    """Nothing: there is no memory to free.  Torch: torch.cuda.empty_cache"""


def current_device() -> int:
    """Raises: AssertionError.  Torch: torch.cuda.current_device"""
    raise AssertionError("Torch not compiled with CUDA enabled")


def get_device_name(device=None) -> str:
    """Raises: AssertionError.  Torch: torch.cuda.get_device_name"""
    raise AssertionError("Torch not compiled with CUDA enabled")


def get_device_properties(device=None):
    """Raises: AssertionError.  Torch: torch.cuda.get_device_properties"""
    raise AssertionError("Torch not compiled with CUDA enabled")


def init() -> None:
    """Raises: AssertionError.  Torch: torch.cuda.init"""
    raise AssertionError("Torch not compiled with CUDA enabled")


def synchronize(device=None) -> None:
    """Raises: AssertionError.  Torch: torch.cuda.synchronize"""
    raise AssertionError("Torch not compiled with CUDA enabled")
