"""From a plan to numbers: every step decided from the header and the detections, mostly before pixels are touched.

A step that changes the shape in a way that only pixels tell (a trim, a shadow, any angle) draws what there is so far
and goes on from that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from keepsight.crop.anchor import Fixed
from keepsight.crop.box import Box, Size
from keepsight.crop.engine import crop_box
from keepsight.crop.frame import Frame
from keepsight.crop.position import held_inside
from keepsight.crop.result import CropBox, limited
from keepsight.delivery.layers import Materials, Placed, place
from keepsight.delivery.regions import regions
from keepsight.delivery.scope import PictureScope
from keepsight.delivery.story import Decided, Layout, boxes
from keepsight.errors import BadRequest
from keepsight.focus.focus import Focus
from keepsight.focus.resolve import resolve
from keepsight.focus.sight import Sight
from keepsight.pixels.drawn import Drawn
from keepsight.pixels.operations import Altered, Cut, Faded, Filled, Operation, Rounded, Source, Tilted, Within
from keepsight.pixels.render import render, reshape
from keepsight.telemetry.timing import timed
from keepsight.transformation.effects import EFFECTS, Kind
from keepsight.transformation.output import Output
from keepsight.transformation.plan import (
    ApplyEffect,
    Corners,
    Deliver,
    Layer,
    Opacity,
    Plan,
    Resize,
    Rotate,
    RotateToFit,
    Step,
    Tilt,
    Underlie,
)
from keepsight.transformation.rounding import half_up
from keepsight.transformation.unfold import unfold
from keepsight.transformation.values import Compass, Length, Mode

_CUTTING = frozenset({Mode.CROP, Mode.FILL, Mode.LFILL, Mode.THUMB, Mode.AUTO})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What every layout respects."""

    margin: Fraction
    """Room that a thumbnail leaves on each side of its subject, as a share of the subject."""
    max_pixels: int
    """Of the answer and of everything on the way to it."""
    check: Callable[[], None]
    """Called between steps; what it raises ends the work."""


def lay_out(plan: Plan, source: Source, sight: Sight, materials: Materials, bounds: Bounds) -> Layout:
    """Decide every step for one picture. Raises BadRequest, also for an answer of too many pixels."""
    work = _Work(source, sight, materials, bounds, plan.output)
    work.run(plan.steps, {})
    return work.layout()


