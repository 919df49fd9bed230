"""Of two parameters in one component both act, or the answer says which of them does not."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image

from keepsight.app import open_origin, open_registry
from keepsight.delivery.client import ANYONE
from keepsight.settings import load_settings

ACTIONS = (
    "w_150", "c_fill,w_120,h_130", "c_pad,w_170,h_160", "c_crop,w_150,h_90", "c_crop,x_20,y_10", "ar_1", "dpr_2,w_90",
    "a_90", "a_hflip", "a_20", "a_auto_right,ar_1:2",
    "e_sepia", "e_blur:300", "e_sharpen:500", "e_improve", "e_vignette:90", "e_gradient_fade", "e_shadow:20",
    "e_outline:6", "e_shear:10:0", "e_distort:arc:40", "e_make_transparent:20",
    "e_pixelate_region:20,x_90,y_40,w_60,h_50",
    "r_40", "r_max", "bo_8px_solid_green", "o_40", "b_black", "b_rgb:ff00ff80",
)  # fmt: skip
LAYERED = (
    "w_50", "c_fill,w_50,h_60", "a_90", "a_20", "e_sepia", "e_blur:300", "e_shadow:20", "e_multiply", "r_max",
    "bo_4px_solid_green", "o_40", "b_black", "g_south_east", "x_33", "y_-21", "fl_tiled", "fl_relative,w_0.2",
)  # fmt: skip
Shown = tuple[Image.Image, str]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shown]:
    """The picture of a transformation and public id, and what the answer says of it."""
    media = tmp_path_factory.mktemp("media")
    scene(200, 140).save(media / "scene.png")
    scene(70, 50).save(media / "badge.png")
    Image.new("RGB", (220, 160), "khaki").save(media / "plain.png")
    Image.new("RGBA", (220, 160), (80, 160, 120, 90)).save(media / "veil.png")
    settings = load_settings(
        None, {"storage": {"media": media, "data": tmp_path_factory.mktemp("data")}, "models": {"weights": media}}
    )
    origin = open_origin(settings, open_registry(settings))

    @cache
    def answered(url: str) -> Shown:
        answer = origin.deliver(f"/demo/image/upload/{url}", ANYONE).answer
        headers = dict(answer.headers)
        said = headers.get(b"x-cld-warning", b"") + headers.get(b"x-focus", b"")
        return Image.open(io.BytesIO(answer.body)).convert("RGBA"), said.decode()

    return answered


def scene(width: int, height: int) -> Image.Image:
    """Nothing in it is symmetric: a red frame to trim, a slope of colours, and a hole that shows what is below."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    pixels = np.stack([255 * across, 255 * down, 127 * (1 + np.sin(across * 20 + down * 9)), 255 + 0 * down], axis=-1)
    hole = (across - 0.6) ** 2 + (down - 0.4) ** 2 < 0.04
    pixels[hole] = 0
    frame = Image.new("RGBA", (width, height), "red")
    frame.paste(Image.fromarray(pixels.astype(np.uint8)).crop((4, 6, width - 8, height - 5)), (4, 6))
    return frame


def differ(one: Image.Image, other: Image.Image) -> bool:
    """Whether people would tell them apart: another size, or pixels that are clearly of another colour or opacity."""
    if one.size != other.size:
        return True
    pair = [np.asarray(image, dtype=np.int16) for image in (one, other)]
    visible = [np.concatenate((p[..., :3] * p[..., 3:] // 255, p[..., 3:]), axis=-1) for p in pair]
    return bool((np.abs(visible[0] - visible[1]).max(axis=-1) > 5).sum() >= 12)


def keys(component: str) -> set[str]:
    return {item.partition("_")[0] for item in component.split(",")}


def together(one: str, other: str) -> bool:
    """Whether the two can stand in one component without taking each other's parameters."""
    return not (keys(one) & keys(other)) - {"e"} and (
        "region" not in one + other or "c" not in keys(one) | keys(other)
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_each_acts_alone(shown: Callable[[str], Shown], action: str) -> None:
    assert differ(shown(f"{action}/f_png/scene")[0], shown("f_png/scene")[0])


@pytest.mark.parametrize("one", ACTIONS)
def test_both_act(shown: Callable[[str], Shown], one: str) -> None:
    lost = []
    for other in ACTIONS:
        if one == other or not together(one, other):
            continue
        picture, said = shown(f"{one},{other}/f_png/scene")
        for alone, missing in ((one, other), (other, one)):
            unsaid = not any(f"{key}_" in said for key in keys(missing))
            if unsaid and not differ(picture, shown(f"{alone}/f_png/scene")[0]):
                lost.append(f"{missing} beside {alone}")
    assert not lost, lost


@pytest.mark.parametrize("one", LAYERED)
@pytest.mark.parametrize(
    "form", ["{layer},{both}", "{layer}/fl_layer_apply,{both}", "{layer},{one}/{other},fl_layer_apply"]
)
@pytest.mark.parametrize("layer", ["l_badge", "u_badge", "l_text:Arial_50_bold:Lorem,co_orange,b_rgb:224466"])
def test_both_act_on_a_layer(shown: Callable[[str], Shown], layer: str, form: str, one: str) -> None:
    def url(*parts: str) -> str:
        one, other = (*parts, parts[0])[:2]
        return form.format(layer=layer, both=",".join(parts), one=one, other=other) + f"/f_png/{base}"

    base, lost = "veil" if layer == "u_badge" else "plain", []
    for other in LAYERED:
        if one == other or not together(one, other) or keys(layer) & (keys(one) | keys(other)):
            continue
        picture, said = shown(url(one, other))
        for alone, missing in ((one, other), (other, one)):
            unsaid = not any(f"{key}_" in said for key in keys(missing))
            if unsaid and not differ(picture, shown(url(alone))[0]):
                lost.append(f"{missing} beside {alone}")
    assert not lost, lost
