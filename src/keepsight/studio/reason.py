"""Why a crop is what it is, in sentences for whoever looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keepsight.delivery.story import Decided, Layout
from keepsight.focus.focus import Focus, Seen

_RULES = {
    "auto": "Automatic gravity weighed the whole picture.",
    "object": "The crop was cut around what was asked for.",
    "face": "The crop was cut around the largest face.",
    "faces": "The crop was cut around all faces.",
    "custom": "The stored custom coordinates decided.",
    "center": "The crop is at the centre.",
    "corner": "The crop begins at the corner that x and y name.",
    "xy_center": "The crop is around the point x, y.",
}
_NAMED = 5


def sentences(layout: Layout) -> tuple[str, ...]:
    """The reason of every cut; one sentence when nothing was cut."""
    said = [sentence for decided in layout.decided for sentence in _cut(decided)]
    return tuple(said) or ("The whole picture is shown: nothing was cut.",)


def _cut(decided: Decided) -> Iterator[str]:
    focus = decided.focus
    if decided.step.gravity is None and focus.rule == "center" and not focus.kept:
        yield "Nothing says where to look, so whatever is cut is cut evenly from both sides."
    else:
        yield _RULES.get(focus.rule, f"The crop is at the {focus.rule.replace('_', ' ')}.")
    if focus.kept:
        yield f"Kept: {_listed(focus.kept)}."
    if focus.avoided:
        yield f"Avoided: {_listed(focus.avoided)}."
    yield from (f"{note[0].upper()}{note[1:]}." for note in focus.notes)
    yield from _missing(focus)
    if (kept := decided.importance_kept) is not None:
        yield f"{kept:.0%} of what draws attention is in the window."


def _missing(focus: Focus) -> Iterator[str]:
    if focus.unavailable:
        names = ", ".join(dict.fromkeys(focus.unavailable))
        yield f"Could not be asked: {names}. The crop may be another one once it can."


def _listed(seen: Iterable[Seen]) -> str:
    each = [_one(s) for s in seen]
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return f"{', '.join(each[:_NAMED])}{more}"


def _one(seen: Seen) -> str:
    if not seen.model:
        return seen.detection.label
    name = seen.detection.label.replace("_", " ")
    return f"{name} ({seen.detection.confidence:.0%} sure, {seen.model})"
