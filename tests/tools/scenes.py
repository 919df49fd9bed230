"""Cartoon scenes drawn from a seed, with the exact box of every thing in them.

They feed the toy detector (`train_toy.py`) and the tests that want to know where something really is, with no
photograph and no network. The same seed and aspect give the same scene at any size: everything is decided in
fractions of the picture and only then drawn.

    scene = draw_scene(7, (1200, 800))                        # a random scene
    scene = compose((400, 900), [("cat", (50, 600, 250, 850))])   # a cat exactly there
    scene.image, scene.objects                                # RGB picture; ((label, (x0, y0, x1, y1)), ...)
"""

# ruff: noqa: S311 - the randomness has to repeat, it keeps no secret

from __future__ import annotations

import colorsys
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture; right and bottom are the first pixels outside."""
Size = tuple[int, int]
"""Width and height in pixels."""
Colour = tuple[int, int, int]
Point = tuple[float, float]

BACKGROUNDS = ("plain", "gradient", "noise", "stripes", "blobs")
SMALLEST, LARGEST = 0.08, 0.70
"""Longer side of a drawn thing against the longer side of the picture."""
LARGEST_ACROSS = 0.90
"""Longer side of a drawn thing against the shorter side of the picture: it has to fit into narrow ones too."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is in it."""

    image: Image.Image
    objects: tuple[tuple[str, Box], ...]

    def boxes(self, label: str) -> tuple[Box, ...]:
        """Boxes of all things of one class, in the order they were drawn."""
        return tuple(box for name, box in self.objects if name == label)


class Pen:
    """Draws one thing in its own square of 0..1 × 0..1, y down, whatever its box in pixels is."""

    def __init__(self, draw: ImageDraw.ImageDraw, box: Box, fill: Colour, rng: random.Random) -> None:
        self.rng = rng
        self.fill = fill
        self.ink = _ink_for(fill, rng)
        self._draw = draw
        self._box = box
        self._mirrored = rng.random() < 0.5
        self._line = max(1.0, min(box[2] - box[0], box[3] - box[1]) * rng.uniform(0.02, 0.045))

    def shade(self, factor: float) -> Colour:
        """The fill, darker (below 1) or lighter (above 1)."""
        return _shade(self.fill, factor)

    def ellipse(self, bounds: Box, fill: Colour, outline: bool = True) -> None:
        """An ellipse within left, top, right, bottom."""
        x0, y0, x1, y1 = bounds
        (left, top), (right, bottom) = self._at((x0, y0)), self._at((x1, y1))
        placed = (min(left, right), top, max(left, right), bottom)
        self._draw.ellipse(placed, fill, self.ink if outline else None, self._width() if outline else 0)

    def polygon(self, points: Sequence[Point], fill: Colour, outline: bool = True) -> None:
        """A closed shape; its outline stays inside."""
        placed = [self._at(point) for point in points]
        self._draw.polygon(placed, fill, self.ink if outline else None, self._width() if outline else 0)

    def rectangle(self, bounds: Box, fill: Colour) -> None:
        """An upright rectangle: left, top, right, bottom."""
        x0, y0, x1, y1 = bounds
        self.polygon(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), fill)

    def line(self, points: Sequence[Point], thickness: float = 1.0) -> None:
        """A stroke of so many outline widths."""
        self._draw.line([self._at(point) for point in points], self.ink, self._width(thickness), joint="curve")

    def _at(self, point: Point) -> Point:
        x0, y0, x1, y1 = self._box
        x = 1 - point[0] if self._mirrored else point[0]
        # Pillow counts the last pixel in; without the - 1 everything would be one pixel too large.
        return x0 + x * (x1 - x0 - 1), y0 + point[1] * (y1 - y0 - 1)

    def _width(self, thickness: float = 1.0) -> int:
        return max(1, round(self._line * thickness))


