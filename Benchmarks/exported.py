"""Makes sure that a network has been exported to the cache."""

import subprocess
import sys

from settings import CACHE, HERE


def ensure_exported(network: str, batch: int) -> None:
    """Exports in a process of its own where needed, so that none of PyTorch's threads stay."""
    if (CACHE / f"{network}-b{batch}.onnx").exists():
        return
    print(f"exporting {network}, batch {batch}", file=sys.stderr, flush=True)
    log = CACHE / "logs" / f"export-{network}-b{batch}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(HERE / "export_network.py"), network, str(batch)]
    with log.open("w") as file:
        result = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise SystemExit(f"cannot export {network}; see {log}")
