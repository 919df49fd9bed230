"""`b_`: what lies around and under a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from keepsight.transformation import colours
from keepsight.transformation.values import Colour

EXPECTED = (
    "3, 4, 6 or 8 hex digits, with or without rgb: before them, a CSS colour name, transparent, auto with its options "
    "such as auto:predominant_gradient:4, or blurred:<1 to 2000>:<-300 to 100>"
)

Direction = Literal["horizontal", "vertical", "diagonal_desc", "diagonal_asc"]

_MODE = re.compile(r"(?P<pixels>border|predominant)(?P<gradient>_gradient)?(?P<contrast>_contrast)?")
_DIRECTIONS = ("horizontal", "vertical", "diagonal_desc", "diagonal_asc")
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AutoBackground:
    """`b_auto[:mode][:number][:direction][:palette_…]`: colours that are found in the picture."""

    pixels: Literal["border", "predominant"] = "border"
    """Those along the border of the picture decide, or all."""
    contrast: bool = False
    """The strongest contrast to what was found instead of that itself."""
    colours: Literal[1, 2, 4] = 1
    """1 is one even colour; 2 run into each other, 4 sit in the corners."""
    direction: Direction = "horizontal"
    """Of two colours."""
    palette: tuple[Colour, ...] = ()
    """The only colours to choose from; any if there are none."""


@dataclass(frozen=True, slots=True)
class BlurredBackground:
    """`b_blurred[:intensity][:brightness]`: the picture itself, enlarged and blurred."""

    intensity: int = 100
    """1..2000, as `e_blur` counts."""
    brightness: int = 0
    """-300..100."""
    warnings: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What was brought into its range, a sentence each."""


Background = Colour | AutoBackground | BlurredBackground


def background(text: str) -> Background:
    """Parse the value of `b_`, percent-decoded. Raises ValueError, with the reason where EXPECTED does not say it."""
    head, *rest = text.split(":")
    match head:
        case "auto":
            return _auto(rest)
        case "blurred":
            return _blurred(rest)
        case "none" | "transparent" if not rest:
            return Colour(0, 0, 0, 0)
    if head.startswith("gen_"):
        raise ValueError(f"{head} is generative and not offered by this server")
    if not colours.is_colour(text):
        raise ValueError
    return colours.colour(text)


def background_text(value: Background) -> str:
    """The spelling that `background` reads back as the value."""
    match value:
        case Colour():
            return f"rgb:{colours.colour_text(value)}"
        case BlurredBackground(intensity, brightness):
            return f"blurred:{intensity}:{brightness}"
        case AutoBackground(pixels, contrast, count, direction, palette):
            mode = pixels + ("_gradient" if count > 1 else "") + ("_contrast" if contrast else "")
            parts = ["auto", mode, *([str(count)] if count > 1 else []), *([direction] if count == 2 else [])]
            if palette:
                parts.append("palette_" + "_".join(colours.colour_text(each) for each in palette))
            return ":".join(parts)


def _auto(parts: list[str]) -> AutoBackground:
    """The options in their order, each of which may be left out."""
    mode = _MODE.fullmatch(parts[0]) if parts else None
    left = parts[1:] if mode else list(parts)
    gradient = bool(mode and mode["gradient"])
    count: Literal[1, 2, 4] = 2 if gradient else 1
    if gradient and left and left[0] in {"2", "4"}:
        count = 4 if left.pop(0) == "4" else 2
    direction: Direction = "horizontal"
    if gradient and left and left[0] in _DIRECTIONS:
        asked: Direction = left.pop(0)  # type: ignore[assignment]  # checked against _DIRECTIONS
        direction = asked if count == 2 else direction  # four colours sit in the corners
    palette: tuple[Colour, ...] = ()
    if left and left[0].startswith("palette_"):
        palette = tuple(colours.colour(each) for each in left.pop(0).removeprefix("palette_").split("_"))
    if left:
        raise ValueError
    return AutoBackground(
        "predominant" if mode and mode["pixels"] == "predominant" else "border",
        bool(mode and mode["contrast"]),
        count,
        direction,
        palette,
    )


def _blurred(parts: list[str]) -> BlurredBackground:
    if len(parts) > 2 or not all(_WHOLE.fullmatch(part) for part in parts):
        raise ValueError
    intensity = int(parts[0]) if parts else 100
    brightness = int(parts[1]) if len(parts) == 2 else 0
    value = BlurredBackground(max(1, min(intensity, 2000)), max(-300, min(brightness, 100)))
    pairs = ((intensity, value.intensity), (brightness, value.brightness))
    warnings = (
        f"b_blurred: {wanted} is out of range, taken for {given}" for wanted, given in pairs if wanted != given
    )
    return replace(value, warnings=tuple(warnings))
