"""The metrics as text, for whoever asks."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from anyio import CapacityLimiter, to_thread
from prometheus_client.exposition import choose_encoder

from keepsight.telemetry.gauges import Gauges
from keepsight.telemetry.metrics import REGISTRY
from keepsight.telemetry.processes import reading, registry_of_all

PERIOD = 1.0
"""Seconds between two writings of a process that another one may be asked about."""


class Exposition:
    """What `/metrics` tells. For one event loop."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self._one = CapacityLimiter(1)

    async def tell(self, accept: str) -> tuple[bytes, str]:
        """The text and its content type, in the format that `accept` prefers. Raises Timeout."""
        self._gauges.read_own()
        return await to_thread.run_sync(self._text, accept, limiter=self._one)

    def write(self) -> None:
        """Write what this process counted where the others find it. On the event loop."""
        self._gauges.read_own()

    async def keep_written(self) -> None:
        """Write what this process counted where the others find it, each second, until cancelled."""
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(PERIOD)
                self.write()

    def _text(self, accept: str) -> tuple[bytes, str]:
        self._gauges.read_shared()
        encode, content_type = choose_encoder(accept)
        with reading():
            return encode(registry_of_all(REGISTRY)), content_type
