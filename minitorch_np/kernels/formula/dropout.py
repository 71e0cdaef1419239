"""Dropout with a given mask."""

__all__ = ["dropout"]


def dropout(x, mask, scale):
    """x * mask * scale, elementwise; mask is bool"""
    return x * (mask * x.dtype.type(scale))
