"""A trunk with two heads."""

import torch
from torch import nn
from torchvision import models

from golden import SIBLING, Golden


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        trunk = models.resnet18()
        for name, module in list(trunk.named_children())[:-2]:
            setattr(self, name, module)
        self.breed_fc = nn.Linear(512, 37)
        self.attributes_fc = nn.Linear(512, 40)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = torch.flatten(x.mean((2, 3)), 1)
        return self.breed_fc(x), torch.sigmoid(self.attributes_fc(x))


GOLDENS = [
    Golden(
        "multitask/resnet18_heads", Heads, (3, 64, 64), {"size": 64}, ("breed", "attributes"), runs=SIBLING),
]
