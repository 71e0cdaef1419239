"""torchvision beside a CPU-only torch.

torchvision's compiled part is built against the CUDA build of torch and cannot be loaded beside the CPU build.
Its Python part then stops at import, because it registers fake kernels for two operators that the
compiled part would have declared.  Declaring their schemas first is enough; nobody here calls them.
"""


def import_torchvision():
    """The torchvision module, made importable where its compiled part is missing."""
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        import sys

        import torch

        for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
            del sys.modules[name]  # half-imported
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        torchvision._declared_by_torch_ref = library  # the declarations live as long as this object
    return torchvision