def _cat(pen: Pen) -> None:
    for side in (0, 1):
        ear = [(0.03, 0.0), (0.04, 0.62), (0.52, 0.28)]
        inner = [(0.10, 0.13), (0.12, 0.42), (0.36, 0.27)]
        pen.polygon([(abs(side - x), y) for x, y in ear], pen.fill)
        pen.polygon([(abs(side - x), y) for x, y in inner], (240, 150, 160), outline=False)
    pen.ellipse((0.0, 0.2, 1.0, 1.0), pen.fill)
    eye = pen.rng.choice([(120, 200, 60), (240, 200, 40), (90, 170, 230)])
    for x in (0.20, 0.60):
        pen.ellipse((x, 0.42, x + 0.2, 0.60), eye)
        pen.ellipse((x + 0.07, 0.43, x + 0.13, 0.59), (15, 15, 15), outline=False)
    pen.polygon([(0.43, 0.66), (0.57, 0.66), (0.5, 0.74)], (235, 110, 130))
    pen.line([(0.36, 0.80), (0.44, 0.83), (0.5, 0.74), (0.56, 0.83), (0.64, 0.80)])
    for y0, y1 in ((0.70, 0.62), (0.74, 0.74), (0.78, 0.86)):
        pen.line([(0.36, y0), (0.05, y1)], 0.6)
        pen.line([(0.64, y0), (0.95, y1)], 0.6)


def _dog(pen: Pen) -> None:
    pen.ellipse((0.12, 0.0, 0.88, 0.92), pen.fill)
    ear = pen.shade(pen.rng.choice([0.45, 0.55]))
    pen.ellipse((0.0, 0.06, 0.27, 0.78), ear)
    pen.ellipse((0.73, 0.06, 1.0, 0.78), ear)
    pen.ellipse((0.26, 0.48, 0.74, 1.0), pen.shade(1.5))
    for x in (0.32, 0.56):
        pen.ellipse((x, 0.27, x + 0.12, 0.42), (250, 250, 250))
        pen.ellipse((x + 0.03, 0.31, x + 0.09, 0.40), (15, 15, 15), outline=False)
    pen.ellipse((0.40, 0.50, 0.60, 0.66), (20, 18, 18), outline=False)
    pen.line([(0.5, 0.64), (0.5, 0.76)])
    pen.ellipse((0.44, 0.76, 0.56, 0.94), (230, 80, 100))
    pen.line([(0.36, 0.74), (0.5, 0.78), (0.64, 0.74)])


def _bird(pen: Pen) -> None:
    pen.line([(0.45, 0.8), (0.42, 1.0)], 1.2)
    pen.line([(0.58, 0.8), (0.60, 1.0)], 1.2)
    pen.polygon([(0.0, 0.30), (0.0, 0.58), (0.34, 0.72), (0.34, 0.48)], pen.shade(0.6))
    pen.polygon([(0.80, 0.14), (1.0, 0.25), (0.80, 0.34)], (250, 165, 30))
    pen.ellipse((0.16, 0.30, 0.86, 0.88), pen.fill)
    pen.ellipse((0.50, 0.0, 0.88, 0.48), pen.fill)
    pen.ellipse((0.53, 0.30, 0.80, 0.55), pen.fill, outline=False)
    pen.ellipse((0.70, 0.12, 0.80, 0.24), (250, 250, 250))
    pen.ellipse((0.735, 0.15, 0.785, 0.21), (10, 10, 10), outline=False)
    pen.polygon([(0.64, 0.45), (0.22, 0.36), (0.30, 0.62), (0.50, 0.72)], pen.shade(0.65))


def _ball(pen: Pen) -> None:
    pen.ellipse((0.0, 0.0, 1.0, 1.0), pen.fill)
    other = _far_from([pen.fill], pen.rng)
    bands = pen.rng.choice([((0.40, 0.60),), ((0.22, 0.38), (0.62, 0.78)), ((0.12, 0.28), (0.42, 0.58), (0.72, 0.88))])
    upright = pen.rng.random() < 0.5
    for low, high in bands:
        rim = [(math.sqrt(0.25 - (v - 0.5) ** 2) - 0.035, v) for v in np.linspace(low, high, 9)]
        shape = [(0.5 - half, v) for half, v in rim] + [(0.5 + half, v) for half, v in reversed(rim)]
        pen.polygon([(y, x) for x, y in shape] if upright else shape, other, outline=False)


