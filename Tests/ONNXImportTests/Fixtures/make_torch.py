"""Writes small networks as both exporters of PyTorch write them, and ONNX Runtime's outputs.

NAME.onnx is the model; NAME.npy holds its outputs, flattened and joined, for the inputs that `pattern` defines.
Needs torch, onnx, onnxscript, onnxruntime, numpy.
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = pathlib.Path(__file__).parent


def pattern(shape):
    """The same numbers in every language: no generator, no rounding."""
    index = np.arange(np.prod(shape), dtype=np.int64)
    return ((index * 7919 + 13) % 1009 / 512.0 - 1.0).astype(np.float32).reshape(shape)


def write_golden(name, batch):
    session = onnxruntime.InferenceSession(FOLDER / f"{name}.onnx", providers=["CPUExecutionProvider"])
    feeds = {}
    for value in session.get_inputs():
        shape = [batch if isinstance(extent, str) else extent for extent in value.shape]
        feeds[value.name] = pattern(shape)
    outputs = session.run(None, feeds)
    flat = np.concatenate([np.asarray(output, np.float32).reshape(-1) for output in outputs])
    assert np.isfinite(flat).all(), name
    np.save(FOLDER / f"{name}.npy", flat)
    print(name, flat.size, (FOLDER / f"{name}.onnx").stat().st_size)


class Block(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + shortcut)


class ResNet(nn.Module):
    """As torchvision writes it."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Block(4, 4, 1))
        self.layer2 = nn.Sequential(Block(4, 6, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.avgpool(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(x, 1))


class PaddedShortcut(nn.Module):
    """Option A of He et al., and a head that asks for sizes."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        shortcut = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2), "constant", 0)
        x = F.relu(self.bn2(self.conv2(x)) + shortcut)
        x = F.avg_pool2d(x, x.size()[3])
        return self.linear(x.view(x.size(0), -1))


class Mobile(nn.Module):
    """Depthwise convolution, squeeze and excitation, clipped activations, a chunked and rejoined tensor."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(3, 8, 1)
        self.depth = nn.Conv2d(8, 8, 3, 1, 2, dilation=2, groups=8, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.squeeze = nn.Conv2d(8, 2, 1)
        self.excite = nn.Conv2d(2, 8, 1)
        self.project = nn.Conv2d(8, 4, 1, groups=2)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(4, 5)

    def forward(self, x):
        x = F.relu6(self.expand(x))
        x = F.hardswish(self.bn(self.depth(x)))
        x = x * F.hardsigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3), keepdim=True)))))
        a, b = self.project(x).chunk(2, 1)
        x = torch.cat([torch.sigmoid(a), F.leaky_relu(b, 0.1)], 1).permute(0, 2, 3, 1)
        x = x.mean((1, 2)).clamp(min=-0.5)
        return F.log_softmax(self.classifier(self.dropout(x)), 1)


def randomise(model, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
                module.running_mean.uniform_(-0.3, 0.3)
                module.running_var.uniform_(0.5, 1.5)
    return model.eval()


def script(name, model, size, opset, folded, dynamic=False):
    axes = {"input": {0: "batch"}, "logits": {0: "batch"}} if dynamic else None
    torch.onnx.export(
        model, (torch.from_numpy(pattern([1, 3, size, size])),), FOLDER / f"{name}.onnx", dynamo=False,
        input_names=["input"], output_names=["logits"], opset_version=opset,
        do_constant_folding=folded, dynamic_axes=axes,
        training=torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE)
    write_golden(name, 2)


def dynamo(name, model, size, opset, optimize=True):
    program = torch.onnx.export(
        model, (torch.from_numpy(pattern([2, 3, size, size])),), dynamo=True, optimize=optimize,
        input_names=["input"], output_names=["logits"], opset_version=opset,
        dynamic_shapes=({0: torch.export.Dim("batch")},))
    onnx_model = program.model_proto
    # Source locations are of no use to a test, and larger than the model.
    del onnx_model.metadata_props[:]
    for node in onnx_model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*onnx_model.graph.input, *onnx_model.graph.output, *onnx_model.graph.value_info]:
        del value.metadata_props[:]
    for function in onnx_model.functions:
        for node in function.node:
            del node.metadata_props[:]
    onnx.save(onnx_model, FOLDER / f"{name}.onnx")
    write_golden(name, 2)


def main():
    torch.manual_seed(1)
    resnet = randomise(ResNet(), 1)
    padded = randomise(PaddedShortcut(), 2)
    mobile = randomise(Mobile(), 3)
    for opset in (9, 11, 13, 17, 20):
        script(f"resnet_opset{opset}", resnet, 33, opset, folded=opset % 2 == 0)
    script("resnet_opset13_folded_dynamic", resnet, 33, 13, folded=True, dynamic=True)
    script("padded_opset10", padded, 9, 10, folded=False)
    script("padded_opset11_dynamic", padded, 9, 11, folded=False, dynamic=True)
    script("padded_opset17_dynamic", padded, 9, 17, folded=False, dynamic=True)
    script("padded_opset17_folded", padded, 9, 17, folded=True)
    script("mobile_opset9_dynamic", mobile, 10, 9, folded=False, dynamic=True)
    script("mobile_opset14_folded", mobile, 10, 14, folded=True)
    script("mobile_opset20_dynamic", mobile, 10, 20, folded=False, dynamic=True)
    dynamo("resnet_dynamo", resnet, 33, 18)
    dynamo("padded_dynamo", padded, 9, 20)
    dynamo("padded_dynamo_plain", padded, 9, 18, optimize=False)
    dynamo("mobile_dynamo", mobile, 10, 20)


if __name__ == "__main__":
    sys.exit(main())
