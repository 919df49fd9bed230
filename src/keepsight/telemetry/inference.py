"""Looks of models: timed, traced, and missed where there was none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TypeVar

from keepsight.telemetry.metrics import DEGRADED, INFERENCE_FAILURES, INFERENCE_SECONDS
from keepsight.telemetry.spans import span

N = TypeVar("N")
T = TypeVar("T")


def looking(model: str, load: Callable[[], N], run: Callable[[N], T]) -> Callable[[], T]:
    """Load a network and run it; the time of the run is told under the name of the model."""

    def look() -> T:
        with span(f"load {model}", model=model):
            network = load()
        began = perf_counter()
        try:
            with span(f"infer {model}", model=model):
                return run(network)
        except Exception:
            INFERENCE_FAILURES.labels(model).inc()
            raise
        finally:
            INFERENCE_SECONDS.labels(model).observe(perf_counter() - began)

    return look


def left_out(unavailable: Iterable[str]) -> None:
    """Count the models that had no say in an answer: each its name, with the reason in brackets or without one."""
    for told in unavailable:
        model, _, reason = told.partition(" (")
        DEGRADED.labels(model, reason.removesuffix(")") or "unavailable").inc()