@dataclass(slots=True)
class _Work:
    """One picture on its way through the steps."""

    source: Source
    sight: Sight
    materials: Materials
    bounds: Bounds
    output: Output
    base: Size | None = None
    """The picture under a layer, whose shares `fl_relative` means."""
    region: Size | None = None
    """The region that the layer is fitted to, with `fl_region_relative`."""
    frame: Frame = field(init=False)
    visible: Box = field(init=False)
    operations: list[Operation] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    others: list[Focus] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What was ignored or limited in steps that had to wait for the picture."""
    missing_scripts: list[str] = field(default_factory=list)
    held: int = 0
    """Pixels that layers keep in memory until they are laid."""

    def __post_init__(self) -> None:
        size = self.sight.size
        self.frame, self.visible = Frame(size), Box(0, 0, size.width, size.height)

    def run(self, steps: Sequence[Step], variables: dict[str, str]) -> None:
        scope = PictureScope(self.sight, lambda: self.frame.size, self.others.append)
        for step in unfold(steps, scope, variables, self.warnings.append):
            self.bounds.check()
            self._step(step, variables)
            self._check_size(self.frame.size)

    def layout(self) -> Layout:
        return Layout(
            self.source,
            tuple(self.operations),
            tuple(self.decided),
            tuple(self.others),
            self.visible,
            self.frame.size,
            self.output,
            tuple(dict.fromkeys(self.warnings)),
            tuple(dict.fromkeys(self.missing_scripts)),
        )

    def _step(self, step: Step, variables: dict[str, str]) -> None:
        match step:
            case Resize():
                self._resize(step)
            case Rotate(turns):
                for turn in turns:
                    self.operations.append(turn)
                    self.frame = self.frame.turn(turn)
            case RotateToFit(turn, ratio):
                size = self.frame.size
                if (ratio - 1) * (size.width - size.height) < 0:
                    self.operations.append(turn)
                    self.frame = self.frame.turn(turn)
            case Tilt(degrees):
                before = self.frame
                self._reshape(Tilted(degrees))
                self.frame = before.tilt(degrees, self.frame.size)
            case ApplyEffect():
                self._effect(step)
            case Corners(radii, border):
                self.operations.append(Rounded(radii, border))
                self._grow(border.width if border else 0)
            case Opacity(percent):
                self.operations.append(Faded(percent))
            case Underlie(background):
                self.operations.append(Filled(background))
            case Layer():
                self._layer(step, variables)
            case Deliver(output):
                self.output = self.output.merged(output)
            case _:
                raise TypeError(f"{type(step).__name__} is settled by unfold")

    def _resize(self, step: Resize) -> None:
        step = self._in_pixels(step)
        focus = resolve(step, self.frame, self.sight)
        if step.mode is Mode.CROP and not focus.kept:  # a crop zooms into what was found, and nothing was
            step = replace(step, zoom=Fraction(1))
        with timed("crop"):
            box = crop_box(step, self.frame.size, focus.anchor, self.bounds.margin)
        if step.mode in _CUTTING and held_inside(step, self.frame.size, box, focus.anchor):
            self.warnings.append("x_ and y_ lead out of the picture: the cut is held inside")
        if box.delivered.width * box.delivered.height > self.bounds.max_pixels:
            box = limited(box, self.bounds.max_pixels)
            size = f"{box.delivered.width} x {box.delivered.height}"
            focus = replace(focus, notes=(*focus.notes, f"limited to {size} pixels"))
            self.warnings.append(f"c_{step.mode} is limited to {size} pixels")
        self.decided.append(Decided(step, focus, box, self.frame))
        self.operations.append(_cut(step, box))
        window, content = boxes(box)
        self.visible = _overlap(self.visible, self.frame.to_original(window))
        self.frame = self.frame.cut(window, content, box.delivered)

    def _in_pixels(self, step: Resize) -> Resize:
        """Shares of the picture under a layer, or of a region there, become pixels."""
        against = self.region if step.relative == "region" else self.base if step.relative == "base" else None
        if against is None:
            return step
        return replace(
            step, width=_share(step.width, against.width), height=_share(step.height, against.height), relative=None
        )

    def _effect(self, step: ApplyEffect) -> None:
        kind = EFFECTS[step.effect.name].kind
        if kind in (Kind.REGION, Kind.FACES):
            found = regions(step, self.frame, self.sight)
            if found.focus is not None:
                self.others.append(found.focus)
            if found.boxes:
                self.operations.append(Within(step.effect, found.boxes))
            return
        size = self.frame.size
        operation = Altered(step.effect, step.colour, _pixels(step.x, size.width), _pixels(step.y, size.height))
        if kind is Kind.RESHAPE:
            self._reshape(operation)
        else:
            self.operations.append(operation)

    def _reshape(self, operation: Operation) -> None:
        """Draw what there is so far, so that what the operation makes of it is known."""
        image = render(self.source, self.operations, self.bounds.check)
        reshaped = reshape(image, operation)
        before, after = Box(0, 0, *image.size), Size(*reshaped.image.size)
        self._check_size(after)
        left, top, width, height = reshaped.content
        if self.sight.animated:
            # Every frame is drawn by the same operations, so the box of the first one is that of all.
            self.operations.append(_same_for_all(operation, reshaped.content, image.size, reshaped.image.size))
        else:
            self.source, self.operations = Drawn(reshaped.image), []
        if reshaped.moved is not None:
            self.frame = self.frame.bend(reshaped.moved, after)
            return
        inside = _overlap(before, Box(-left, -top, after.width - left, after.height - top))
        if (width, height) == image.size and inside.area > 0:
            self.visible = _overlap(self.visible, self.frame.to_original(inside))
        self.frame = self.frame.cut(before, Box(left, top, left + width, top + height), after)

    def _grow(self, width: int) -> None:
        """A border of that width lies around the picture."""
        size = self.frame.size
        inside = Box(width, width, width + size.width, width + size.height)
        whole = Box(0, 0, size.width, size.height)
        self.frame = self.frame.cut(whole, inside, Size(size.width + 2 * width, size.height + 2 * width))

    def _layer(self, step: Layer, variables: dict[str, str]) -> None:
        placed = place(step, self.frame, self.sight)
        if placed.focus is not None:
            self.others.append(placed.focus)
        if not placed.spots:
            self.warnings.append("a layer is left out: what it is placed on was not found")
        left = top = 0
        for spot in placed.spots:  # a copy that reaches over an edge moves the picture, and all other spots with it
            moved = spot and Box(spot.left + left, spot.top + top, spot.right + left, spot.bottom + top)
            across, down = self._lay(step, placed, moved, variables)
            left, top = left + across, top + down

    def _lay(self, step: Layer, placed: Placed, spot: Box | None, variables: dict[str, str]) -> tuple[int, int]:
        """Lay one copy; how far the picture moved on its canvas."""
        material = self.materials.open(step.source)
        if material.note:
            self.others.append(Focus(Fixed(Compass.CENTER), material.note))
            self.warnings.append(material.note)
        for script in material.missing_scripts:
            self.warnings.append(f"no font here has the script {script}: boxes stand for its letters")
        self.missing_scripts += material.missing_scripts
        region = Size(round(spot.width), round(spot.height)) if spot is not None else None
        inner = _Work(
            material.source, material.sight, self.materials, self.bounds, self.output, self.frame.size, region
        )
        inner.run(step.steps, dict(variables))
        self.output = inner.output
        # What was looked for inside of the layer: an answer made without a model that it asked for is not kept either.
        self.others += (d.focus for d in inner.decided if d.focus.kept or d.focus.notes or d.focus.unavailable)
        self.others += inner.others
        self.warnings += inner.warnings
        self.missing_scripts += inner.missing_scripts
        operation = placed.laid(step, spot, self.frame.size, inner.layout())
        self._check_size(Size(*operation.canvas))
        self.operations.append(operation)
        self._hold(inner)
        left, top = operation.offset
        size = self.frame.size
        self.frame = self.frame.cut(
            Box(0, 0, size.width, size.height),
            Box(left, top, left + size.width, top + size.height),
            Size(*operation.canvas),
        )
        return operation.offset

    def _hold(self, layer: _Work) -> None:
        """Lay what there is so far as soon as drawn layers that wait add up to a picture of the largest size."""
        self.held += layer.held + (layer.source.size[0] * layer.source.size[1] * isinstance(layer.source, Drawn))
        if self.held <= self.bounds.max_pixels:
            return
        if self.sight.animated:  # every frame needs them
            raise BadRequest(
                f"The layers of an animation would measure more than {self.bounds.max_pixels} pixels in all"
            )
        self.source, self.operations = Drawn(render(self.source, self.operations, self.bounds.check)), []
        self.held = 0

    def _check_size(self, size: Size) -> None:
        if size.width * size.height > self.bounds.max_pixels:
            raise BadRequest(
                f"The image would measure {size.width}x{size.height} "
                f"(expected at most {self.bounds.max_pixels} pixels in all)"
            )


def _cut(step: Resize, box: CropBox) -> Cut:
    x, y, width, height = box.content
    return Cut(
        box=(box.x, box.y, box.x + box.width, box.y + box.height),
        size=(width, height),
        canvas=(box.delivered.width, box.delivered.height),
        offset=(x, y),
        background=step.background,
    )


def _same_for_all(
    operation: Operation, content: tuple[float, float, float, float], before: tuple[int, int], after: tuple[int, int]
) -> Operation:
    if isinstance(operation, Altered) and operation.effect.name == "trim":
        left, top = -content[0], -content[1]
        return Cut((left, top, left + after[0], top + after[1]), after)
    return operation


def _share(length: Length | None, whole: int) -> Length | None:
    return max(1, half_up(length * whole)) if isinstance(length, Fraction) else length


def _pixels(length: Length | None, whole: int) -> int | None:
    return half_up(length * whole) if isinstance(length, Fraction) else length


def _overlap(a: Box, b: Box) -> Box:
    return Box(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))
