"""There is no CUDA here; programs that ask get torch's answer for a build without it."""


def is_available() -> bool:
    """False.  Torch: torch.cuda.is_available"""
    return False


def device_count() -> int:
    """0.  Torch: torch.cuda.device_count"""
    return 0
