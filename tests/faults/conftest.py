from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .servers import Server, make_sources


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers: `server(data=…, media=…, KEEPSIGHT_…=value)`, not started yet; they end with the test."""
    made: list[Server] = []

    def make(data: Path | None = None, media: Path | None = None, **settings: str) -> Server:
        media = media or make_sources(tmp_path / "media")
        one = Server(media, data or tmp_path / "data", tmp_path / f"log{len(made)}", settings)
        made.append(one)
        return one

    yield make
    for one in made:
        one.kill()
