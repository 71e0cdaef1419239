"""Models, each written once, as a function of the `nn` (torch.nn or minitorch_np.nn) that it is built from."""

from .small import cnn, cnn_dropout, lenet, mlp, resnet
from .vision import resnet18, vgg11

# Batch norm subtracts the mean, and with it the bias of the convolution before it.  Such a bias has no effect: its
# gradient is rounding noise, which Adam divides by its own size, so that no two libraries agree on where it wanders.
WITHOUT_EFFECT = {"cnn": ("0.bias", "4.bias"), "cnn-dropout": ("0.bias", "4.bias")}

# For images of any size from 4x4 on: those of the main job.
MODELS = {"mlp": mlp, "cnn": cnn, "cnn-dropout": cnn_dropout, "lenet": lenet, "resnet": resnet}

# torchvision's, parameter by parameter.
VISION = {"resnet18": resnet18, "vgg11": vgg11}


def build(name: str, nn, in_shape: tuple[int, int, int], classes: int):
    """Model `name` for images of in_shape (C, H, W), from the layers of `nn` (torch.nn or minitorch_np.nn)."""
    return (MODELS | VISION)[name](nn, in_shape, classes)
