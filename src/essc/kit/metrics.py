"""Prometheus metrics that add up over processes: each process writes files in one directory, whoever is asked reads them all.

The directory is named by PROMETHEUS_MULTIPROC_DIR, set by the supervisor before a process starts (the client library looks once, at import).
Without it the metrics are those of this process alone. Labels are names of our own: operation, status, verdict; never an id.
"""
import os
from functools import lru_cache
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

__all__ = ["CONTENT_TYPE", "DIRECTORY", "Counter", "Gauge", "Histogram", "batch_done", "mark_process_dead", "render", "request_done"]

DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

REQUESTS: Final = Counter("essc_http_requests", "Requests answered, by operation and status.", ["operation", "status"])
REQUEST_SECONDS: Final = Histogram("essc_http_request_seconds", "From the last byte of a request to its answer.", ["operation"], buckets=_SECONDS)
BATCH_ITEMS: Final = Histogram("essc_batch_items", "Requests that one batch carried.", ["verb"], buckets=_SIZES)
BATCH_SECONDS: Final = Histogram("essc_batch_seconds", "One batch, from taking to commit.", ["verb"], buckets=_SECONDS)
BATCH_RETRIES: Final = Counter("essc_batch_retries", "Batches that the database asked to be done again.", ["verb"])
OUTBOX_WAITING: Final = Gauge("essc_outbox_waiting", "Events that not every subscriber has had.", multiprocess_mode="mostrecent")
OUTBOX_AGE: Final = Gauge("essc_outbox_oldest_seconds", "Age of the oldest of them.", multiprocess_mode="mostrecent")
OUTBOX_STUCK: Final = Gauge("essc_outbox_stuck", "Deliveries that were given up: a person must look.", multiprocess_mode="mostrecent")


@lru_cache(maxsize=4096)
def _request(operation: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(operation, str(status)), REQUEST_SECONDS.labels(operation)


def request_done(operation: str, status: int, seconds: float) -> None:
    """Count one answered request. `operation` is the operation's name, never a path with ids."""
    count, duration = _request(operation, status)
    count.inc()
    duration.observe(seconds)


def batch_done(verb: str, items: int, seconds: float) -> None:
    """Count one committed batch of a hot verb."""
    BATCH_ITEMS.labels(verb).observe(items)
    BATCH_SECONDS.labels(verb).observe(seconds)


def render() -> bytes:
    """All metrics of all processes in Prometheus's text format."""
    if DIRECTORY not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
