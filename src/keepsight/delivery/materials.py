"""What layers show: other pictures of the library, and words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import prod

from cachetools import LRUCache

from keepsight.assets.coordinates import NONE
from keepsight.crop.box import Size
from keepsight.delivery.layers import Material
from keepsight.delivery.sight import Known, OriginalSight
from keepsight.detect.analyst import Analyst, Found
from keepsight.detect.query import Query
from keepsight.focus.importance import Map, importance_map
from keepsight.pixels.drawn import Drawn
from keepsight.pixels.header import Header
from keepsight.pixels.picture import Picture
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.layer_source import LayerSource, TextSource


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A picture that a layer shows, found before anything is made: its digest is part of the answer's key."""

    digest: str
    known: Known
    read: Callable[[], tuple[bytes, Header]]
    """Its bytes, seen to be a picture within the limits. Raises RequestError."""


class Pantry:
    """The materials of one request; each is opened once, however many layers show it.

    Of drawn texts so many are remembered as measure `max_pixels` in all.
    """

    def __init__(
        self, ingredients: dict[LayerSource, Ingredient], analyst: Analyst, watch: Stopwatch, max_pixels: int
    ) -> None:
        self._ingredients, self._analyst, self._watch, self._max_pixels = ingredients, analyst, watch, max_pixels
        self._opened: dict[LayerSource, Material] = {}
        self._texts: LRUCache[TextSource, Material] = LRUCache(max_pixels, lambda text: prod(text.source.size))

    def open(self, source: LayerSource) -> Material:
        """The picture or the drawn text of a layer. Raises RequestError."""
        if isinstance(source, TextSource):
            material = self._texts.get(source) or self._text(source)
            with suppress(ValueError):  # larger than all that is remembered
                self._texts[source] = material
            return material
        if source not in self._opened:
            self._opened[source] = self._picture(source)
        return self._opened[source]

    def _picture(self, source: LayerSource) -> Material:
        found = self._ingredients[source]
        data, header = found.read()
        picture = Picture(data, header)
        return Material(picture, OriginalSight(picture, found.digest, found.known, self._analyst, self._watch))

    def _text(self, source: TextSource) -> Material:
        # libvips takes 10 MiB and a tenth of a second, which most servers can do without.
        from keepsight.pixels.text import draw_text, is_installed, missing_scripts  # noqa: PLC0415 - see above

        with self._watch.step("text"):
            image = draw_text(
                source.layer.text,
                source.layer.style,
                colour=source.colour,
                background=source.background,
                border=source.stroke,
                wrap=source.wrap,
                height=source.height,
                trim=source.trim,
                strict=source.strict,
                max_pixels=self._max_pixels,
            )
        family = source.layer.style.family
        note = "" if is_installed(family) else f"font {family} is not installed: another one stands in"
        return Material(Drawn(image), DrawnSight(Drawn(image)), note, missing_scripts(source.layer.text))


class DrawnSight:
    """Something drawn, in which nothing is looked for."""

    animated = False
    coordinates = NONE
    pages = page = 1
    tags: tuple[str, ...] = ()

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn

    @property
    def size(self) -> Size:
        """In pixels."""
        return Size(*self._drawn.size)

    def trimmed(self) -> Size:
        """As it is: words are trimmed when they are drawn."""
        return self.size

    def stored(self, kind: str, key: str) -> str:
        """Nothing."""
        return ""

    def understand(self, word: str) -> Query:
        """A word that no model knows."""
        return Query(word, (), nearest=())

    def find(self, query: Query) -> Found:
        """Nothing."""
        return Found(())

    def faces(self) -> Found:
        """None."""
        return Found(())

    def anything(self) -> Found:
        """Nothing."""
        return Found(())

    def importance(self) -> Map:
        """The map of what is drawn."""
        return importance_map(self._drawn.image.convert("RGB"))
