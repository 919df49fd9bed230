"""Layers: what they show, and where they go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from keepsight.crop.box import Box, Size
from keepsight.crop.frame import Frame
from keepsight.crop.placement import pixels, place_layer
from keepsight.delivery.story import Layout
from keepsight.errors import BadRequest
from keepsight.focus.focus import Focus
from keepsight.focus.resolve import resolve
from keepsight.focus.sight import Sight
from keepsight.pixels.operations import Laid, Source
from keepsight.transformation.gravity import Gravity, XYCenter, automatic_part
from keepsight.transformation.layer_source import LayerSource, TextSource
from keepsight.transformation.plan import Layer, Resize
from keepsight.transformation.values import Compass, Mode

_SHAPING = frozenset({"mask", "cut_out", "displace"})
"""Ways of laying that show nothing of the layer itself."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a layer shows, ready to be looked at and rendered."""

    source: Source
    sight: Sight
    note: str = ""
    """What is not as it was asked for."""
    missing_scripts: tuple[str, ...] = ()
    """Scripts of which a text has letters that no font here has."""


class Materials(Protocol):
    """Where layers come from."""

    def open(self, source: LayerSource) -> Material:
        """The picture or the drawn text of a layer. Raises RequestError."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where copies of a layer go."""

    spots: tuple[Box | None, ...]
    """A box of the picture for each copy; None: the place that the compass names. Empty: the layer is dropped."""
    focus: Focus | None = None
    """What was looked for, if anything."""

    def laid(self, step: Layer, spot: Box | None, base: Size, layer: Layout) -> Laid:
        """The operation that lays one copy."""
        placement = step.placement
        blend = placement.blend.name if placement.blend is not None else None
        # A displacement has its own use for x_ and y_ (Cloudinary); what only shapes the picture adds no room to it.
        x, y = (0, 0) if blend == "displace" else (placement.x, placement.y)
        at = place_layer(
            base,
            layer.size,
            spot if spot is not None else _fixed(placement.gravity),
            x,
            y,
            no_overflow=placement.no_overflow or placement.cutter or blend in _SHAPING,
            tiled=placement.tiled,
        )
        if isinstance(step.source, TextSource) and step.source.strict and at.overflows(base, layer.size):
            raise BadRequest("Invalid text layer: it does not fit into the picture (fl_text_disallow_overflow)")
        return Laid(
            source=layer.source,
            operations=layer.operations,
            positions=at.positions,
            canvas=at.canvas,
            offset=at.offset,
            under=placement.under,
            cutter=placement.cutter,
            blend=placement.blend,
            x=pixels(placement.x, base.width) if blend == "displace" else 0,
            y=pixels(placement.y, base.height) if blend == "displace" else 0,
        )


def place(step: Layer, frame: Frame, sight: Sight) -> Placed:
    """Find where a layer goes in the current picture.

    Cloudinary: a layer whose face or object is not found is dropped; `fl_region_relative` repeats it for each.
    """
    gravity = step.placement.gravity
    if gravity is None or isinstance(gravity, Compass | XYCenter):
        return Placed((None,))
    if automatic_part(gravity):
        raise BadRequest(
            "Invalid transformation: g_auto places no layer (expected a compass direction, faces, objects)"
        )
    repeated = any(isinstance(s, Resize) and s.relative == "region" for s in step.steps)
    focus = resolve(Resize(Mode.CROP, gravity=gravity), frame, sight, every=repeated)
    found = tuple(frame.to_current(seen.box).clip(frame.size) for seen in focus.kept)
    if not found:
        return Placed((), replace(focus, notes=(*focus.notes, "layer dropped")))
    if repeated:
        return Placed(found, focus)
    around = Box(
        min(b.left for b in found),
        min(b.top for b in found),
        max(b.right for b in found),
        max(b.bottom for b in found),
    )
    return Placed((around,), focus)


def _fixed(gravity: Gravity | None) -> Compass | XYCenter | None:
    return gravity if isinstance(gravity, Compass | XYCenter) else None
