"""Head, face and neck. All lengths in head heights; each rule is decided here unless it says otherwise.

In the canon of drawing, the eyes halve the head between chin and crown, the nose ends halfway from there to the chin
and the mouth a third of the way below it.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepsight.detect.body.part import Part, on_side
from keepsight.detect.body.skeleton import UP, Skeleton, around, direction

FACE = ("nose", "left_eye", "right_eye")
SIDES = ("left", "right")


def head_parts(body: Skeleton) -> Iterator[Part]:
    """Head, neck, and what a visible face has. Nothing without a point of the head or a measure of its size."""
    centre = _centre(body)
    if centre is None or body.head is None:
        return
    up = _upwards(body, centre)
    known = tuple(name for name in (*FACE, "left_ear", "right_ear") if name in body)
    surest = (max(known, key=lambda name: body.visibilities[name]),)
    # 1.1 high, for the hair above the crown, and .84 wide: .7 from the front, .9 in profile.
    yield Part(
        ("head",), tuple(around(centre + 0.05 * body.head * up, up, 0.42 * body.head, 0.55 * body.head)), surest
    )
    yield from _neck(body, centre - 0.45 * body.head * up)
    for side in SIDES:
        if (ear := f"{side}_ear") in body:
            outline = around(body.points[ear], up, 0.11 * body.head, 0.16 * body.head)
            yield Part(on_side(side, "ear"), tuple(outline), (ear,))
        if (eye := f"{side}_eye") in body:
            outline = around(body.points[eye], up, 0.12 * body.head, 0.08 * body.head)
            yield Part(on_side(side, "eye"), tuple(outline), (eye,))
            brow = around(body.points[eye] + 0.11 * body.head * up, up, 0.13 * body.head, 0.05 * body.head)
            yield Part(("eyebrow",), tuple(brow), (eye,))
    yield from _face(body, up, body.head)


def _centre(body: Skeleton) -> complex | None:
    """The middle of the head: between the ears and the eyes, which lie at the same height."""
    ears = body.middle("left_ear", "right_ear")
    eyes = body.middle("left_eye", "right_eye")
    if eyes is None:
        eyes = body.middle("nose")
    if ears is None or eyes is None:
        return eyes if ears is None else ears
    return (ears + eyes) / 2


def _upwards(body: Skeleton, centre: complex) -> complex:
    """Where the crown is: square to the line of the eyes, else away from the shoulders, else up in the picture."""
    shoulders = body.middle("left_shoulder", "right_shoulder")
    if "left_eye" in body and "right_eye" in body and "nose" in body:
        middle = (body.points["left_eye"] + body.points["right_eye"]) / 2
        along = direction(body.points["right_eye"], body.points["left_eye"])
        apart = abs(body.points["left_eye"] - body.points["right_eye"])
        if along is not None and body.head is not None and apart >= 0.15 * body.head:
            square = along * 1j
            to_nose = body.points["nose"] - middle
            return -square if (square * to_nose.conjugate()).real > 0 else square
    away = None if shoulders is None else direction(shoulders, centre)
    return UP if away is None else away


def _neck(body: Skeleton, chin: complex) -> Iterator[Part]:
    """From the chin to the line of the shoulders, .55 wide."""
    if "left_shoulder" in body and "right_shoulder" in body and body.head is not None:
        base = (body.points["left_shoulder"] + body.points["right_shoulder"]) / 2
        along = direction(base, chin)
        if along is not None:
            half = abs(chin - base) / 2
            outline = around((chin + base) / 2, along, 0.28 * body.head, half)
            yield Part(("neck",), tuple(outline), ("left_shoulder", "right_shoulder"))


def _face(body: Skeleton, up: complex, head: float) -> Iterator[Part]:
    """What only shows from the front or in profile: nose and at least one eye are visible."""
    eyes = body.middle("left_eye", "right_eye")
    if eyes is None or "nose" not in body:
        return
    nose = body.points["nose"]
    shown = ("nose", *(eye for eye in ("left_eye", "right_eye") if eye in body))
    # The nose sticks out: a face that turns away moves it twice as far as the mouth and the chin below it.
    across = up * 1j
    turn = ((nose - eyes) * across.conjugate()).real * across
    middle = eyes + turn / 2
    first, last = _sides_of_face(body, eyes, across, head)
    axis, half = eyes + (first + last) / 2 * across, max((last - first) / 2, 0.25 * head)
    yield Part(("face",), tuple(around(axis - 0.1 * head * up, up, half, 0.4 * head)), shown)
    yield Part(("forehead",), tuple(around(axis + 0.2 * head * up, up, 0.8 * half, 0.1 * head)), shown)
    yield Part(("nose",), tuple(around(nose + 0.05 * head * up, up, 0.1 * head, 0.14 * head)), ("nose",))
    yield Part(("mouth",), tuple(around(middle - 0.34 * head * up, up, 0.16 * head, 0.08 * head)), shown)
    yield Part(("chin",), tuple(around(middle - 0.46 * head * up, up, 0.17 * head, 0.07 * head)), shown)


def _sides_of_face(body: Skeleton, eyes: complex, across: complex, head: float) -> tuple[float, float]:
    """Where a face begins and ends, px along `across` from the middle of the eyes: from ear to ear.

    Where an ear is turned away the face ends .1 beyond the outermost of nose and eyes, or .19 when both are.
    """
    where = {
        name: ((body.points[name] - eyes) * across.conjugate()).real
        for name in (*FACE, "left_ear", "right_ear")
        if name in body
    }
    ears = [where[name] for name in ("left_ear", "right_ear") if name in where]
    first, last = min(where.values()), max(where.values())
    beyond = (0.19, 0.1, 0)[len(ears)] * head
    return first - (beyond if first not in ears else 0), last + (beyond if last not in ears else 0)
