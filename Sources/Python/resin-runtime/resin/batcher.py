"""Batches that are formed from the calls of many threads.

    batcher = Batcher(resin.load("libresnet50.so"), max_delay=0.002)
    y = batcher.submit(x).result()
"""

from __future__ import annotations

import ctypes
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ._arrays import Memory, new_array
from ._cpus import cpus
from .errors import Error
from .network import Network


class Full(Error):
    """So many images wait that another one is not taken."""


class Closed(Error):
    """The batcher takes nothing any more."""


@dataclass(frozen=True)
class Batch:
    """What has run at once."""

    images: int
    #: How long each of its requests has waited, in seconds.
    waited: Tuple[float, ...]
    #: How long the run took, in seconds.
    seconds: float


@dataclass(eq=False)
class _Request:
    inputs: List[Memory]
    images: int
    #: What requests of one run have in common.
    key: Any
    arrived: float
    future: "Future[Any]"


class Batcher:
    """Joins requests for a network into runs of the largest size that its library has code for.

    A request is what one call of the network takes, and has one result. Requests are joined where the model computes each
    image by itself, their shapes are the same but for the number of images, and so are the inputs without images; any
    other is a run of its own. A request waits for others no longer than `max_delay` seconds, and for a run to end. Then
    those behind it go with it that make up the largest size. No result depends on which requests are joined.
    """

    def __init__(
        self, net: Network, *, max_delay: float = 0.0, max_queue: int = 256, runs: int = 0,
        slots: Optional[threading.Semaphore] = None, observe: Callable[[Batch], None] = lambda batch: None,
    ) -> None:
        """A batcher with threads of its own, which `close` ends.

        `max_queue` is how many images may wait, of requests that no run has begun. `runs` is how many runs there are at
        once, 0 for as many as there are CPUs that the process may keep busy; several batchers share CPUs by taking `slots` of one
        semaphore. `observe` is told of each batch, by the thread that ran it.
        """
        if max_delay < 0 or max_queue < 1 or runs < 0:
            raise ValueError("max_delay is a number from 0, max_queue one from 1, runs one from 0")
        self.net = net
        self.max_delay = max_delay
        self.max_queue = max_queue
        self._sizes = frozenset(net.batches) or frozenset([1])
        self._largest = max(self._sizes)
        self._observe = observe
        self._changed = threading.Condition()
        #: Requests that wait, oldest first, by what they have in common.
        self._groups: Dict[Any, List[_Request]] = {}
        self._waiting = 0
        self._closed = False
        runs = runs or cpus()
        self._slots = slots or threading.Semaphore(runs)
        self._threads = [threading.Thread(target=self._work, name=f"{net.name} {i}", daemon=True) for i in range(runs)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """The images of requests that no run has begun."""
        return self._waiting

    def submit(self, *arrays: Any, **named: Any) -> "Future[Any]":
        """Takes the inputs of a call; the result is what the call would give. They are not copied before they run.

        A future that is cancelled before its run leaves the queue.

        Raises what a call would raise for the arrays, ValueError for more images than may wait, `Full` where too many
        wait already, `Closed` after `close`.
        """
        inputs, batching = self.net._checked(arrays, named)
        variant = batching.chunks[0].variant
        images = sum(chunk.count for chunk in batching.chunks) if variant.images else 1
        key = object()
        if variant.images:
            key = tuple(
                memory.shape[1:] if port.rows else bytes(memory.view) for port, memory in zip(variant.inputs, inputs))
        if images > self.max_queue:
            raise ValueError(f"{images} images are given at once; no more than {self.max_queue} may wait")
        request = _Request(inputs, images, key, time.monotonic(), Future())
        with self._changed:
            if self._closed:
                raise Closed(f"the model '{self.net.name}' takes no more requests: it is being stopped")
            if self._waiting + images > self.max_queue:
                raise Full(
                    f"{self._waiting} images wait for the model '{self.net.name}', and no more than {self.max_queue} may: "
                    "try again later")
            self._groups.setdefault(key, []).append(request)
            self._waiting += images
            self._changed.notify()
        request.future.add_done_callback(lambda future: self._forget(request) if future.cancelled() else None)
        return request.future

    def close(self, wait: bool = True) -> None:
        """Takes no more; what waits is run at once, without delay. With `wait`, returns when all of it has run."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if wait:
            for thread in self._threads:
                thread.join()

    def _forget(self, request: _Request) -> None:
        """Takes a cancelled request out of the queue, if it is still there."""
        with self._changed:
            group = self._groups.get(request.key, [])
            if request in group:
                self._remove(request.key, group.index(request), group.index(request) + 1)

    def _remove(self, key: Any, first: int, end: int) -> List[_Request]:
        group = self._groups[key]
        taken = group[first:end]
        del group[first:end]
        if not group:
            del self._groups[key]
        self._waiting -= sum(request.images for request in taken)
        return taken

    def _work(self) -> None:
        while self._wait():
            with self._slots:
                batch = self._take()
                if batch:
                    self._run(batch)

    def _wait(self) -> bool:
        """Returns when something can run; False where nothing will."""
        with self._changed:
            while self._ready() is None:
                if self._closed:
                    return False
                oldest = min((group[0].arrived for group in self._groups.values()), default=None)
                self._changed.wait(None if oldest is None else max(oldest + self.max_delay - time.monotonic(), 0))
            return True

    def _ready(self) -> Any:
        """What the requests have in common that wait longest of those that need not wait; None where all may."""
        now = time.monotonic()
        ready = [
            (group[0].arrived, key) for key, group in self._groups.items()
            if self._closed or group[0].arrived + self.max_delay <= now
            or sum(request.images for request in group) >= self._largest]
        return min(ready, key=lambda one: one[0])[1] if ready else None

    def _take(self) -> List[_Request]:
        """The requests of the next run; none where another thread was quicker."""
        with self._changed:
            key = self._ready()
            if key is None:
                return []
            taken = self._remove(key, 0, self._count(self._groups[key]))
            if self._groups:
                # Whoever was told of a new request may be this thread, and now is busy.
                self._changed.notify()
            return taken

    def _count(self, group: Sequence[_Request]) -> int:
        """How many of the requests run next: the most that are exactly of some size, else the most that fit."""
        total, fitting, exact = 0, 1, 0
        for number, request in enumerate(group, 1):
            total += request.images
            if total > self._largest:
                break
            fitting = number
            if total in self._sizes:
                exact = number
        return exact or fitting

    def _run(self, batch: List[_Request]) -> None:
        batch = [request for request in batch if request.future.set_running_or_notify_cancel()]
        if not batch:
            return
        begin = time.monotonic()
        try:
            results = self._results(batch)
            waited = tuple(begin - request.arrived for request in batch)
            self._observe(Batch(sum(request.images for request in batch), waited, time.monotonic() - begin))
        except BaseException as error:  # whatever it is, those who wait are told, and this thread goes on
            for request in batch:
                request.future.set_exception(error)
            return
        for request, result in zip(batch, results):
            request.future.set_result(result)

    def _results(self, batch: Sequence[_Request]) -> List[Any]:
        """A result for each request, by one call."""
        if len(batch) == 1:
            return [self.net(*(memory.view for memory in batch[0].inputs))]
        found = self.net(*self._joined(batch))
        outputs = found if isinstance(found, dict) else {self.net.outputs[0].name: found}
        parts: List[Dict[str, Any]] = []
        first = 0
        for request in batch:
            end = first + request.images
            parts.append({
                port.name: _part(outputs[port.name], first * port.rows, end * port.rows, port) for port in self.net.outputs})
            first = end
        return parts if isinstance(found, dict) else [next(iter(part.values())) for part in parts]

    def _joined(self, batch: Sequence[_Request]) -> List[Any]:
        """Each input with the images of all requests."""
        inputs = []
        for index, port in enumerate(self.net.inputs):
            memories = [request.inputs[index] for request in batch]
            if not port.rows:
                inputs.append(memories[0].view)
                continue
            joined = new_array(port, (sum(memory.shape[0] for memory in memories), *memories[0].shape[1:]))
            address = Memory(memoryview(joined)).address
            for memory in memories:
                ctypes.memmove(address, memory.address, memory.nbytes)
                address += memory.nbytes
            inputs.append(joined)
        return inputs


def _part(array: Any, first: int, end: int, port: Any) -> Any:
    """The rows of some images; of an output without images a copy, since each caller may write to its result."""
    if port.rows:
        return array[first:end]
    memory = Memory(memoryview(array))
    copy = new_array(port, memory.shape)
    ctypes.memmove(Memory(memoryview(copy)).address, memory.address, memory.nbytes)
    return copy
