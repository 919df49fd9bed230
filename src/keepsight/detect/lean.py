"""A YOLO network rewritten for its export: the same answers for less work.

Two rewrites, both exact. A head says how sure it is of every class at every place, and where the box lies there, but
only the few places that it is sure of matter (50 of 8,400 in a photo). So the layers for boxes, mask coefficients and
key points run on what surrounds these places instead of the whole picture: a sixth of the network's arithmetic.
And a layer that splits its output in two becomes two layers, because ONNX Runtime keeps its fast layout of memory
through convolutions, but not through a split. docs/detection.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

REACH = 2
"""How many places around one the answer there depends on: two convolutions with a kernel of three."""


def lean(torch: Any, network: Any) -> Any:
    """A module that takes (pictures, floor) for a fused `network`; it leaves out places not above the floor.

    Answers (1, 4 + classes + more, places), and mask prototypes where the network has them. The network itself is
    changed. None when its head is of a kind for which this is not known to be the same: one that needs no suppression,
    or whose layers are arranged in another way.
    """
    from ultralytics.nn.modules.block import C2f  # noqa: PLC0415 - slow to import, and not always installed
    from ultralytics.nn.modules.head import Detect, Pose, Segment  # noqa: PLC0415 - see above

    for layer in network.modules():
        if type(layer).forward is C2f.forward and _fused(layer.cv1):
            layer.forward = _in_halves(torch, layer)
    head = network.model[-1]
    if type(head) not in {Detect, Pose, Segment} or head.end2end or not hasattr(head.dfl, "c1"):
        return None
    branches = [*head.cv2, *getattr(head, "cv4", ())]
    if not all(_reaches_no_further(torch, branch) for branch in branches):
        return None
    sparse = _SparseHead(torch, head, points=type(head) is Pose)
    head.forward = sparse

    class Lean(torch.nn.Module):  # type: ignore[misc]  # torch is not known to the type checker
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pictures: Any, floor: Any) -> Any:
            sparse.floor = floor
            return self.network(pictures)

    return Lean()


def _in_halves(torch: Any, layer: Any) -> Callable[[Any], Any]:
    """What a C2f layer does, with two convolutions in place of one that is split."""

    def half(start: int) -> Any:
        whole = layer.cv1.conv
        conv = torch.nn.Conv2d(whole.in_channels, layer.c, whole.kernel_size, whole.stride, whole.padding)
        conv.weight.data = whole.weight.data[start : start + layer.c]
        conv.bias.data = whole.bias.data[start : start + layer.c]
        return torch.nn.Sequential(conv, layer.cv1.act).requires_grad_(False)

    layer.first, layer.second = half(0), half(layer.c)

    def forward(x: Any) -> Any:
        parts = [layer.first(x), layer.second(x)]
        for each in layer.m:
            parts.append(each(parts[-1]))
        return layer.cv2(torch.cat(parts, 1))

    return forward


def _fused(conv: Any) -> bool:
    return not hasattr(conv, "bn") and conv.conv.bias is not None and conv.conv.groups == 1


def _reaches_no_further(torch: Any, branch: Any) -> bool:
    """Whether a branch is two fused convolutions with a kernel of three and one with a kernel of one."""
    if not isinstance(branch, torch.nn.Sequential) or len(branch) != 3:
        return False
    *wide, last = branch
    shapes = [(3, 3), (1, 1), (1, 1), (1, 1)]
    return (
        all(hasattr(each, "conv") and hasattr(each, "act") and _fused(each) for each in wide)
        and all(
            [each.conv.kernel_size, each.conv.stride, each.conv.padding, each.conv.dilation] == shapes for each in wide
        )
        and isinstance(last, torch.nn.Conv2d)
        and last.kernel_size == (1, 1)
    )


class _SparseHead:
    """The forward pass of a head, only where it is sure of something."""

    def __init__(self, torch: Any, head: Any, *, points: bool) -> None:
        self.torch, self.head, self.points = torch, head, points
        self.floor: Any = None

    def __call__(self, features: Sequence[Any]) -> Any:
        levels = [self._level(level, x) for level, x in enumerate(features)]
        answer = self.torch.cat(levels, 1).unsqueeze(0)
        return (answer, self.head.proto(features[0])) if hasattr(self.head, "proto") else answer

    def _level(self, level: int, x: Any) -> Any:
        """(4 + classes + more, places) of one size of feature map, (1, channels, height, width)."""
        torch, head = self.torch, self.head
        scores = head.cv3[level](x).flatten(2)[0]
        # NaN is neither above the floor nor below it: it stays, to be noticed.
        places = (~(scores.amax(0).sigmoid() <= self.floor)).nonzero().squeeze(1)
        down = torch.div(places, x.shape[3], rounding_mode="floor")
        across = places - down * x.shape[3]
        around = self._around(x, across, down)
        inside = self._inside(x, across, down, REACH - 1)[2].unsqueeze(1).to(x.dtype)
        stride = float(head.stride[level])
        logits = self._branch(head.cv2[level], around, inside).view(-1, 4, head.dfl.c1)
        bins = torch.arange(head.dfl.c1, dtype=x.dtype).view(head.dfl.c1, 1)
        left, top, right, bottom = torch.matmul(logits.softmax(-1), bins).squeeze(-1).unbind(1)
        x0, y0 = across + 0.5 - left, down + 0.5 - top
        x1, y1 = across + 0.5 + right, down + 0.5 + bottom
        box = torch.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]) * stride
        columns = [box, scores.index_select(1, places).sigmoid()]
        if hasattr(head, "cv4"):
            more = self._branch(head.cv4[level], around, inside)
            columns.append(self._decoded(more, across, down, stride) if self.points else more.transpose(0, 1))
        return torch.cat(columns)

    def _around(self, x: Any, across: Any, down: Any) -> Any:
        """(places, channels, 2 x REACH + 1, the same): what surrounds each place, zero beyond the edge."""
        rows, columns, inside = self._inside(x, across, down, REACH)
        index = self.torch.where(inside, rows * x.shape[3] + columns, self.torch.zeros_like(rows))
        # Channels last: gathering whole rows costs a sixth of gathering single values.
        pixels = x.flatten(2)[0].transpose(0, 1).index_select(0, index.flatten())
        side = 2 * REACH + 1
        return (pixels.view(-1, side, side, x.shape[1]) * inside.unsqueeze(3).to(x.dtype)).permute(0, 3, 1, 2)

    def _inside(self, x: Any, across: Any, down: Any, reach: int) -> tuple[Any, Any, Any]:
        """Rows, columns and whether they are in the map, each (places, 2 x reach + 1, the same)."""
        side = 2 * reach + 1
        steps = self.torch.arange(side) - reach
        rows = (down.unsqueeze(1) + steps).unsqueeze(2).expand(-1, side, side)
        columns = (across.unsqueeze(1) + steps).unsqueeze(1).expand(-1, side, side)
        return rows, columns, (rows >= 0) & (rows < x.shape[2]) & (columns >= 0) & (columns < x.shape[3])

    def _branch(self, branch: Any, around: Any, inside: Any) -> Any:
        """(places, values): a branch of three convolutions without padding; `inside` stands in for that of the 2nd."""
        conv2d = self.torch.nn.functional.conv2d
        first, second, last = branch
        middle = first.act(conv2d(around, first.conv.weight, first.conv.bias)) * inside
        return last(second.act(conv2d(middle, second.conv.weight, second.conv.bias))).flatten(1)

    def _decoded(self, values: Any, across: Any, down: Any, stride: float) -> Any:
        """(values, places): key points as Ultralytics' `Pose.kpts_decode` has them, in px of the input."""
        points, dimensions = (int(side) for side in self.head.kpt_shape)
        values = values.view(-1, points, dimensions)
        x = (values[:, :, 0] * 2 + across.unsqueeze(1)) * stride
        y = (values[:, :, 1] * 2 + down.unsqueeze(1)) * stride
        rest = [values[:, :, 2].sigmoid()] if dimensions == 3 else []
        return self.torch.stack([x, y, *rest], 2).flatten(1).transpose(0, 1)
