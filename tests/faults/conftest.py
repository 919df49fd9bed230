from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .running import Launch, launching
from .servers import Server, make_sources


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder with one photo of some work."""
    folder = tmp_path / "media"
    folder.mkdir()
    ys, xs = np.mgrid[0:1500, 0:2000]
    channels = (xs * 255 / 2000, ys * 255 / 1500, 127 + 127 * np.sin(xs / 9) * np.cos(ys / 7))
    Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8)).save(folder / "tom.jpg")
    return folder


@pytest.fixture
def launch(tmp_path: Path, media: Path) -> Iterator[Launch]:
    """Starts servers; they end with the test."""
    with launching(tmp_path, media) as started:
        yield started


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
