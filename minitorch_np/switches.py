"""Torch's global switches for speed and reproducibility: they are remembered and change nothing.

Every kernel here gives the same bits each time and calculates in full precision already.
"""

import warnings

__all__ = [
    "are_deterministic_algorithms_enabled", "get_deterministic_debug_mode", "get_float32_matmul_precision",
    "is_deterministic_algorithms_warn_only_enabled", "set_deterministic_debug_mode", "set_float32_matmul_precision",
    "use_deterministic_algorithms",
]  # fmt: skip

_MODES = ("default", "warn", "error")
_PRECISIONS = ("highest", "high", "medium")
_chosen = {"deterministic": False, "warn_only": False, "precision": "highest"}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Torch: torch.use_deterministic_algorithms"""
    if not isinstance(mode, bool):
        kind = type(mode).__name__
        raise TypeError(f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {kind}")
    _chosen.update(deterministic=mode, warn_only=warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """Torch: torch.are_deterministic_algorithms_enabled"""
    return _chosen["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Torch: torch.is_deterministic_algorithms_warn_only_enabled"""
    return _chosen["warn_only"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Choose 0 or "default", 1 or "warn", 2 or "error".

    Raises: RuntimeError for another value; TypeError for another type.
    Torch: torch.set_deterministic_debug_mode
    """
    if not isinstance(debug_mode, int | str):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in _MODES:
            raise RuntimeError(
                f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}"
            )
        debug_mode = _MODES.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_deterministic_debug_mode() -> int:
    """Torch: torch.get_deterministic_debug_mode"""
    if not _chosen["deterministic"]:
        return 0
    return 1 if _chosen["warn_only"] else 2


def set_float32_matmul_precision(precision: str) -> None:
    """Choose "highest", "high" or "medium"; another word warns and is not remembered.

    Torch: torch.set_float32_matmul_precision
    """
    if not isinstance(precision, str):
        raise RuntimeError(f"set_float32_matmul_precision expects a str, but got {type(precision).__name__}")
    if precision in _PRECISIONS:
        _chosen["precision"] = precision
    else:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; "
            "the currentsetFloat32MatmulPrecision call has no effect."
        )


def get_float32_matmul_precision() -> str:
    """Torch: torch.get_float32_matmul_precision"""
    return _chosen["precision"]
