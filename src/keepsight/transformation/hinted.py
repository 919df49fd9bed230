"""`dpr_auto` and `w_auto` become numbers: what the client said of itself goes into the items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from keepsight.errors import BadRequest
from keepsight.transformation.hints import DPR_HEADERS, WIDTH_HEADERS, Hints, auto_dpr, auto_width
from keepsight.transformation.items import Items
from keepsight.transformation.parameters import DPR, WIDTH
from keepsight.transformation.scalars import decimal_text

_AUTO = "auto"


def with_hints(components: Sequence[Items], hints: Hints) -> tuple[list[Items], tuple[str, ...]]:
    """The items with numbers in the place of `auto`, and the names of the request headers that had a say.

    A width without a hint and without a fallback is left out: the picture keeps its own. Raises BadRequest.
    """
    vary: list[str] = []
    shared = _shared_ratio(components, hints)
    answered = [_answered(items, hints, shared, vary) for items in components]
    return answered, tuple(dict.fromkeys(vary))


def _answered(items: Items, hints: Hints, shared: Fraction, vary: list[str]) -> Items:
    pairs: list[tuple[str, str]] = []
    missing = False
    for key, value in items.pairs:
        if key == DPR.key and value == _AUTO:
            vary += DPR_HEADERS
            pairs.append((key, decimal_text(auto_dpr(hints))))
        elif key == WIDTH.key and value.partition(":")[0] == _AUTO:
            vary += WIDTH_HEADERS
            width = _width(value, hints, _ratio(items, hints) or shared)
            if width is not None:
                pairs.append((key, str(width)))
                continue
            missing = True
            if not any(k == "c" for k, _ in items.pairs):
                pairs.append(("c", "scale"))
        else:
            pairs.append((key, value))
    return replace(items, pairs=tuple(pairs), hint_missing=missing) if tuple(pairs) != items.pairs else items


def _width(text: str, hints: Hints, ratio: Fraction) -> int | None:
    try:
        return auto_width(text)(hints, ratio)
    except ValueError as error:
        reason = str(error) or f"expected {WIDTH.expected}"
        raise BadRequest(f"Invalid {WIDTH.name} in transformation: {text} ({reason})") from None


def _ratio(items: Items, hints: Hints) -> Fraction | None:
    """The device pixel ratio that the component multiplies its sizes by, where it says one."""
    text = items.value(DPR.key)
    if text is None or "$" in text:
        return None
    return auto_dpr(hints) if text == _AUTO else DPR.read(text)


def _shared_ratio(components: Sequence[Items], hints: Hints) -> Fraction:
    """That of a component without a size, which is for all."""
    sized = {"c", "w", "h"}
    ratios = (_ratio(items, hints) for items in components if not any(k in sized for k, _ in items.pairs))
    return next((ratio for ratio in ratios if ratio is not None), Fraction(1))
