"""Write docs/gravity.md and its pictures: what each gravity does, on a drawn scene, with a real detector.

python tools/build_gravity_doc.py

The detector is the small one of the tests, which knows cats, dogs, birds, balls, houses and trees as drawn here.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "tools")]

from scenes import Box, compose  # noqa: E402 - after the path above

from keepsight.app import open_origin, open_registry  # noqa: E402
from keepsight.delivery.client import ANYONE  # noqa: E402
from keepsight.delivery.origin import Origin  # noqa: E402
from keepsight.settings import load_settings  # noqa: E402

PAGE = ROOT / "docs" / "gravity.md"
PICTURES = ROOT / "docs" / "gravity"
SIZE = (1500, 900)
THINGS: tuple[tuple[str, Box], ...] = (
    ("house", (60, 330, 330, 600)),
    ("cat", (430, 480, 690, 750)),
    ("dog", (1080, 420, 1370, 730)),
    ("bird", (620, 90, 780, 230)),
    ("bird", (900, 130, 1050, 260)),
    ("ball", (800, 680, 930, 810)),
)
SEED = 9
SHOWN = 360
"""Width in pixels at which the scene itself is shown."""


@dataclass(frozen=True, slots=True)
class Example:
    """One line of the guide."""

    name: str
    """Of its picture."""
    transformation: str
    says: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Examples that belong together."""

    title: str
    text: str
    examples: tuple[Example, ...]


CHAPTERS = (
    Chapter(
        "One thing",
        "A singular word keeps the most prominent one: large, sure, sharp and near the middle. `c_thumb` goes as close"
        " as the ratio allows, `c_fill` keeps as much of the picture as it can, `c_crop` cuts out exactly the thing.",
        (
            Example("thumb-cat", "c_thumb,g_auto:cat,w_200,h_200", "the cat, close"),
            Example("fill-cat", "c_fill,g_auto:cat,w_200,h_200", "as much as fits around the cat"),
            Example("crop-dog", "c_crop,g_dog", "exactly the dog, in pixels of the original"),
            Example("auto-dog", "c_auto,g_auto:dog,w_200,h_200", "half way between thumb and fill"),
        ),
    ),
    Chapter(
        "Several things",
        "A plural keeps them all, a category any of its members. After a colon stands what is kept too, without"
        " `auto` what is kept instead. `c_thumb` goes close to the most prominent of several, `c_fill` keeps as many"
        " as fit.",
        (
            Example("thumb-birds", "c_thumb,g_birds,w_260,h_160", "both birds"),
            Example("fill-animal", "c_fill,g_auto:animal,w_260,h_180", "the animals, as many as fit"),
            Example("cat-and-ball", "c_fill,g_auto:cat:ball,w_120,h_200", "the cat and the ball"),
            Example("dog-or-cat", "c_crop,g_dog:cat,ar_1", "the dog; if there were none, the cat"),
        ),
    ),
    Chapter(
        "Weights and what to avoid",
        "A number behind a word says how much it counts, `avoid` that it is kept out as far as the size allows.",
        (
            Example("avoid-dog", "c_fill,g_auto:dog_avoid,w_200,h_200", "without the dog"),
            Example("avoid-house", "c_fill,g_auto:house_avoid:cat,w_260,h_200", "the cat, without the house"),
            Example("weights", "c_fill,g_auto:dog_90:cat_10,w_160,h_200", "the dog before the cat"),
        ),
    ),
    Chapter(
        "Nothing in particular",
        "Plain `g_auto` keeps faces and whatever the object detectors see, then what stands out: contrast, colour,"
        " detail. The places of the compass look at nothing.",
        (
            Example("auto", "c_fill,g_auto,w_200,h_200", "what stands out"),
            Example("north-east", "c_fill,g_north_east,w_200,h_200", "the upper right corner"),
            Example("centre", "c_fill,g_center,w_200,h_200", "the middle"),
        ),
    ),
    Chapter(
        "Never cut into",
        "`c_fill_pad` pads only where the cut would lose what matters; `c_lfill` and `c_thumb` never enlarge.",
        (
            Example("fill-pad", "c_fill_pad,g_auto:house:dog,w_200,h_200,b_white", "house and dog whole, padded"),
            Example("lfill", "c_lfill,g_auto:birds,w_260,h_200", "both birds, never enlarged"),
        ),
    ),
    Chapter(
        "Not there",
        "What is not found falls back to what stands out, or in `g_<word>` without `auto` to the middle; a face to the"
        " north, where faces are. `X-Focus` says so. A layer that is placed on something missing is left out.",
        (
            Example("not-found", "c_fill,g_auto:tree,w_200,h_200", "no tree: what stands out"),
            Example("not-found-centre", "c_fill,g_tree,w_200,h_200", "no tree: the middle"),
        ),
    ),
)

