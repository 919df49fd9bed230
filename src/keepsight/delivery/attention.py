"""The importance map that decided a crop, for whoever draws it."""

from __future__ import annotations

import numpy as np

from keepsight.crop.anchor import Weighted
from keepsight.crop.frame import Frame
from keepsight.delivery.sight import OriginalSight
from keepsight.delivery.story import Layout
from keepsight.focus.importance import Map


def deciding_map(layout: Layout, sight: OriginalSight) -> Map | None:
    """The map that had a say, over the whole original; None if no step asked for one."""
    whole = Frame(sight.size)
    for decided in layout.decided:
        anchor = decided.focus.anchor
        if isinstance(anchor, Weighted) and anchor.importance is not None:
            # A later step of a chain saw a part of it, and the faces in that part.
            return np.asarray(anchor.importance) if decided.frame == whole else sight.importance()
    return None
