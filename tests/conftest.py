"""What every room's tests share: the material beside the checkout, where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).resolve().parents[2] / "shared"

# Derandomised: a failure on one machine is a failure on every machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def shared(inside: str) -> Path:
    """A file or folder of the development material; skips the test where it is absent."""
    path = SHARED / inside
    if not path.exists():
        pytest.skip(f"needs the development material, which is not here: shared/{inside}")
    return path
