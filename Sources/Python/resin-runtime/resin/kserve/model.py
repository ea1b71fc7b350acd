"""A compiled model as KServe's server has models."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any, Callable, Dict, List, Optional

import kserve
from grpc_interceptor.exceptions import ResourceExhausted, Unavailable
from kserve import InferRequest, InferResponse
from kserve.errors import InvalidInput, UnsupportedProtocol

from .. import batcher
from ..network import Network, load
from . import metrics, tensors


class Model(kserve.Model):  # type: ignore[misc]
    """A network that answers requests of the Open Inference Protocol, in batches.

    The options are those of `resin.batcher.Batcher`.
    """

    def __init__(
        self, name: str, net: Network, *, max_delay: float = 0.0, max_queue: int = 256, runs: int = 0,
        slots: Optional[threading.Semaphore] = None,
    ) -> None:
        super().__init__(name)
        self.net = net
        self._options = {"max_delay": max_delay, "max_queue": max_queue, "runs": runs, "slots": slots}
        self.batcher = batcher.Batcher(
            net, max_delay=max_delay, max_queue=max_queue, runs=runs, slots=slots,
            observe=lambda batch: metrics.observe(name, batch))
        metrics.WAITING.labels(name).set_function(lambda: self.batcher.waiting)
        self.ready = True

    def get_input_types(self) -> List[Dict[str, Any]]:
        """The inputs as the metadata of the model has them."""
        return [tensors.described(port) for port in self.net.inputs]

    def get_output_types(self) -> List[Dict[str, Any]]:
        """The outputs as the metadata of the model has them."""
        return [tensors.described(port) for port in self.net.outputs]

    async def predict(
        self, payload: Any, headers: Optional[Dict[str, str]] = None, response_headers: Optional[Dict[str, str]] = None
    ) -> InferResponse:
        """Answers a request; other requests go on meanwhile."""
        if not isinstance(payload, InferRequest):
            raise UnsupportedProtocol("v1: this model is asked by version 2, the Open Inference Protocol")
        tensors.asked(payload, self.net.outputs)
        try:
            future = self.batcher.submit(tensors.arrays(payload))
        except (TypeError, ValueError) as error:
            raise InvalidInput(str(error)) from None
        except batcher.Full as error:
            metrics.REJECTED.labels(self.name).inc()
            raise ResourceExhausted(str(error)) from None
        except batcher.Closed as error:
            raise Unavailable(str(error)) from None
        return tensors.response(payload, self.name, self.net.outputs, await asyncio.wrap_future(future))

    def loader(self) -> Callable[[], Model]:
        """What makes this model anew from its library; it does not hold the network."""
        return partial(_loaded, self.name, self.net.path, self.net.threads, self._options)

    def stop(self) -> None:
        """Takes no more requests; those that wait are answered."""
        super().stop()
        self.batcher.close(wait=False)
        # The figure would hold the network, and so the library.
        metrics.WAITING.labels(self.name).set_function(lambda: 0)


def _loaded(name: str, path: str, threads: int, options: Dict[str, Any]) -> Model:
    return Model(name, load(path, threads=threads), **options)
