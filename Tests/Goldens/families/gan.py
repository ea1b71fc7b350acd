"""Generators and discriminators."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import SMALL, Golden, Input


class Up(nn.Module):
    """Miyato et al. (2018), figure 8 (b)."""

    def __init__(self, width: int, norm):
        super().__init__()
        self.b1 = norm(width)
        self.c1 = nn.Conv2d(width, width, 3, 1, 1)
        self.b2 = norm(width)
        self.c2 = nn.Conv2d(width, width, 3, 1, 1)
        self.c_sc = nn.Conv2d(width, width, 1)

    def forward(self, x, *label):
        y = self.c1(F.interpolate(F.relu(self.b1(x, *label)), scale_factor=2))
        y = self.c2(F.relu(self.b2(y, *label)))
        return y + self.c_sc(F.interpolate(x, scale_factor=2))


class Generator(nn.Module):
    def __init__(self, width: int, norm=nn.BatchNorm2d):
        super().__init__()
        self.l1 = nn.Linear(128, 16 * width)
        self.block2 = Up(width, norm)
        self.block3 = Up(width, norm)
        self.block4 = Up(width, norm)
        self.b5 = nn.BatchNorm2d(width)
        self.c5 = nn.Conv2d(width, 3, 3, 1, 1)

    def forward(self, z):
        x = self.l1(z).unflatten(1, (-1, 4, 4))
        x = self.block4(self.block3(self.block2(x)))
        return torch.tanh(self.c5(F.relu(self.b5(x))))


class ConditionalNorm(nn.Module):
    """Dumoulin et al. (2017), equation 5."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.gammas = nn.Linear(20, width, bias=False)
        self.betas = nn.Linear(20, width, bias=False)

    def forward(self, x, label):
        scale = self.gammas(label).unflatten(1, (-1, 1, 1))
        return self.norm(x) * scale + self.betas(label).unflatten(1, (-1, 1, 1))


class ConditionalGenerator(Generator):
    def __init__(self, width: int):
        super().__init__(width, ConditionalNorm)

    def forward(self, z, label):
        x = self.l1(z).unflatten(1, (-1, 4, 4))
        x = self.block4(self.block3(self.block2(x, label), label), label)
        return torch.tanh(self.c5(F.relu(self.b5(x))))


class Down(nn.Module):
    """Miyato et al. (2018), figure 8 (a); `first` reads a picture."""

    def __init__(self, before: int, width: int, first: bool):
        super().__init__()
        self.first = first
        self.c1 = nn.Conv2d(before, width, 3, 1, 1)
        self.c2 = nn.Conv2d(width, width, 3, 1, 1)
        self.c_sc = nn.Conv2d(before, width, 1)

    def forward(self, x):
        y = F.avg_pool2d(self.c2(F.relu(self.c1(x if self.first else F.relu(x)))), 2)
        if self.first:
            return y + self.c_sc(F.avg_pool2d(x, 2))
        return y + F.avg_pool2d(self.c_sc(x), 2)


class Plain(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.c1 = nn.Conv2d(width, width, 3, 1, 1)
        self.c2 = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x):
        return self.c2(F.relu(self.c1(F.relu(x)))) + x


class Discriminator(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.block1 = Down(3, width, first=True)
        self.block2 = Down(width, width, first=False)
        self.block3 = Plain(width)
        self.block4 = Plain(width)
        self.l5 = nn.Linear(width, 1)

    def forward(self, x):
        x = self.block4(self.block3(self.block2(self.block1(x))))
        return self.l5(F.relu(x).sum((2, 3)))


class ResnetBlock(nn.Module):
    """As in the authors' pytorch-CycleGAN-and-pix2pix, without dropout."""

    def __init__(self, width: int):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width))

    def forward(self, x):
        return x + self.conv_block(x)


class ResnetGenerator(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for features in (width, 2 * width):
            layers += [nn.Conv2d(features, 2 * features, 3, 2, 1), nn.InstanceNorm2d(2 * features), nn.ReLU()]
        layers += [ResnetBlock(4 * width) for _ in range(9)]
        for features in (4 * width, 2 * width):
            layers += [
                nn.ConvTranspose2d(features, features // 2, 3, 2, 1, output_padding=1),
                nn.InstanceNorm2d(features // 2), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x)


GOLDENS = [
    Golden("gan/sngan_generator", lambda: Generator(32), (128,), {"width": 32}, ("picture",), runs=SMALL),
    Golden("gan/sngan_discriminator", lambda: Discriminator(128), (3, 32, 32), outputs=("score",), runs=SMALL),
    Golden(
        "gan/conditional_generator", lambda: ConditionalGenerator(32), (128,), {"width": 32, "classes": 20},
        ("picture",), inputs=(Input("class", (20,)),), runs=SMALL),
    Golden(
        "gan/cyclegan_generator", lambda: ResnetGenerator(8), (3, 32, 32), {"size": 32, "width": 8}, ("picture",),
        runs=SMALL),
]
