"""What Prometheus finds at /metrics beside KServe's own figures."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from ..batcher import Batch

_LABELS = ["model_name"]
_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

BATCH = Histogram("resin_batch_images", "images of a run", _LABELS, buckets=[1, 2, 4, 8, 16, 32, 64, 128, 256])
RUN = Histogram("resin_run_seconds", "time of a run", _LABELS, buckets=_SECONDS)
WAITED = Histogram("resin_queue_seconds", "time that a request waits for its run", _LABELS, buckets=_SECONDS)
WAITING = Gauge("resin_queue_images", "images of requests that no run has begun", _LABELS)
REJECTED = Counter("resin_rejected_requests", "requests that found the queue full", _LABELS)


def observe(model: str, batch: Batch) -> None:
    """Counts a batch of a model."""
    BATCH.labels(model).observe(batch.images)
    RUN.labels(model).observe(batch.seconds)
    for seconds in batch.waited:
        WAITED.labels(model).observe(seconds)
