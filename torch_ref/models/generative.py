"""Models whose output is an image: two pairs of generator and discriminator, an autoencoder, a super-resolution net."""


def mlp_gan(nn, noise=64, pixels=784, width=128):
    """A generator and a discriminator of linear layers (Goodfellow et al. 2014)

    Shapes: generator (N, noise) -> (N, pixels) in (-1, 1); discriminator (N, pixels) -> (N, 1), the logit of "real"
    """
    return nn.ModuleDict(
        {
            "generator": nn.Sequential(
                nn.Linear(noise, width), nn.LeakyReLU(0.2),
                nn.Linear(width, 2 * width), nn.LeakyReLU(0.2),
                nn.Linear(2 * width, pixels), nn.Tanh(),
            ),
            "discriminator": nn.Sequential(
                nn.Linear(pixels, 2 * width), nn.LeakyReLU(0.2),
                nn.Linear(2 * width, width), nn.LeakyReLU(0.2),
                nn.Linear(width, 1),
            ),
        }
    )  # fmt: skip


def dcgan(nn, noise=64, channels=1, width=16):
    """A generator of transposed convolutions and a discriminator of strided ones (Radford et al. 2016)

    Shapes: generator (N, noise, 1, 1) -> (N, channels, 32, 32) in (-1, 1);
    discriminator (N, channels, 32, 32) -> (N, 1), the logit of "real"
    """
    generator = nn.Sequential(
        nn.ConvTranspose2d(noise, 4 * width, 4, bias=False),  # 1 -> 4
        nn.BatchNorm2d(4 * width),
        nn.ReLU(),
        nn.ConvTranspose2d(4 * width, 2 * width, 4, stride=2, padding=1, bias=False),  # 4 -> 8
        nn.BatchNorm2d(2 * width),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1, bias=False),  # 8 -> 16
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1),  # 16 -> 32
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(channels, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(2 * width),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(4 * width),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4 * width, 1, 4),
        nn.Flatten(),
    )
    for layer in [*generator, *discriminator]:  # the paper's start
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.zeros_(layer.bias)
    return nn.ModuleDict({"generator": generator, "discriminator": discriminator})


def autoencoder(nn, channels=1, width=8):
    """Strided convolutions down, Upsample and convolutions up: no checkerboard (Odena et al. 2016)

    Shapes: (N, channels, H, W) -> the same, in (0, 1); H and W multiples of 4
    """
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, stride=2, padding=1),
        nn.ELU(),
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
        nn.ELU(),
        nn.Upsample(scale_factor=2, mode="nearest"),
        nn.Conv2d(2 * width, width, 3, padding=1),
        nn.ELU(),
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        nn.Conv2d(width, channels, 3, padding=1),
        nn.Sigmoid(),
    )


def super_resolution(nn, channels=1, factor=2, width=16):
    """ESPCN (Shi et al. 2016): convolutions at the small size, then PixelShuffle makes channels into pixels

    Shapes: (N, channels, H, W) -> (N, channels, factor*H, factor*W)
    """
    return nn.Sequential(
        nn.Conv2d(channels, width, 5, padding=2),
        nn.Tanh(),
        nn.Conv2d(width, width, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(width, channels * factor**2, 3, padding=1),
        nn.PixelShuffle(factor),
    )
