"""Models, each written once, as a function of the `nn` (torch.nn or minitorch_np.nn) that it is built from."""

from itertools import pairwise

from .generative import autoencoder, dcgan, mlp_gan, super_resolution
from .sequence import char_rnn, gpt, translator
from .small import cnn, cnn_dropout, lenet, mlp, mlp_512, resnet
from .vision import resnet18, vgg11, vgg11_bn, vgg19, vgg19_bn

# For images of any size from 4x4 on: those of the main job.
MODELS = {"mlp": mlp, "cnn": cnn, "cnn-dropout": cnn_dropout, "lenet": lenet, "resnet": resnet}

# torchvision's, parameter by parameter.
VISION = {"resnet18": resnet18, "vgg11": vgg11, "vgg11_bn": vgg11_bn, "vgg19": vgg19, "vgg19_bn": vgg19_bn}

__all__ = [
    "MODELS", "VISION", "autoencoder", "build", "char_rnn", "cnn", "cnn_dropout", "dcgan", "gpt", "lenet",
    "mlp", "mlp_512", "mlp_gan", "resnet", "resnet18", "super_resolution", "translator", "vgg11", "vgg11_bn", "vgg19",
    "vgg19_bn", "without_effect",
]  # fmt: skip


def build(name: str, nn, in_shape: tuple[int, int, int], classes: int):
    """Model `name` for images of in_shape (C, H, W), from the layers of `nn` (torch.nn or minitorch_np.nn)."""
    return (MODELS | VISION)[name](nn, in_shape, classes)


def without_effect(nn, model) -> tuple[str, ...]:
    """The biases of convolutions before batch norm, which subtracts the mean, and the bias with it.

    Their gradient is rounding noise, which Adam divides by its own size: no two libraries agree on where they wander.
    """
    return tuple(
        f"{name}.{number}.bias".lstrip(".")
        for name, module in model.named_modules()
        if isinstance(module, nn.Sequential)
        for (number, layer), (_, after) in pairwise(module.named_children())
        if isinstance(layer, nn.Conv2d) and layer.bias is not None and isinstance(after, nn.BatchNorm2d)
    )
