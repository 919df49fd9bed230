"""What every room's tests share: the material beside the checkout, where it is there."""

from __future__ import annotations

from pathlib import Path

import httpx._config
import pytest
from hypothesis import HealthCheck, settings

from tests.waiting import PATIENCE

SHARED = Path(__file__).resolve().parents[2] / "shared"

# Derandomised: a failure on one machine is a failure on every machine. And no clock decides: a machine that stands
# still for two seconds would be taken for slow examples.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")

# Of every call that names no timeout of its own: five seconds are little on a machine that is busy with other things.
for _phase in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, _phase, PATIENCE)


SLOW_ROOMS = ("crop", "pixels", "fetch", "detect", "models", "benchmarks", "studio", "end_to_end")
"""Folders whose tests take seconds rather than milliseconds, the slowest last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast ones first: a slip shows at once."""

    def slowness(item: pytest.Item) -> int:
        return max((SLOW_ROOMS.index(p) + 1 for p in item.path.parts if p in SLOW_ROOMS), default=0)

    items.sort(key=slowness)


def shared(inside: str) -> Path:
    """A file or folder of the development material; skips the test where it is absent."""
    path = SHARED / inside
    if not path.exists():
        pytest.skip(f"needs the development material, which is not here: shared/{inside}")
    return path
