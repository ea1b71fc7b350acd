"""Networks that give maps: U-Net in its variants, and hourglasses."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import BIG, SIBLING, SMALL, Golden


class Down(nn.Module):
    """Ronneberger et al. (2015): two convolutions, after a pool where `pools`."""

    def __init__(self, before: int, width: int, pools: bool):
        super().__init__()
        self.pools = pools
        self.conv1 = nn.Conv2d(before, width, 3)
        self.conv2 = nn.Conv2d(width, width, 3)

    def forward(self, x):
        x = F.max_pool2d(x, 2) if self.pools else x
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class Up(nn.Module):
    def __init__(self, before: int, border: int):
        super().__init__()
        self.up = nn.ConvTranspose2d(before, before // 2, 2, 2)
        self.border = border
        self.conv1 = nn.Conv2d(before, before // 2, 3)
        self.conv2 = nn.Conv2d(before // 2, before // 2, 3)

    def forward(self, x, skip):
        border = self.border
        joined = torch.cat((skip[:, :, border:-border, border:-border], self.up(x)), 1)
        return F.relu(self.conv2(F.relu(self.conv1(joined))))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        before = 1
        for index, width in enumerate((64, 128, 256, 512, 1024), 1):
            setattr(self, f"down{index}", Down(before, width, pools=index > 1))
            before = width
        for index, border in ((4, 4), (3, 16), (2, 40), (1, 88)):
            setattr(self, f"up{index}", Up(64 << index, border))
        self.map = nn.Conv2d(64, 2, 1)

    def forward(self, x):
        downs = [self.down1(x)]
        for down in (self.down2, self.down3, self.down4, self.down5):
            downs.append(down(downs[-1]))
        x = self.up4(downs[4], downs[3])
        x = self.up3(x, downs[2])
        x = self.up2(x, downs[1])
        return self.map(self.up1(x, downs[0]))


class Double(nn.Module):
    def __init__(self, before: int, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class PaddedDown(nn.Module):
    def __init__(self, before: int, width: int):
        super().__init__()
        self.pair = Double(before, width)

    def forward(self, x):
        return self.pair(F.max_pool2d(x, 2))


class PaddedUp(nn.Module):
    def __init__(self, before: int, bilinear: bool):
        super().__init__()
        half = before // 2
        self.up = None if bilinear else nn.ConvTranspose2d(before, half, 2, 2)
        self.pair = Double(half + (before if bilinear else half), half)

    def forward(self, x, skip):
        if self.up is None:
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        else:
            x = self.up(x)
        return self.pair(torch.cat((skip, x), 1))


class PaddedUNet(nn.Module):
    def __init__(self, bilinear: bool):
        super().__init__()
        self.down1 = Double(3, 64)
        for index in (1, 2, 3, 4):
            setattr(self, f"down{index + 1}", PaddedDown(32 << index, 64 << index))
        for index in (4, 3, 2, 1):
            setattr(self, f"up{index}", PaddedUp(64 << index, bilinear))
        self.map = nn.Conv2d(64, 2, 1)

    def forward(self, x):
        downs = [self.down1(x)]
        for down in (self.down2, self.down3, self.down4, self.down5):
            downs.append(down(downs[-1]))
        x = self.up4(downs[4], downs[3])
        x = self.up3(x, downs[2])
        x = self.up2(x, downs[1])
        return self.map(self.up1(x, downs[0]))


class Residual(nn.Module):
    """Newell et al. (2016), figure 4."""

    def __init__(self, before: int, width: int):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width // 2, 1)
        self.bn2 = nn.BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, 1, 1)
        self.bn3 = nn.BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 1)
        self.skip = None if before == width else nn.Conv2d(before, width, 1)

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv3(F.relu(self.bn3(self.conv2(F.relu(self.bn2(y))))))
        return y + (x if self.skip is None else self.skip(x))


class Shrunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual = Residual(256, 256)

    def forward(self, x):
        return self.residual(F.max_pool2d(x, 2))


class Hourglass(nn.Module):
    """Figure 3."""

    def __init__(self):
        super().__init__()
        for index in (1, 2, 3, 4):
            setattr(self, f"skip{index}", Residual(256, 256))
            setattr(self, f"down{index}", Shrunk())
            setattr(self, f"up{index}", Residual(256, 256))
        self.bottom = Residual(256, 256)

    def forward(self, x):
        skips = []
        for index in (1, 2, 3, 4):
            skips.append(getattr(self, f"skip{index}")(x))
            x = getattr(self, f"down{index}")(x)
        x = self.bottom(x)
        for index in (4, 3, 2, 1):
            x = getattr(self, f"up{index}")(x)
            x = skips[index - 1] + F.interpolate(x, scale_factor=2)
        return x


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, 2, 3)
        self.bn = nn.BatchNorm2d(64)
        self.res1 = Residual(64, 128)
        self.res2 = Residual(128, 128)
        self.res3 = Residual(128, 256)

    def forward(self, x):
        x = self.res1(F.relu(self.bn(self.conv(x))))
        return self.res3(self.res2(F.max_pool2d(x, 2)))


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.res = Residual(256, 256)
        self.conv = nn.Conv2d(256, 256, 1)
        self.bn = nn.BatchNorm2d(256)

    def forward(self, x):
        return F.relu(self.bn(self.conv(self.res(x))))


class StackedHourglasses(nn.Module):
    """Section 3.3."""

    def __init__(self, stacks: int):
        super().__init__()
        self.stem = Stem()
        for index in range(1, stacks + 1):
            setattr(self, f"hourglass{index}", Hourglass())
            setattr(self, f"features{index}", Features())
            setattr(self, f"heatmaps{index}", nn.Conv2d(256, 5, 1))
        self.stacks = stacks
        if stacks == 2:
            self.from_features = nn.Conv2d(256, 256, 1)
            self.from_heatmaps = nn.Conv2d(5, 256, 1)

    def forward(self, x):
        x = self.stem(x)
        features = self.features1(self.hourglass1(x))
        first = self.heatmaps1(features)
        if self.stacks == 1:
            return first
        x = x + self.from_features(features) + self.from_heatmaps(first)
        return first, self.heatmaps2(self.features2(self.hourglass2(x)))


PADDED = {"rows": 48, "columns": 32}
HOURGLASS = {"size": 64, "joints": 5}

GOLDENS = [
    Golden("unet/unet", UNet, (1, 204, 188), {"rows": 204, "columns": 188}, ("map",), runs=BIG),
    Golden("unet/unet_padded", lambda: PaddedUNet(False), (3, 48, 32), PADDED, ("map",), runs=BIG),
    Golden("unet/unet_bilinear", lambda: PaddedUNet(True), (3, 48, 32), PADDED, ("map",), runs=SIBLING),
    Golden(
        "hourglass/hourglass1", lambda: StackedHourglasses(1), (3, 64, 64), HOURGLASS, ("heatmaps1",), runs=SMALL),
    Golden(
        "hourglass/hourglass2", lambda: StackedHourglasses(2), (3, 64, 64), HOURGLASS, ("heatmaps1", "heatmaps2"),
        runs=BIG),
]
