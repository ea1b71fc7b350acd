"""Detectors: YOLOv8 with the names of its published checkpoints."""

import torch
import torch.fx
import torch.nn.functional as F
from torch import nn
from torchvision.ops import nms

from golden import BIG, Golden


class Layer(nn.Module):
    """Jocher et al. (2023): convolution, normalisation, SiLU."""

    def __init__(self, before: int, width: int, kernel: int = 1, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(before, width, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, x):
        return F.silu(self.bn(self.conv(x)))


class Pair(nn.Module):
    def __init__(self, width: int, shortcut: bool):
        super().__init__()
        self.shortcut = shortcut
        self.cv1 = Layer(width, width, 3)
        self.cv2 = Layer(width, width, 3)

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class Stage(nn.Module):
    """C2f."""

    def __init__(self, before: int, width: int, count: int, shortcut: bool):
        super().__init__()
        self.cv1 = Layer(before, width)
        self.cv2 = Layer((2 + count) * width // 2, width)
        self.m = nn.ModuleList(Pair(width // 2, shortcut) for _ in range(count))

    def forward(self, x):
        halves = self.cv1(x).chunk(2, 1)
        parts = [halves[0], halves[1]]
        for pair in self.m:
            parts.append(pair(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class Pyramid(nn.Module):
    """SPPF."""

    def __init__(self, width: int):
        super().__init__()
        self.cv1 = Layer(width, width // 2)
        self.cv2 = Layer(2 * width, width)

    def forward(self, x):
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.cv2(torch.cat(parts, 1))


class Heads(nn.Module):
    def __init__(self, size: int, classes: int):
        super().__init__()
        self.size, self.classes = size, classes
        width = max(64, min(classes, 100))

        def heads(width: int, outputs: int):
            return nn.ModuleList(
                nn.Sequential(Layer(before, width, 3), Layer(width, width, 3), nn.Conv2d(width, outputs, 1))
                for before in (64, 128, 256))

        self.cv2 = heads(64, 64)
        self.cv3 = heads(width, classes)

    def forward(self, images):
        boxes, scores = [], []
        for x, stride, distances, classes in zip(images, (8, 16, 32), self.cv2, self.cv3):
            extent = self.size // stride
            shares = distances(x).reshape(-1, 4, 16, extent * extent).softmax(2)
            sides = (shares * torch.arange(16.0).reshape(16, 1)).sum(2)
            columns = (torch.arange(float(extent)) + 0.5).repeat(extent)
            rows = (torch.arange(float(extent)) + 0.5).repeat_interleave(extent)
            centres = torch.stack((columns, rows))
            begin, end = centres - sides[:, :2], centres + sides[:, 2:]
            boxes.append(torch.cat(((begin + end) / 2, end - begin), 1) * stride)
            scores.append(classes(x).reshape(-1, self.classes, extent * extent).sigmoid())
        return torch.cat(boxes, 2), torch.cat(scores, 2)


def kept(boxes, scores, most: int):
    """Rows of score, class and box of one image, best first."""
    rows = []
    for index, values in enumerate(scores):
        places = torch.nonzero(values > 0.25).squeeze(1)
        places = places[nms(boxes[places], values[places], 0.7)][:most]
        head = torch.stack((values[places], torch.full_like(values[places], index)), 1)
        rows.append(torch.cat((head, boxes[places]), 1))
    rows = torch.cat(rows)
    return rows[rows[:, 0].argsort(descending=True, stable=True)][:most]


@torch.fx.wrap
def detections(boxes, scores, most: int):
    """The best boxes of each image: of a class those above 1/4, and that share at most 7/10 with none that is better."""
    centres, halves = boxes[:, :2], boxes[:, 2:] / 2
    corners = torch.cat((centres - halves, centres + halves), 1).transpose(1, 2)
    images = [kept(*image, most) for image in zip(corners, scores)]
    count = torch.tensor([len(rows) for rows in images])
    rows = torch.stack([F.pad(rows, (0, 0, 0, most - len(rows))) for rows in images])
    exists = torch.arange(most) < count.unsqueeze(1)
    return rows[:, :, 2:], rows[:, :, 0], torch.where(exists, rows[:, :, 1].long(), -1), count


class YOLOv8n(nn.Module):
    def __init__(self, size: int, classes: int, most: int | None = None):
        super().__init__()
        self.most = most
        idle = nn.Identity
        self.model = nn.ModuleList([
            Layer(3, 16, 3, 2), Layer(16, 32, 3, 2), Stage(32, 32, 1, True), Layer(32, 64, 3, 2),
            Stage(64, 64, 2, True), Layer(64, 128, 3, 2), Stage(128, 128, 2, True), Layer(128, 256, 3, 2),
            Stage(256, 256, 1, True), Pyramid(256), idle(), idle(), Stage(384, 128, 1, False), idle(), idle(),
            Stage(192, 64, 1, False), Layer(64, 64, 3, 2), idle(), Stage(192, 128, 1, False),
            Layer(128, 128, 3, 2), idle(), Stage(384, 256, 1, False), Heads(size, classes)])

    def forward(self, x):
        layers, values = self.model, []
        for layer in layers[:10]:
            x = layer(x)
            values.append(x)
        up = F.interpolate(values[9], scale_factor=2, mode="nearest")
        middle = layers[12](torch.cat((up, values[6]), 1))
        up = F.interpolate(middle, scale_factor=2, mode="nearest")
        large = layers[15](torch.cat((up, values[4]), 1))
        middle = layers[18](torch.cat((layers[16](large), middle), 1))
        small = layers[21](torch.cat((layers[19](middle), values[9]), 1))
        boxes, scores = layers[22]((large, middle, small))
        return (boxes, scores) if self.most is None else detections(boxes, scores, self.most)


GOLDENS = [
    Golden(
        "yolo/yolov8n", lambda: YOLOv8n(64, 37), (3, 64, 64), {"size": 64, "classes": 37},
        outputs=("boxes", "scores"), runs=BIG),
    # A seed for which no two scores, and no shared area and its limit, are so close that a last bit would decide; the third
    # image has more boxes than there is room for.
    Golden(
        "yolo/yolov8n_detections", lambda: YOLOv8n(64, 2, 35), (3, 64, 64), {"size": 64, "classes": 2, "most": 35},
        outputs=("boxes", "scores", "classes", "count"), seed=11, runs=BIG),
]
