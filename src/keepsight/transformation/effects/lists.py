"""Arguments that come in any number: matrices, corners and colour gradients."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from keepsight.transformation import colours, scalars
from keepsight.transformation.effects.argument import REQUIRED, number, number_text
from keepsight.transformation.effects.effect import Arc, Quad, Stop
from keepsight.transformation.values import Colour, Length

_FURTHEST = 100_000
_MOST_STOPS = 10
_LARGEST = 1_000


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows of a square matrix, 3 x 3 or 4 x 4."""

    name: str
    help: str
    default: str = REQUIRED

    @property
    def expected(self) -> str:
        """Count and range."""
        return f"9 or 16 numbers from -{_LARGEST} to {_LARGEST} joined by colons, row by row"

    def read_all(self, texts: Sequence[str]) -> tuple[float, ...]:
        """The numbers."""
        values = tuple(number(text) for text in texts)
        if len(values) not in {9, 16} or any(abs(value) > _LARGEST for value in values):
            raise ValueError(f"expected {self.expected}")
        return values

    def texts(self, value: Hashable) -> list[str]:
        """The numbers."""
        assert isinstance(value, tuple)  # noqa: S101  # what `read_all` gave
        return [number_text(each) for each in value]


@dataclass(frozen=True, slots=True)
class Distortion:
    """Four corners, or an arc."""

    name: str
    help: str
    default: str = REQUIRED

    @property
    def expected(self) -> str:
        """Both forms."""
        return (
            "eight coordinates joined by colons, clockwise from the top left corner, in pixels, as decimal shares or "
            "in per cent such as 50p, or arc: and degrees from -360 to 360 but not between -1 and 1"
        )

    def read_all(self, texts: Sequence[str]) -> Arc | Quad:
        """The arc or the corners."""
        if texts[0] == "arc" and len(texts) == 2:
            degrees = number(texts[1])
            if not 1 <= abs(degrees) <= 360:
                raise ValueError(f"expected {self.expected}")
            return Arc(degrees)
        if len(texts) != 8:
            raise ValueError(f"expected {self.expected}")
        return Quad(tuple(_coordinate(text) for text in texts))

    def texts(self, value: Hashable) -> list[str]:
        """As it is written."""
        match value:
            case Arc(degrees):
                return ["arc", number_text(degrees)]
            case Quad(corners):
                return [_length_text(each) for each in corners]
            case _:
                raise TypeError(value)


@dataclass(frozen=True, slots=True)
class Gradient:
    """Up to ten colours, each with its place if wanted."""

    name: str
    help: str
    default: tuple[Stop, ...]

    @property
    def expected(self) -> str:
        """Count and spelling."""
        return f"1 to {_MOST_STOPS} colours joined by colons, each followed by its place from 0p to 100p if wanted"

    def read_all(self, texts: Sequence[str]) -> tuple[Stop, ...]:
        """The stops, in the order of their places."""
        found: list[Colour] = []
        places: dict[int, float] = {}
        for text in texts:
            if text.endswith("p") and found and not colours.is_colour(text):
                place = number(text.removesuffix("p"))
                if not 0 <= place <= 100 or len(found) - 1 in places:
                    raise ValueError(f"expected {self.expected}")
                places[len(found) - 1] = place
            else:
                found.append(colours.colour(text))
        if len(found) > _MOST_STOPS:
            raise ValueError(f"{len(found)} colours; expected {self.expected}")
        stops = (Stop(colour, places.get(at, _evenly(at, len(found)))) for at, colour in enumerate(found))
        return tuple(sorted(stops, key=lambda stop: stop.position))

    def texts(self, value: Hashable) -> list[str]:
        """Every colour with its place."""
        assert isinstance(value, tuple)  # noqa: S101  # what `read_all` gave
        stops: tuple[Stop, ...] = value
        return [
            text for stop in stops for text in (colours.colour_text(stop.colour), f"{number_text(stop.position)}p")
        ]


def _evenly(at: int, count: int) -> float:
    """One colour lies in the middle (Cloudinary's 50p); several share the whole range [our choice]."""
    return round(100 * at / (count - 1), 6) if count > 1 else 50.0


def _coordinate(text: str) -> Length:
    try:
        if text.endswith("p"):  # per cent: 100p is the whole side
            value: Length = scalars.decimal(text.removesuffix("p").removeprefix("-")) / 100
            value = -value if text.startswith("-") else value
        else:
            value = scalars.offset(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a coordinate") from None
    furthest = _FURTHEST if isinstance(value, int) else 10
    if not -furthest <= value <= furthest:
        raise ValueError(f"coordinate {text} is too far away; expected pixels up to {_FURTHEST} or shares up to 10.0")
    return value


def _length_text(value: Length) -> str:
    if isinstance(value, int):
        return str(value)
    text = number_text(float(value))
    return text if "." in text else f"{text}.0"
