"""The networks of the comparison, with random weights from a fixed seed."""

import timm
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

SEED = 20240229


class CIFARBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut without parameters (He et al. 2015, option A)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.added = outputs - inputs

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.stride != 1:
            half = self.added // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, half))
        return F.relu(x + y)


class CIFARResNet(nn.Module):
    """The network of 6 · `blocks` + 2 layers for 32×32 pictures (He et al. 2015, section 4.2)."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        layers: list[nn.Module] = []
        inputs = 16
        for outputs in (16, 32, 64):
            for index in range(blocks):
                stride = 2 if index == 0 and outputs != 16 else 1
                layers.append(CIFARBlock(inputs, outputs, stride))
                inputs = outputs
        self.blocks = nn.Sequential(*layers)
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Segmentation(nn.Module):
    """A network of torchvision that gives a class to every pixel, with that output alone."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.network = torchvision.models.get_model(
            name, weights=None, weights_backbone=None, aux_loss=False
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)["out"]


def architecture(name: str) -> nn.Module:
    """The network with whatever weights its constructor draws."""
    if name.startswith("cifar_resnet"):
        return CIFARResNet((int(name.removeprefix("cifar_resnet")) - 2) // 6)
    if name in ("fcn_resnet50", "deeplabv3_resnet50"):
        return Segmentation(name)
    if name in timm.list_models() and name not in torchvision.models.list_models():
        return timm.create_model(name)
    return torchvision.models.get_model(name, weights=None)


def input_size(name: str) -> int:
    return 32 if name.startswith("cifar_") else 224


def example_input(name: str, batch: int) -> Tensor:
    """Standard normal pictures from the fixed seed; smaller batches begin larger ones."""
    generator = torch.Generator().manual_seed(SEED)
    size = input_size(name)
    return torch.randn(batch, 3, size, size, generator=generator)


def build(name: str) -> nn.Module:
    """The network in evaluation mode, weights drawn from the fixed seed.

    Batch norms get random scales and shifts, and the statistics of what reaches them, disturbed:
    so they cannot be dropped, yet activations keep their size through any depth.
    """
    torch.manual_seed(SEED)
    network = architecture(name)
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    generator = torch.Generator().manual_seed(SEED + 1)
    for norm in norms:
        norm.momentum = 1.0
        nn.init.uniform_(norm.weight, 0.5, 1.5, generator=generator)
        nn.init.uniform_(norm.bias, -0.1, 0.1, generator=generator)
    with torch.no_grad():
        network.train()(example_input(name, 4))
        for norm in norms:
            spread = norm.running_var.sqrt()
            norm.running_mean += 0.1 * spread * torch.randn(spread.shape, generator=generator)
            norm.running_var *= 0.5 + torch.rand(spread.shape, generator=generator)
    return network.eval()


def multiply_adds(network: nn.Module, x: Tensor) -> int:
    """Multiply-adds of all convolutions and linear layers on `x`, computed directly."""
    total = 0

    def count(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        weight = module.get_parameter("weight")
        total += output.numel() * (weight.numel() // weight.shape[0])

    hooks = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.Linear))
    ]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    return total
