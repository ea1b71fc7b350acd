"""How long served requests take, and how many images a second Ray classifies: README.md.

    serving.py latency LIBRARY [--max-delay MS] [--seconds S]
    serving.py ray LIBRARY [--images N] [--actors 1,2]

Runs in an environment with resin-runtime, kserve, tritonclient and ray[data], such as that of
Tests/Integration/serving.sh: .build/integration/python-serving/bin/python.
"""

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Awaitable, Callable, Dict, Iterable, List, Sequence, Tuple

import numpy

import resin

Ask = Callable[[], Awaitable[None]]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return one.getsockname()[1]


def percentile(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


def input_of(net: resin.Network) -> numpy.ndarray:
    """Random values for one image."""
    port = net.inputs[0]
    return numpy.random.default_rng(0).standard_normal((max(port.rows, 1), *port.shape[1:]), numpy.float32)


# The server, over gRPC: its client takes least of the two cores.


async def closed(ask: Ask, clients: int, seconds: float) -> float:
    """Requests a second where each client asks again as soon as it is answered."""
    end = time.monotonic() + seconds
    counts = [0] * clients

    async def client(i: int) -> None:
        while time.monotonic() < end:
            await ask()
            counts[i] += 1

    begin = time.monotonic()
    await asyncio.gather(*(client(i) for i in range(clients)))
    return sum(counts) / (time.monotonic() - begin)


async def paced(ask: Ask, gaps: Iterable[float]) -> List[float]:
    """The time of each request; they come at these intervals, whether others are answered or not."""
    latencies: List[float] = []

    async def one(due: float) -> None:
        await ask()
        latencies.append(time.monotonic() - due)

    due = time.monotonic()
    tasks = []
    for gap in gaps:
        due += gap
        await asyncio.sleep(max(due - time.monotonic(), 0))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    return latencies


async def latency(library: str, max_delay: float, seconds: float) -> None:
    import tritonclient.grpc
    import tritonclient.grpc.aio

    net = resin.load(library)
    x = input_of(net)
    port = free_port()
    command = [
        sys.executable, "-m", "resin.kserve", "--model", f"net={library}", "--max-delay", str(max_delay), "--http_port",
        str(free_port()), "--grpc_port", str(port), "--enable_latency_logging", "false"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with tritonclient.grpc.aio.InferenceServerClient(f"localhost:{port}") as client:
            tensor = tritonclient.grpc.InferInput(net.inputs[0].name, list(x.shape), "FP32")
            tensor.set_data_from_numpy(x)

            async def ask() -> None:
                await client.infer("net", [tensor])

            for _ in range(300):
                try:
                    if await client.is_model_ready("net"):
                        break
                except Exception:
                    await asyncio.sleep(0.1)
            runs = []
            for _ in range(20):
                begin = time.monotonic()
                net(x)
                runs.append(time.monotonic() - begin)
            run = statistics.median(runs[5:])
            await closed(ask, 4, 2)
            alone = [(await paced(ask, [0.0]))[0] for _ in range(20)]
            capacity = await closed(ask, 32, seconds)
            rate = 0.8 * capacity
            count = max(int(rate * seconds), 100)
            print(f"{net.name}: a run in this process {1e3 * run:.1f} ms; one request alone {1e3 * statistics.median(alone):.1f} ms")
            print(f"capacity with 32 clients {capacity:.1f} images/s; {1 / run:.1f} of one core without a server")
            generator = random.Random(1)
            for words, gaps in (
                ("evenly", [1 / rate] * count), ("at random times", [generator.expovariate(rate) for _ in range(count)]),
            ):
                found = await paced(ask, gaps)
                p50, p99 = percentile(found, 0.5), percentile(found, 0.99)
                allowed = 3 * run + max_delay / 1e3
                print(
                    f"80 %, {rate:.1f} requests/s that come {words}: p50 {1e3 * p50:.1f} ms, p99 {1e3 * p99:.1f} ms; three "
                    f"runs and the delay are {1e3 * allowed:.1f} ms: {'holds' if p99 <= allowed else 'does not hold'}")
    finally:
        server.terminate()
        server.wait()


# Ray, against a plain loop over the same files.


def make_pictures(folder: str, count: int) -> List[str]:
    """JPEG files of 500×375 pixels, such as those of ImageNet have on average."""
    from PIL import Image

    generator = numpy.random.default_rng(0)
    paths = []
    for i in range(count):
        small = Image.fromarray(generator.integers(0, 256, (24, 32, 3), numpy.uint8))
        paths.append(os.path.join(folder, f"{i:05}.jpg"))
        small.resize((500, 375), Image.BICUBIC).save(paths[-1], quality=90)
    return paths


def plain_loop(library: str, paths: Sequence[str], batch: int) -> Tuple[float, float]:
    """Seconds for an image of a loop in one process on one core, and those of them that make inputs of files."""
    net = resin.load(library)
    making = 0.0

    def classify(some: Sequence[str]) -> None:
        nonlocal making
        begin = time.monotonic()
        x = net.preprocess(list(some))
        making += time.monotonic() - begin
        resin.rank(net(x), net.labels, top=1)

    classify(paths[:batch])
    making = 0.0
    begin = time.monotonic()
    for first in range(0, len(paths), batch):
        classify(paths[first : first + batch])
    return (time.monotonic() - begin) / len(paths), making / len(paths)


def in_ray(library: str, folder: str, actors: int, batch: int) -> Tuple[float, float]:
    """Images a second from when every actor has done its first batch, and seconds until then."""
    import ray
    from ray.data import ActorPoolStrategy

    from resin.ray import Classifier

    class Timed(Classifier):
        def __call__(self, batch):  # type: ignore[no-untyped-def]
            result = super().__call__(batch)
            size = len(result["path"])
            return {**result, "done": numpy.full(size, time.time()), "actor": numpy.full(size, os.getpid())}

    begin = time.time()
    rows = (
        ray.data.read_binary_files(folder, include_paths=True, num_cpus=0.25)
        .map_batches(
            Timed, fn_constructor_args=[library], batch_size=batch, num_cpus=0.75,
            compute=ActorPoolStrategy(size=actors))
        .take_all())
    first: Dict[int, float] = {}
    for row in rows:
        first[row["actor"]] = min(first.get(row["actor"], row["done"]), row["done"])
    start, end = max(first.values()), max(row["done"] for row in rows)
    return sum(row["done"] > start for row in rows) / (end - start), start - begin


def scale(library: str, images: int, actors: Sequence[int], batch: int) -> None:
    import ray

    with tempfile.TemporaryDirectory() as folder:
        paths = make_pictures(folder, images)
        seconds, making = plain_loop(library, paths, batch)
        print(f"plain loop: {1 / seconds:.2f} images/s; {1e3 * making:.1f} of {1e3 * seconds:.1f} ms make inputs of files")
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
        ray.data.DataContext.get_current().enable_progress_bars = False
        for number in actors:
            rate, start = in_ray(library, folder, number, batch)
            overhead = 1 - rate * seconds / number
            print(f"{number} actors: {rate:.2f} images/s, {100 * overhead:.1f} % less than {number} loops, {start:.1f} s to begin")
        ray.shutdown()
        print(f"plain loop again: {1 / plain_loop(library, paths, batch)[0]:.2f} images/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    served = commands.add_parser("latency", help="a server at 80 % of its capacity")
    served.add_argument("library")
    served.add_argument("--max-delay", type=float, default=2.0)
    served.add_argument("--seconds", type=float, default=20)
    ray = commands.add_parser("ray", help="images a second against the number of actors")
    ray.add_argument("library")
    ray.add_argument("--images", type=int, default=400)
    ray.add_argument("--batch", type=int, default=8)
    ray.add_argument("--actors", type=lambda text: [int(one) for one in text.split(",")], default=[1, 2])
    options = parser.parse_args()
    library = os.path.abspath(options.library)
    if options.command == "latency":
        asyncio.run(latency(library, options.max_delay, options.seconds))
    else:
        scale(library, options.images, options.actors, options.batch)


if __name__ == "__main__":
    main()