_PAGE = """\
# Gravity

What each gravity keeps, shown on one drawn scene. Made by `python tools/build_gravity_doc.py` with the detector that
the tests use; change that file, not this page.

![the scene, with what the detector sees](gravity/scene.webp)

Every answer says in `X-Focus` what was kept, by which model, and what was not found; `X-Crop-Box` is the window in
pixels of the original, drawn here on the small pictures.

{chapters}
## Which model is asked

A bare word is asked of private models first and then in the order of [the models](models.md), until one sees it.
`g_auto:coco_cat` asks one model, `g_auto:coco_v1_cat` one version of it. `GET /models/objects?q=ca` tells which words
there are.

## Faces

`g_face` keeps the largest face, `g_faces` all of them, `g_auto:face` and `g_auto:faces` as automatic gravity does.
They need the model `faces`. The pictures of this page have none.

## Your own coordinates

`g_custom` shows what you marked yourself, and so does every `g_auto` of such a picture, unless it says
`custom_no_override`, `aoi_…` or `none`. `g_xy_center,x_200,y_100` puts a point into the middle.
"""


def page() -> str:
    """The whole document."""
    return _PAGE.format(chapters="\n".join(_chapter(chapter) for chapter in CHAPTERS))


def _chapter(chapter: Chapter) -> str:
    rows = (
        f"| ![{e.name}](gravity/{e.name}.webp) | ![its window](gravity/{e.name}-window.webp) "
        f"| `{e.transformation}`<br>{e.says} |"
        for e in chapter.examples
    )
    return "\n".join((f"## {chapter.title}\n", f"{chapter.text}\n", "| | | |", "| --- | --- | --- |", *rows, ""))


def pictures() -> Iterator[tuple[str, bytes]]:
    """Every picture: its name and WebP bytes."""
    scene = compose(SIZE, THINGS, SEED).image
    with tempfile.TemporaryDirectory() as folder:
        origin = _origin(Path(folder), scene)
        boxes = [(d.label, _pixels(d.region)) for d in origin.analyst.registry.model("toy").detector().detect(scene)]
        yield "scene", _drawn(scene, [box for _, box in boxes], (20, 120, 20), 2 * SHOWN)
        for example in (e for chapter in CHAPTERS for e in chapter.examples):
            answer = origin.deliver(
                f"/demo/image/upload/{example.transformation}/f_webp,q_82/scene.png", ANYONE
            ).answer
            headers = dict(answer.complete)
            x, y, width, height = (int(v) for v in headers[b"x-crop-box"].split(b","))
            print(f"{example.transformation:48} {headers[b'x-focus'].decode()}")
            yield example.name, answer.body
            yield f"{example.name}-window", _drawn(scene, [(x, y, x + width, y + height)], (200, 30, 30), SHOWN // 2)


def _origin(folder: Path, scene: Image.Image) -> Origin:
    media = folder / "media"
    media.mkdir()
    scene.save(media / "scene.png")
    settings = load_settings(
        None,
        {
            "storage": {"media": media, "data": folder / "data"},
            "models": {"weights": folder, "private": [ROOT / "tests" / "models" / "toy"]},
        },
    )
    return open_origin(settings, open_registry(settings))


def _pixels(region: object) -> Box:
    x, y, width, height = (getattr(region, name) for name in ("x", "y", "width", "height"))
    return x * SIZE[0], y * SIZE[1], (x + width) * SIZE[0], (y + height) * SIZE[1]


def _drawn(scene: Image.Image, boxes: list[Box], colour: tuple[int, int, int], width: int) -> bytes:
    """The scene, small, with rectangles on it."""
    drawn = scene.copy()
    pen = ImageDraw.Draw(drawn)
    for left, top, right, bottom in boxes:
        pen.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=round(4 * SIZE[0] / width))
    drawn.thumbnail((width, width))
    buffer = io.BytesIO()
    drawn.save(buffer, "WEBP", quality=82, method=6)
    return buffer.getvalue()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, body in pictures():
        (PICTURES / f"{name}.webp").write_bytes(body)
