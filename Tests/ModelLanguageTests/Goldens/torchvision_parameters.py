"""Writes the names and shapes in torchvision's checkpoints, one tensor per line, next to this file."""

from pathlib import Path

import torchvision

for name in ("resnet18", "resnet50"):
    state = getattr(torchvision.models, name)(weights=None).state_dict()
    lines = [
        f"{key} {list(tensor.shape)}"
        for key, tensor in state.items()
        if not key.endswith("num_batches_tracked")
    ]
    path = Path(__file__).with_name(f"{name}_parameters.txt")
    path.write_text("\n".join(lines) + "\n")
