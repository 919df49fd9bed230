"""Arms and legs. Lengths in head heights of an adult with this body; every rule is decided here.

Half thicknesses, with clothes: upper arm .25, lower arm .2, thigh .36, lower leg .27. A hand is .83 long (Drillis and
Contini), half of it beyond the wrist when it is closed a little; a foot is 1.17 long and seen from any side.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepsight.detect.body.part import Part, on_side
from keepsight.detect.body.skeleton import UP, Skeleton, around, direction, discs

JOINTS = {"shoulder": 0.4, "elbow": 0.3, "wrist": 0.25, "knee": 0.4, "ankle": 0.3}
"""Half the side of the square around each."""
SIDES = ("left", "right")


def limb_parts(body: Skeleton) -> Iterator[Part]:
    """Joints, hands, feet and the limbs between them, of both sides."""
    if body.body is None:
        return
    for side in SIDES:
        for joint, radius in JOINTS.items():
            if (name := f"{side}_{joint}") in body:
                yield Part(on_side(side, joint), tuple(discs(radius * body.body, body.points[name])), (name,))
        yield from _limb(body, side, "arm", ("shoulder", "elbow", "wrist"), (0.25, 0.2), tuple(_hand(body, side)))
        yield from _limb(body, side, "leg", ("hip", "knee", "ankle"), (0.36, 0.27), tuple(_foot(body, side)))


def _limb(  # noqa: PLR0913, PLR0917 - one rule, told by its numbers
    body: Skeleton,
    side: str,
    limb: str,
    joints: tuple[str, str, str],
    radii: tuple[float, float],
    end: tuple[Part, ...],
) -> Iterator[Part]:
    """Upper and lower half, the hand or foot `end`, and the whole: what of it is visible, at least one half."""
    names = [f"{side}_{joint}" for joint in joints]
    halves = []
    for half, start, stop, radius in zip(("upper", "lower"), names, names[1:], radii, strict=False):
        if start in body and stop in body:
            outline = discs(radius * (body.body or 0), body.points[start], body.points[stop])
            halves.append(Part(on_side(side, f"{half}_{limb}"), tuple(outline), (start, stop)))
    yield from (*halves, *end)
    if halves:
        pieces = (*halves, *end)
        shown = tuple(dict.fromkeys(name for half in halves for name in half.keypoints))
        yield Part(on_side(side, limb), tuple(point for piece in pieces for point in piece.outline), shown)


def _hand(body: Skeleton, side: str) -> Iterator[Part]:
    """A square beyond the wrist, in line with the forearm, or with the shoulder when no elbow is visible.

    Around the wrist, and larger, without both.
    """
    wrist, elbow, shoulder = f"{side}_wrist", f"{side}_elbow", f"{side}_shoulder"
    if wrist not in body or body.body is None:
        return
    here = body.points[wrist]
    if elbow in body:  # a forearm that points at the camera is short, and so is the way to the hand
        outline = discs(0.42 * body.body, here + 0.35 * (here - body.points[elbow]))
    elif shoulder in body:
        away = direction(body.points[shoulder], here) or 0
        outline = discs(0.5 * body.body, here + 0.35 * body.body * away)
    else:
        outline = discs(0.6 * body.body, here)
    yield Part(on_side(side, "hand"), tuple(outline), (wrist,))


def _foot(body: Skeleton, side: str) -> Iterator[Part]:
    """Below the ankle, in line with the shin: 1.1 along the ground and .65 high."""
    ankle, knee = f"{side}_ankle", f"{side}_knee"
    if ankle not in body or body.body is None:
        return
    here = body.points[ankle]
    up = (direction(here, body.points[knee]) if knee in body else None) or UP
    outline = around(here - 0.12 * body.body * up, up, 0.55 * body.body, 0.32 * body.body)
    yield Part(on_side(side, "foot"), tuple(outline), (ankle,))
