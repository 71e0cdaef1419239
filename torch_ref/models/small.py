"""The small models of the main job."""


def mlp(nn, in_shape, classes):
    """Flatten - Linear - ReLU - Linear - ReLU - Linear"""
    channels, height, width = in_shape
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * height * width, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, classes),
    )


def mlp_512(nn, in_shape=(1, 28, 28), classes=10):
    """Two hidden layers of 512: the usual first network for 28x28 images"""
    channels, height, width = in_shape
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * height * width, 512),
        nn.ReLU(),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Linear(512, classes),
    )


def cnn(nn, in_shape, classes):
    """Two blocks of convolution, batch norm, ReLU and max pooling, and a linear layer"""
    channels, height, width = in_shape
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * (height // 4) * (width // 4), classes),
    )


def cnn_dropout(nn, in_shape, classes):
    """The cnn with dropout: whole channels after the blocks, single values before the last layer"""
    layers = list(cnn(nn, in_shape, classes))
    return nn.Sequential(*layers[:8], nn.Dropout2d(0.1), layers[8], nn.Dropout(0.5), layers[9])


def lenet(nn, in_shape, classes):
    """LeNet-5's shape (LeCun et al. 1998), with 'same' convolutions so that small images fit"""
    channels, height, width = in_shape
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding="same"),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5, padding="same"),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * (height // 4) * (width // 4), 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, classes),
    )


def resnet(nn, in_shape, classes):
    """A small residual network (He et al. 2016): strides, 1x1 shortcuts, adaptive average pooling

    It has SiLU where the original has ReLU.  In float32, rounding decides on which side of ReLU's kink a value near 0
    lies, and this network makes much of it: two runs of torch alone, one from weights changed in the last bit, had
    losses up to 28 % apart after 50 steps on digits.  With SiLU the same runs differ by rounding only.
    """

    class Block(nn.Module):
        """silu(shortcut(x) + two convolutions of x)"""

        def __init__(self, before, after, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)
            self.act = nn.SiLU()
            self.shortcut = nn.Identity()
            if stride != 1 or before != after:
                self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after))

        def forward(self, x):
            y = self.act(self.bn1(self.conv1(x)))
            return self.act(self.bn2(self.conv2(y)) + self.shortcut(x))

    return nn.Sequential(
        nn.Conv2d(in_shape[0], 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.SiLU(),
        Block(16, 16, 1),
        Block(16, 32, 2),
        Block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )
