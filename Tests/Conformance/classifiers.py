"""Exports classifiers of the package timm by PyTorch's two exporters, and compares Resin with ONNX Runtime.

    classifiers.py [--resin PROGRAM] [--only NAME] [--keep FOLDER] [--write]

Weights and statistics of normalisations are random, and the images small. Prints a line per network and exporter; the
exit code is 1 where one differs by more than 1e-4 of the largest output or does not compile. `--keep` keeps the exported
files, and takes those that are there; `--write` writes the table into `docs/onnx.md`.
"""

import pathlib
import sys
import warnings

import numpy as np
import onnxruntime
import timm
import torch

import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Networks that are made for images of one size, with windows or positions for it.
SIZED = {"swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "maxvit_tiny_tf_224", "volo_d1_224"}
NETWORKS = (
    "resnet26d", "seresnet50", "ecaresnet50t", "res2net50_26w_4s", "resnext26ts", "skresnet18", "regnetx_008",
    "densenetblur121d", "dla34", "hrnet_w18", "resnetv2_50", "resnest14d", "cspresnet50", "dpn68", "gernet_s",
    "swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "davit_tiny", "edgenext_xx_small", "xcit_nano_12_p16_224",
    "maxvit_tiny_tf_224", "sequencer2d_s", "volo_d1_224", "mobilevitv2_050",
)
EXPORTERS = {"torchscript": False, "dynamo": True}
SIZE = 128
TOLERANCE = 1e-4
BEGIN = "<!-- classifiers: written by `classifiers.py --write` -->"
END = "<!-- end of classifiers -->"


def network(name):
    """A network with random weights, and with statistics that are not those of an untrained one."""
    torch.manual_seed(1)
    options = {"img_size": SIZE} if name in SIZED else {}
    result = timm.create_model(name, pretrained=False, **options).eval()
    for tensor_name, tensor in result.state_dict().items():
        if tensor_name.endswith("running_mean"):
            tensor.normal_(0, 0.1)
        elif tensor_name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
        elif tensor.ndim == 2 and not tensor.any():
            # A classifier that begins with zeros would give nothing else.
            tensor.normal_(0, 0.02)
    return result


def export(name, dynamo, path):
    image = torch.zeros(1, 3, SIZE, SIZE)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network(name), (image,), str(path), dynamo=dynamo, external_data=False, verbose=False,
            input_names=["image"], output_names=["logits"])


def compare(resin, path, folder, inputs):
    """The largest difference over the largest output, or why there is none."""
    problem = report.run_model(resin, path, folder, inputs)
    if problem:
        return None, problem
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = session.run(None, dict(zip([given.name for given in session.get_inputs()], inputs)))[0]
    if not np.isfinite(wanted).all() or wanted.std() <= 0.01 * np.abs(wanted).max():
        return None, "the outputs mean nothing"
    difference = np.abs(np.load(folder / "output.npy") - wanted).max() / np.abs(wanted).max()
    return difference, "" if difference <= TOLERANCE else f"differs by {difference:.1e} of the largest output"


def check(resin, name, exporter, folder):
    path = folder / f"{name}-{exporter}.onnx"
    try:
        if not path.exists():
            export(name, EXPORTERS[exporter], path)
    except Exception as error:
        return None, f"is not exported: {str(error).strip().splitlines()[0]}"
    image = np.random.default_rng(1).standard_normal((1, 3, SIZE, SIZE), np.float32)
    return compare(resin, path, folder, [image])


def main():
    torch.set_num_threads(1)
    heading = (
        f"timm {timm.__version__}, PyTorch {torch.__version__.split('+')[0]}, ONNX Runtime {onnxruntime.__version__}, "
        f"images of {SIZE}×{SIZE}:")
    return report.compare_networks(ROOT, NETWORKS, EXPORTERS, heading, check, BEGIN, END)


if __name__ == "__main__":
    sys.exit(main())
