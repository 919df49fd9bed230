"""What other tools do the same comes out the same: every resize against libvips, which scales with its own Lanczos."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips
from PIL import Image

from keepsight.app import open_origin, open_registry
from keepsight.delivery.client import ANYONE
from keepsight.settings import load_settings
from pixels.drawn import scene
from pixels.likeness import ssim
from tests.conftest import shared

LEAST = 0.98
"""SSIM of lightness. Lanczos of the same radius differs by how its weights are rounded."""


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Image.Image]:
    """A transformation of a file, without loss."""
    media, data = tmp_path_factory.mktemp("media"), tmp_path_factory.mktemp("data")
    settings = load_settings(None, {"storage": {"media": media, "data": data}, "models": {"weights": media}})
    origin = open_origin(settings, open_registry(settings))

    def rendered(file: Path, transformation: str) -> Image.Image:
        link = media / file.name
        if not link.exists():
            link.write_bytes(file.read_bytes())
        answer = origin.deliver(f"/demo/image/upload/{transformation}/f_png/{file.name}", ANYONE).answer
        return Image.open(io.BytesIO(answer.body)).convert("RGB")

    return rendered


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "scene.png"
    scene(900, 600).save(path)
    return path


def vips(file: Path) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(file))


def picture(image: pyvips.Image) -> Image.Image:
    return Image.fromarray(image.numpy()).convert("RGB")


def scaled(file: Path, width: int, height: int) -> pyvips.Image:
    image = vips(file)
    return image.resize(width / image.width, vscale=height / image.height, kernel="lanczos3")


CASES: list[tuple[str, Callable[[Path], pyvips.Image]]] = [
    ("c_scale,w_300,h_200", lambda f: scaled(f, 300, 200)),
    ("c_scale,w_450,h_100", lambda f: scaled(f, 450, 100)),
    # libvips enlarges with a cubic kernel, which treats the grain of single pixels in its own way: without grain.
    ("e_blur:30/c_scale,w_1350", lambda f: vips(f).gaussblur(1.5).resize(1.5, kernel="lanczos3")),
    ("c_fit,w_200,h_200", lambda f: scaled(f, 200, 133)),
    ("c_limit,w_90,h_500", lambda f: scaled(f, 90, 60)),
    ("c_fill,w_200,h_200", lambda f: scaled(f, 300, 200).crop(50, 0, 200, 200)),
    ("c_fill,w_200,h_200,g_west", lambda f: scaled(f, 300, 200).crop(0, 0, 200, 200)),
    ("c_crop,w_300,h_200,x_50,y_60", lambda f: vips(f).crop(50, 60, 300, 200)),
    (
        "c_pad,w_300,h_300,b_white",
        lambda f: scaled(f, 300, 200).embed(0, 50, 300, 300, background=[255] * 3, extend="background"),
    ),
    ("a_90", lambda f: vips(f).rot90()),
    ("a_hflip", lambda f: vips(f).fliphor()),
    ("w_300/e_blur:200", lambda f: scaled(f, 300, 200).gaussblur(10)),
    ("w_300/e_grayscale", lambda f: scaled(f, 300, 200).colourspace("b-w")),
    ("w_300/e_negate", lambda f: scaled(f, 300, 200).invert()),
]


@pytest.mark.parametrize(("transformation", "peer"), CASES, ids=[t for t, _ in CASES])
def test_resizes_and_blurs_look_as_those_of_libvips(
    render: Callable[[Path, str], Image.Image],
    drawn: Path,
    transformation: str,
    peer: Callable[[Path], pyvips.Image],
) -> None:
    ours, theirs = render(drawn, transformation), picture(peer(drawn))
    assert ours.size == theirs.size
    assert ssim(ours, theirs) >= LEAST


@pytest.mark.parametrize(("width", "height"), [(400, 300), (160, 120), (320, 240)])
def test_photos_are_reduced_as_by_libvips(render: Callable[[Path, str], Image.Image], width: int, height: int) -> None:
    """With a reduced decode of the JPEG, as a server works; libvips from all pixels."""
    for name in ("000000000138.jpg", "000000000490.jpg", "000000000575.jpg"):
        file = shared(f"photos/{name}")
        ours = render(file, f"c_scale,w_{width},h_{height}")
        assert ssim(ours, picture(scaled(file, width, height))) >= LEAST, name