def _house(pen: Pen) -> None:
    pen.rectangle((0.70, 0.06, 0.80, 0.35), pen.shade(0.5))
    pen.rectangle((0.10, 0.40, 0.90, 1.0), pen.fill)
    pen.polygon([(0.0, 0.44), (0.5, 0.0), (1.0, 0.44)], _far_from([pen.fill], pen.rng))
    pen.rectangle((0.20, 0.62, 0.40, 1.0), pen.shade(0.4))
    pen.rectangle((0.56, 0.56, 0.78, 0.76), (250, 235, 140))
    pen.line([(0.67, 0.56), (0.67, 0.76)], 0.7)
    pen.line([(0.56, 0.66), (0.78, 0.66)], 0.7)


def _tree(pen: Pen) -> None:
    green = _colour(pen.rng, hue=(0.22, 0.42), strength=(0.45, 0.9), light=(0.35, 0.8))
    brown = _colour(pen.rng, hue=(0.04, 0.09), strength=(0.5, 0.8), light=(0.25, 0.5))
    pen.rectangle((0.40, 0.55, 0.60, 1.0), brown)
    if pen.rng.random() < 0.5:
        for top, bottom, half in ((0.46, 0.82, 0.5), (0.23, 0.60, 0.41), (0.0, 0.37, 0.31)):
            pen.polygon([(0.5, top), (0.5 + half, bottom), (0.5 - half, bottom)], green)
    else:
        crown = ((0.0, 0.24, 0.58, 0.70), (0.42, 0.24, 1.0, 0.70), (0.18, 0.0, 0.82, 0.52))
        for bounds in crown:
            pen.ellipse(bounds, green)
        pen.ellipse((0.22, 0.16, 0.78, 0.64), green, outline=False)


def _flower(pen: Pen) -> None:
    green = _colour(pen.rng, hue=(0.25, 0.40), strength=(0.5, 0.9), light=(0.3, 0.6))
    pen.rectangle((0.47, 0.5, 0.53, 1.0), green)
    pen.polygon([(0.5, 0.92), (0.66, 0.72), (0.86, 0.72), (0.72, 0.88)], green)
    for x, y in ((0.5, 0.15), (0.84, 0.26), (0.71, 0.53), (0.29, 0.53), (0.16, 0.26)):
        pen.ellipse((x - 0.16, y - 0.15, x + 0.16, y + 0.15), pen.fill)
    pen.ellipse((0.34, 0.20, 0.66, 0.48), (250, 210, 50))


def _fish(pen: Pen) -> None:
    pen.polygon([(0.0, 0.08), (0.32, 0.5), (0.0, 0.92)], pen.shade(0.65))
    pen.polygon([(0.42, 0.25), (0.52, 0.0), (0.76, 0.25)], pen.shade(0.65))
    pen.ellipse((0.2, 0.12, 1.0, 1.0), pen.fill)
    for x in (0.42, 0.55):
        pen.line([(x, 0.24), (x + 0.06, 0.42), (x + 0.06, 0.7), (x, 0.88)])
    pen.ellipse((0.76, 0.34, 0.88, 0.52), (250, 250, 250))
    pen.ellipse((0.80, 0.39, 0.86, 0.48), (10, 10, 10), outline=False)


@dataclass(frozen=True, slots=True)
class _Kind:
    draw: Callable[[Pen], None]
    aspects: tuple[float, float]
    """Narrowest and widest width against height in random scenes."""


