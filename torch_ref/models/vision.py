"""Some of torchvision's models: the same names of parameters, and the same draws in the same order."""


def resnet18(nn, in_shape=(3, 224, 224), classes=1000, width=64):
    """ResNet-18 (He et al. 2016), as torchvision.models.resnet18; `width` below 64 makes it narrower

    Shapes: (N, C, H, W), H and W from 32 on
    """

    class BasicBlock(nn.Module):
        """relu(shortcut(x) + two 3x3 convolutions of x)"""

        def __init__(self, before, after, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.relu = nn.ReLU(inplace=True)
            self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)
            self.downsample = None

        def forward(self, x):
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(y + (x if self.downsample is None else self.downsample(x)))

    def stage(before, after, stride):
        # torchvision makes the shortcut before the block that it belongs to: it draws first.
        shortcut = None
        if stride != 1 or before != after:
            shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after))
        blocks = [BasicBlock(before, after, stride), BasicBlock(after, after, 1)]
        blocks[0].downsample = shortcut
        return nn.Sequential(*blocks)

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(in_shape[0], width, 7, stride=2, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(width)
            self.relu = nn.ReLU(inplace=True)
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
            self.layer1 = stage(width, width, 1)
            self.layer2 = stage(width, 2 * width, 2)
            self.layer3 = stage(2 * width, 4 * width, 2)
            self.layer4 = stage(4 * width, 8 * width, 2)
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            self.fc = nn.Linear(8 * width, classes)
            for layer in self.modules():
                if isinstance(layer, nn.Conv2d):
                    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

        def forward(self, x):
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(self.avgpool(x).flatten(1))

    return ResNet()


# How many 3x3 convolutions each of the five stages has; a stage ends with height and width halved.
_VGG11 = (1, 1, 2, 2, 2)
_VGG19 = (2, 2, 4, 4, 4)


def _vgg(nn, in_shape, classes, depths, width, batch_norm=False):
    """VGG (Simonyan and Zisserman 2015): stages of 3x3 convolutions, then three linear layers"""
    layers, channels = [], in_shape[0]
    for depth, after in zip(depths, (width, 2 * width, 4 * width, 8 * width, 8 * width), strict=True):
        for _ in range(depth):
            normalise = [nn.BatchNorm2d(after)] if batch_norm else []
            layers += [nn.Conv2d(channels, after, 3, padding=1), *normalise, nn.ReLU(inplace=True)]
            channels = after
        layers.append(nn.MaxPool2d(2))
    hidden = 64 * width

    class VGG(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(*layers)
            self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
            self.classifier = nn.Sequential(
                nn.Linear(channels * 7 * 7, hidden), nn.ReLU(inplace=True), nn.Dropout(),
                nn.Linear(hidden, hidden), nn.ReLU(inplace=True), nn.Dropout(),
                nn.Linear(hidden, classes),
            )  # fmt: skip
            for layer in self.modules():
                if isinstance(layer, nn.Conv2d):
                    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                    nn.init.zeros_(layer.bias)
                elif isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, 0, 0.01)
                    nn.init.zeros_(layer.bias)

        def forward(self, x):
            return self.classifier(self.avgpool(self.features(x)).flatten(1))

    return VGG()


def vgg11(nn, in_shape=(3, 224, 224), classes=1000, width=64):
    """VGG-11, as torchvision.models.vgg11

    Shapes: (N, C, H, W), H and W from 32 on
    """
    return _vgg(nn, in_shape, classes, _VGG11, width)


def vgg11_bn(nn, in_shape=(3, 224, 224), classes=1000, width=64):
    """VGG-11 with batch norm after every convolution, as torchvision.models.vgg11_bn"""
    return _vgg(nn, in_shape, classes, _VGG11, width, batch_norm=True)


def vgg19(nn, in_shape=(3, 224, 224), classes=1000, width=64):
    """VGG-19, as torchvision.models.vgg19"""
    return _vgg(nn, in_shape, classes, _VGG19, width)


def vgg19_bn(nn, in_shape=(3, 224, 224), classes=1000, width=64):
    """VGG-19 with batch norm after every convolution, as torchvision.models.vgg19_bn"""
    return _vgg(nn, in_shape, classes, _VGG19, width, batch_norm=True)
