"""DLPack under torch.utils.dlpack's names; see interchange.py."""

from ..interchange import DLDeviceType, from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]