KINDS = {
    "cat": _Kind(_cat, (0.80, 1.30)),
    "dog": _Kind(_dog, (0.75, 1.20)),
    "bird": _Kind(_bird, (0.90, 1.50)),
    "ball": _Kind(_ball, (0.85, 1.18)),
    "house": _Kind(_house, (0.75, 1.40)),
    "tree": _Kind(_tree, (0.50, 0.90)),
    "flower": _Kind(_flower, (0.55, 0.90)),
    "fish": _Kind(_fish, (1.10, 1.80)),
}
"""Everything that can be drawn."""
LABELS = ("cat", "dog", "bird", "ball", "house", "tree")
"""What `draw_scene` draws unless told otherwise, and what the toy detector knows."""


def draw_scene(
    seed: int,
    size: Size = (640, 480),
    *,
    labels: Sequence[str] = LABELS,
    count: int | None = None,
    background: str | None = None,
) -> Scene:
    """Draw a random scene: as many things as `count` says, or 0 to 7, hardly overlapping, all wholly inside.

    `size` is in pixels. `count` may be missed where the things leave no room for another; it is kept for up to 3.
    """
    rng = random.Random(f"scene {seed}")
    width, height = size
    if count is None:
        count = rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7))
    placed: list[tuple[str, Box]] = []
    for left in range(count, 0, -1):
        label = rng.choice(labels)
        for attempt in range(60):
            # Room for the ones to come: a thing as large as the picture only when it is the last.
            spare = 1.0 if left == 1 else 0.8 if left == 2 else 0.6
            box = _random_box(rng, size, KINDS[label].aspects, spare * 0.97**attempt)
            if all(_overlap(box, other) <= 0.06 for _, other in placed):
                placed.append((label, box))
                break
    pixels = [(label, _scaled(box, width, height)) for label, box in placed]
    return compose(size, pixels, seed, background=background)


def compose(size: Size, objects: Sequence[tuple[str, Box]], seed: int = 0, *, background: str | None = None) -> Scene:
    """Draw exactly these things, later ones over earlier ones; `seed` decides colours and background.

    Boxes are pixels and may be of any aspect, fractional, or reach over the edge: the scene then tells the part
    within the picture, and leaves out what is wholly outside.
    """
    rng = random.Random(f"paint {seed}")
    width, height = size
    if background is None:
        background = rng.choice(BACKGROUNDS)
    image = _background(background, size, rng)
    visible: list[tuple[str, Box]] = []
    for label, box in objects:
        thing = random.Random(rng.random())  # its own stream: how often one is asked must not change the next
        clipped = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
        if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
            continue
        behind = np.asarray(image.resize((3, 3), Image.Resampling.BOX, clipped)).reshape(-1, 3)
        _paint(image, label, box, _far_from([(int(r), int(g), int(b)) for r, g, b in behind], thing), thing)
        visible.append((label, clipped))
    return Scene(image, tuple(visible))


def _paint(image: Image.Image, label: str, box: Box, fill: Colour, rng: random.Random) -> None:
    """Draw one thing over the picture, antialiased: two or three times larger on its own tile, then reduced."""
    left, top = math.floor(box[0]), math.floor(box[1])
    width, height = math.ceil(box[2]) - left, math.ceil(box[3]) - top
    scale = 3 if max(width, height) <= 400 else 2
    tile = Image.new("RGBA", (width * scale, height * scale), (*fill, 0))
    inner = ((box[0] - left) * scale, (box[1] - top) * scale, (box[2] - left) * scale, (box[3] - top) * scale)
    KINDS[label].draw(Pen(ImageDraw.Draw(tile), inner, fill, rng))
    tile = tile.reduce(scale)
    image.paste(tile, (left, top), tile)


