"""Classifies a folder of pictures to Parquet with Ray: classify_folder.py LIBRARY FOLDER OUTPUT [ACTORS]

Each actor loads the library once. A picture that cannot be read has its reason in the column 'error'.
"""

import sys

import ray
from ray.data import ActorPoolStrategy

from resin.ray import Classifier


def classify(library: str, folder: str, output: str, actors: int) -> None:
    """Writes a row per picture: path, class, label, probability, error."""
    # With as many actors as cores, reading and writing need a share too, or Ray would wait for ever.
    beside = 0.25
    files = ray.data.read_binary_files(
        folder, include_paths=True, file_extensions=["png", "jpg", "jpeg"], num_cpus=beside)
    classes = files.map_batches(
        Classifier, fn_constructor_args=[library], batch_size=32, num_cpus=0.75, compute=ActorPoolStrategy(size=actors))
    classes.write_parquet(output, ray_remote_args={"num_cpus": beside})


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    ray.init(log_to_driver=False)
    classify(*sys.argv[1:4], int(sys.argv[4]) if len(sys.argv) == 5 else 1)
