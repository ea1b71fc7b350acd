"""Makes the goldens of the networks in Models: python Tests/Goldens/make_goldens.py [NAME ...]

Writes networks/NAME.npy, PyTorch's outputs for three images, and networks.json, which says for each what was compiled.
Without names all are made. Needs PyTorch, torchvision and timm.
"""

import json
import sys

import numpy as np
import torch

from golden import HERE, Golden, check_spread, outputs
from families import ALL


def make(golden: Golden):
    for output, values in zip(golden.outputs, outputs(golden)):
        label = golden.name if len(golden.outputs) == 1 else f"{golden.name}.{output}"
        check_spread(label, values)
        np.save(HERE / "networks" / f"{label}.npy", values)


def entry(golden: Golden) -> dict:
    return {
        "name": golden.name,
        "model": golden.model,
        "parameters": golden.parameters,
        "outputs": list(golden.outputs),
        "seed": golden.seed,
        "tolerance": golden.tolerance,
        "runs": [{"batch": batch, "winograd": winograd} for batch, winograd in golden.runs],
    }


def main():
    torch.set_num_threads(1)
    wanted = sys.argv[1:]
    for name in wanted:
        if name not in [golden.name for golden in ALL]:
            raise SystemExit(f"no golden is called {name}")
    for golden in ALL:
        if not wanted or golden.name in wanted:
            make(golden)
    lines = ",\n".join(json.dumps(entry(golden)) for golden in sorted(ALL, key=lambda golden: golden.name))
    (HERE / "networks.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