def _random_box(rng: random.Random, size: Size, aspects: tuple[float, float], spare: float) -> Box:
    """A box within the picture, in fractions of its width and height."""
    width, height = size
    longer, shorter = max(size), min(size)
    largest = min(LARGEST * longer, LARGEST_ACROSS * shorter)
    smallest = min(SMALLEST * longer, largest)
    side = math.exp(rng.uniform(math.log(smallest), math.log(max(smallest, largest * spare))))
    aspect = math.exp(rng.uniform(*map(math.log, aspects)))
    across, down = (side, side / aspect) if aspect >= 1 else (side * aspect, side)
    across, down = across / width, down / height
    x, y = rng.uniform(0, 1 - across), rng.uniform(0, 1 - down)
    return x, y, x + across, y + down


def _scaled(box: Box, width: float, height: float) -> Box:
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height


def _overlap(a: Box, b: Box) -> float:
    """Common area against the smaller of the two."""
    common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def _background(kind: str, size: Size, rng: random.Random) -> Image.Image:
    """What the things stand before; without an edge that could pass for one of them."""
    width, height = size
    first, second = _colour(rng), _colour(rng)
    if kind == "plain":
        return Image.new("RGB", size, first)
    if kind == "noise":
        # Grain of a fixed number of cells, so that it looks the same at any size.
        cells = rng.choice((40, 90, 200))
        shape = (max(1, cells * height // max(size)), max(1, cells * width // max(size)), 3)
        grain = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(8, 35), shape)
        array = np.clip(np.asarray(first) + grain, 0, 255).astype(np.uint8)
        return Image.fromarray(array).resize(size, Image.Resampling.BILINEAR)
    # The rest is a field t of 0..1 between two colours.
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(size)
    angle = rng.uniform(0, 2 * math.pi)
    along = x * math.cos(angle) + y * math.sin(angle)
    if kind == "gradient":
        field = (along - along.min()) / max(1e-6, float(np.ptp(along)))
    elif kind == "stripes":
        second = _mixed(first, second, rng.uniform(0.15, 0.6))
        field = np.clip(np.sin(along * 2 * math.pi * rng.uniform(3, 14)) * rng.uniform(1, 6), -1, 1) / 2 + 0.5
    elif kind == "blobs":
        field = np.zeros_like(x)
        for _ in range(rng.randint(4, 14)):
            at, radius = (rng.random(), rng.random()), rng.uniform(0.04, 0.25)
            apart = (x - at[0] * width / max(size)) ** 2 + (y - at[1] * height / max(size)) ** 2
            field = np.maximum(field, np.exp(-apart / radius**2) * rng.uniform(0.4, 1))
    else:
        raise ValueError(f"unknown background {kind!r}; there are {', '.join(BACKGROUNDS)}")
    ends = np.asarray((first, second), np.float32)
    return Image.fromarray((ends[0] + field[..., None] * (ends[1] - ends[0])).astype(np.uint8))


def _colour(
    rng: random.Random, hue: Point = (0, 1), strength: Point = (0.0, 1.0), light: Point = (0.15, 1.0)
) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(rng.uniform(*hue), rng.uniform(*strength), rng.uniform(*light))
    return round(red * 255), round(green * 255), round(blue * 255)


def _far_from(others: Sequence[Colour], rng: random.Random) -> Colour:
    """A colour that stands out from all of these, or the best of some tries."""
    tries = [_colour(rng, strength=(0.1, 1.0), light=(0.35, 1.0)) for _ in range(12)]
    distances = [min(math.dist(colour, other) for other in others) for colour in tries]
    return next((c for c, d in zip(tries, distances, strict=True) if d > 110), tries[int(np.argmax(distances))])


def _ink_for(fill: Colour, rng: random.Random) -> Colour:
    return _mixed(_shade(fill, rng.uniform(0.1, 0.35)), (15, 15, 20), rng.uniform(0.2, 0.9))


def _shade(colour: Colour, factor: float) -> Colour:
    return _each(colour, lambda value: min(255.0, value * factor + (20 if factor > 1 else 0)))


def _mixed(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of b in a."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def _each(colour: Colour, change: Callable[[float], float]) -> Colour:
    red, green, blue = (round(change(value)) for value in colour)
    return red, green, blue
