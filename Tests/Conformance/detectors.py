"""Exports detectors of torchvision by PyTorch's first exporter, and a network of optical flow by both; compares Resin with
ONNX Runtime.

    detectors.py [--resin PROGRAM] [--only NAME] [--keep FOLDER] [--write]

How many boxes there are depends on the image: of what Resin gives as many count as it says exist. The second exporter
does not write ssdlite320. As `classifiers.py` otherwise.
"""

import pathlib
import sys
import warnings

import numpy as np
import onnxruntime
import torch
import torchvision

import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The extent of the images of each.
SIZES = {
    "ssdlite320_mobilenet_v3_large": 320, "ssd300_vgg16": 300, "retinanet_resnet50_fpn": 128, "fcos_resnet50_fpn": 128,
    "fasterrcnn_mobilenet_v3_large_320_fpn": 128, "fasterrcnn_resnet50_fpn": 128, "raft_small": 128,
    "raft_small, second exporter": 128,
}
OUTPUTS = ["boxes", "scores", "labels"]
TOLERANCE = 1e-4
BEGIN = "<!-- detectors: written by `detectors.py --write` -->"
END = "<!-- end of detectors -->"


class Flow(torch.nn.Module):
    """The last of the flows that the network gives, after two steps."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, first, second):
        return self.network(first, second, num_flow_updates=2)[-1]


def network(name):
    """A network with random weights whose scores are not all alike, and the images to export it with."""
    torch.manual_seed(1)
    size = SIZES[name]
    if name.startswith("raft_small"):
        return Flow(torchvision.models.optical_flow.raft_small(weights=None)).eval(), (
            torch.zeros(1, 3, size, size), torch.zeros(1, 3, size, size))
    options = {} if size in (300, 320) else {"min_size": size, "max_size": size}
    result = getattr(torchvision.models.detection, name)(weights=None, weights_backbone=None, **options).eval()
    for tensor_name, tensor in result.state_dict().items():
        is_head = any(part in tensor_name for part in ("cls_logits", "cls_score", "classification_head.module_list"))
        if is_head and tensor_name.endswith("weight") and tensor.ndim > 1:
            tensor.normal_(0, 1 / np.sqrt(tensor[0].numel()))
        elif is_head and tensor_name.endswith("bias"):
            tensor.normal_(-1, 1)
    # Without statistics of its own all regions look alike behind so many layers.
    for module in result.backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1
    with torch.no_grad():
        result.backbone.train()(torch.rand(8, 3, size, size) * 4 - 2)
    return result.eval(), ([torch.zeros(3, size, size)],)


def export(name, path):
    module, images = network(name)
    is_flow = name.startswith("raft_small")
    dynamo = name.endswith("second exporter")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, images, str(path), dynamo=dynamo, verbose=False, external_data=False, opset_version=18 if dynamo else 17,
            input_names=["first", "second"] if is_flow else ["image"], output_names=["flow"] if is_flow else OUTPUTS)


def outputs(folder, names):
    """The outputs of a run, as far as their entries exist."""
    if len(names) == 1:
        return [np.load(folder / "output.npy")]
    results = []
    for name in names:
        count = folder / f"output.{name}.count.npy"
        value = np.load(folder / f"output.{name}.npy")
        results.append(value[: int(np.load(count))] if count.exists() else value)
    return results


def distance(found, wanted):
    """The largest difference over the largest output; boxes whose scores are that near may change places."""
    scaled = [[value.reshape(len(value), -1) / np.abs(b).max() for value, b in zip(values, wanted)]
              for values in (found, wanted)]
    if len(found) == 1:
        return np.abs(scaled[0][0] - scaled[1][0]).max()
    a, b = (np.concatenate(values, 1) for values in scaled)
    return max(min(np.abs(row - b[place]).max() for place in {index, *near})
               for index, row in enumerate(a)
               for near in [np.flatnonzero(np.abs(b[:, 4] - row[4]) <= TOLERANCE)])


def check(resin, name, _, folder):
    path = folder / f"{name.replace(', ', '-')}.onnx"
    try:
        if not path.exists():
            export(name, path)
    except Exception as error:
        path.unlink(missing_ok=True)
        return None, f"is not exported: {str(error).strip().splitlines()[0]}"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(1)
    feeds = [generator.random(value.shape, np.float32) for value in session.get_inputs()]
    names = [value.name for value in session.get_outputs()]
    wanted = session.run(names, dict(zip([value.name for value in session.get_inputs()], feeds)))
    for stale in folder.glob("output*.npy"):
        stale.unlink()
    problem = report.run_model(resin, path, folder, feeds)
    if problem:
        return None, problem
    found = outputs(folder, names)
    if not all(value.size for value in wanted):
        return None, "the outputs mean nothing"
    if [value.shape for value in found] != [value.shape for value in wanted]:
        return None, f"gives {found[0].shape[0]} boxes, not {wanted[0].shape[0]}"
    difference = distance(found, wanted)
    return difference, "" if difference <= TOLERANCE else f"differs by {difference:.1e} of the largest output"


def main():
    torch.set_num_threads(1)
    heading = (
        f"torchvision {torchvision.__version__.split('+')[0]}, PyTorch {torch.__version__.split('+')[0]}, ONNX Runtime "
        f"{onnxruntime.__version__}:")
    return report.compare_networks(ROOT, list(SIZES), ["result"], heading, check, BEGIN, END)


if __name__ == "__main__":
    sys.exit(main())
