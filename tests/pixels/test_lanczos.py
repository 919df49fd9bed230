"""Vector instructions and Pillow come to the same pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keepsight.pixels import lanczos as module
from keepsight.pixels.lanczos import lanczos

from .drawn import psnr, scene

MODES = ("L", "LA", "RGB", "RGBA", "CMYK")


def image_of(mode):
    image = scene(120, 90).convert(mode.removesuffix("A") if mode != "LA" else "L")
    if mode in {"LA", "RGBA"}:
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def weighted(image):
    """Colours by alpha: what is seen."""
    return image.convert({"LA": "La", "RGBA": "RGBa"}[image.mode]) if image.mode in {"LA", "RGBA"} else image


def alike(first, second):
    """dB; of weighted modes, which numpy does not know, over the bytes."""
    one, two = (np.frombuffer(weighted(each).tobytes(), np.uint8).astype(float) for each in (first, second))
    assert (first.mode, first.size) == (second.mode, second.size)
    error = np.mean((one - two) ** 2)
    return 10 * np.log10(255**2 / error) if error else 99.0


@given(
    mode=st.sampled_from(MODES),
    left=st.floats(0, 60), top=st.floats(0, 40), width=st.floats(1, 60), height=st.floats(1, 50),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
)  # fmt: skip
def test_any_box_to_any_size(mode, left, top, width, height, size):
    image, box = image_of(mode), (left, top, min(120.0, left + width), min(90.0, top + height))
    assert alike(lanczos(image, box, size), image.resize(size, Image.Resampling.LANCZOS, box=box)) >= 38


def exact(image, box, size):
    """The sum of the kernel in floating point, rounded to nothing on the way."""

    def weights(count, start, end, wanted):
        step = (end - start) / wanted
        reach = max(1.0, step)
        centres = start + (np.arange(wanted)[:, None] + 0.5) * step
        x = (np.arange(count) + 0.5 - centres) / reach
        kernel = np.where(abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
        return kernel / kernel.sum(axis=1, keepdims=True)

    across = weights(image.width, box[0], box[2], size[0])
    down = weights(image.height, box[1], box[3], size[1])
    return np.clip(np.einsum("iy,yxc,jx->ijc", down, np.asarray(image, float), across, optimize=True), 0, 255)


def test_it_is_as_near_to_the_exact_sum_as_pillow():
    image, box, size = scene(320, 240), (10.25, 5.5, 300.75, 220.0), (121, 90)

    def error(found):
        return float(np.mean((np.asarray(found, float) - exact(image, box, size)) ** 2))

    assert error(lanczos(image, box, size)) <= 1.1 * error(image.resize(size, Image.Resampling.LANCZOS, box=box))


def test_a_flat_colour_stays_what_it_is():
    for mode, colour in (("L", 200), ("RGB", (1, 128, 254)), ("RGBA", (10, 20, 30, 255)), ("CMYK", (9, 99, 199, 0))):
        result = lanczos(Image.new(mode, (64, 48), colour), (3.3, 4.4, 60.6, 44.9), (17, 29))
        assert result.getcolors() == [(17 * 29, colour)]


def test_invisible_colours_do_not_bleed():
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 64))
    pixels = np.asarray(lanczos(image, (0, 0, 64, 64), (16, 16)))
    assert pixels[pixels[..., 3] > 8][:, 0].max() <= 4


@given(st.floats(0, 4000), st.floats(0, 4000), st.integers(1, 4000))
def test_a_box_never_reaches_past_the_image(first, second, limit):
    start, end = sorted((min(first, limit), min(second, limit)))
    assert start + module._length(start, end, limit) <= limit


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_an_image_in_several_blocks_of_memory(mode):
    image, box = scene(800, 600).convert(mode).resize((5000, 3400)), (7.5, 3.25, 4990.0, 3399.5)
    assert alike(lanczos(image, box, (300, 200)), image.resize((300, 200), Image.Resampling.LANCZOS, box=box)) >= 48


def test_an_image_over_foreign_memory():
    bytes_ = scene(120, 90).convert("L").tobytes()
    mapped = Image.frombuffer("L", (120, 90), bytes_, "raw", "L", 0, 1)
    box = (10.25, 5.5, 110.75, 80.0)
    assert alike(lanczos(mapped, box, (50, 37)), mapped.resize((50, 37), Image.Resampling.LANCZOS, box=box)) >= 45
    assert mapped.tobytes() == bytes_


def test_without_the_crate_pillow_does_it(monkeypatch):
    monkeypatch.setattr(module, "_modes", frozenset())
    image, box = scene(120, 90), (10.25, 5.5, 110.75, 80.0)
    expected = image.resize((50, 37), Image.Resampling.LANCZOS, box=box)
    assert psnr(lanczos(image, box, (50, 37)), expected) == 99
