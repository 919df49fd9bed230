"""The plainest geometry on Keepsight's own detections: what the product must not fall below.

It has no importance map, no growth rule and no second thoughts: nothing found is the centre, and of `plain` tasks it
has no idea.
"""

from __future__ import annotations

from benchmarks.crop_quality.boxes import Box, Size, hull
from benchmarks.crop_quality.cases import Case, centre_crop
from benchmarks.crop_quality.croppers.keepsight_inside import Keepsight
from benchmarks.crop_quality.places import Weighed, around, automatic
from benchmarks.crop_quality.tasks import Kind, Mode, Task, prominence
from benchmarks.crop_quality.windows import window_size
from benchmarks.crop_quality.words import plural, singular
from keepsight.focus.sight import pixels

_MARGIN = 0.04
"""Room on each side of a thumbnail's subject, as a share of its own side, as Keepsight's own default."""


class ReferenceGeometry:
    """The very same detections, `conf * sqrt(area) ...` for prominence, one pass of rules for the place."""

    name = "reference-geometry"
    blind = False

    def __init__(self, keepsight: Keepsight) -> None:
        self._keepsight = keepsight

    def crop(self, case: Case) -> Box | None:
        """The plainest crop; None for `plain`."""
        task = case.task
        if task.kind is Kind.PLAIN:
            return None
        found = self._find(task)
        photo = task.photo.size
        if not found:
            return centre_crop(task)
        if task.kind is Kind.AVOID:
            return automatic(photo, case.window, avoid=[Weighed(each.box) for each in found])
        if task.kind is Kind.SINGLE and task.mode is not Mode.CROP:
            window = self._window(task, [each.box for each in found])
            total = sum(each.weight for each in found)
            return automatic(photo, window, keep=[Weighed(each.box, each.weight / total) for each in found])
        if task.kind is not Kind.PLURAL:
            found = [max(found, key=lambda each: (each.weight, each.box.area))]
        boxes = [each.box for each in found]
        return around(photo, self._window(task, boxes), hull(boxes))

    def _find(self, task: Task) -> list[Weighed]:
        """Detections of the class, each with its prominence."""
        sight = self._keepsight.look(task.photo)
        word = plural(task.name) if task.kind is Kind.PLURAL else singular(task.name)
        found = []
        for detection in sight.find(sight.understand(word)).detections:
            at = pixels(detection, sight.size)
            box = Box(at.left, at.top, at.right, at.bottom).clip(task.photo.size)
            weight = prominence(box, task.photo.size, detection.confidence, detection.sharpness)
            found.append(Weighed(box, weight))
        return [each for each in found if each.box.area > 0]

    def _window(self, task: Task, boxes: list[Box]) -> Size:
        subject = hull(boxes)
        return window_size(
            task.mode, task.photo.size, task.ratio, subject.grown(_MARGIN) if task.mode is Mode.THUMB else subject
        )
