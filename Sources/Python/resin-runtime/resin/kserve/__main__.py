"""python -m resin.kserve --model NAME=LIBRARY [--model ...] [--max-delay MS] [--max-queue IMAGES] [options of KServe]"""

from __future__ import annotations

import argparse
import sys
import threading
from typing import Dict, List, Optional, Sequence

from .._cpus import cpus
from ..errors import Error
from ..network import load


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Serves until a signal ends it; gives the status of the process."""
    try:
        from . import Model, Server
    except Error as error:
        return _say(str(error))
    from kserve import model_server

    options = _options(model_server.parser, arguments)
    slots = threading.Semaphore(options.runs)
    models: List[Model] = []
    try:
        for name, path in options.model.items():
            models.append(
                Model(
                    name, load(path, threads=options.threads), max_delay=options.max_delay / 1000,
                    max_queue=options.max_queue, runs=options.runs, slots=slots))
        # What the server does not take as an argument it looks up there.
        model_server.args = options
        Server(
            max_body=options.max_body, http_port=options.http_port, grpc_port=options.grpc_port,
            enable_grpc=options.enable_grpc, max_threads=options.max_threads, enable_docs_url=options.enable_docs_url,
            enable_latency_logging=options.enable_latency_logging, access_log_format=options.access_log_format,
            event_loop=options.event_loop, timeout_keep_alive=options.timeout_keep_alive,
            ssl_certfile=options.ssl_certfile, ssl_keyfile=options.ssl_keyfile,
        ).start(models)
    except (Error, ValueError, OSError, RuntimeError) as error:
        return _say(str(error))
    finally:
        for model in models:
            model.batcher.close()
    return 0


def _options(parent: argparse.ArgumentParser, arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m resin.kserve", parents=[parent], allow_abbrev=False,
        description="Serves compiled models by the Open Inference Protocol, version 2, over HTTP and gRPC.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    own = parser.add_argument_group("compiled models")
    own.add_argument(
        "--model", action="append", required=True, metavar="NAME=LIBRARY",
        help="a library that 'resin compile' has written, and the name that clients have for it; may be repeated")
    own.add_argument(
        "--max-delay", type=float, default=2.0, metavar="MS",
        help="how long a request waits for others to run with, in milliseconds")
    own.add_argument(
        "--max-queue", type=int, default=256, metavar="IMAGES",
        help="how many images of a model may wait; a request beyond is answered with 429, RESOURCE_EXHAUSTED")
    own.add_argument(
        "--max-body", type=int, default=64 << 20, metavar="BYTES", help="the largest body of a request over HTTP")
    own.add_argument("--threads", type=int, default=1, help="threads of a run; 0 for as many as there are CPUs")
    own.add_argument("--runs", type=int, default=0, help="runs at once, of all models; 0 for as many as there are CPUs")
    options = parser.parse_args(arguments)
    if options.workers != 1:
        parser.error("--workers is 1: runs go on side by side in one process (--runs)")
    if options.max_delay < 0 or options.max_queue < 1 or options.max_body < 1 or options.runs < 0:
        parser.error("--max-delay and --runs are numbers from 0, --max-queue and --max-body from 1")
    options.runs = options.runs or cpus()
    models: Dict[str, str] = {}
    for given in options.model:
        name, _, path = given.partition("=")
        if not name or not path or "/" in name:
            parser.error(f"--model takes NAME=LIBRARY, not '{given}'")
        if name in models:
            parser.error(f"--model names '{name}' twice")
        models[name] = path
    options.model = models
    return options


def _say(message: str) -> int:
    print(f"python -m resin.kserve: error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
