"""The two ends of the scale: the centre crop, which knows nothing, and the oracle, which knows the boxes."""

from __future__ import annotations

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case, centre_crop


class Centre:
    """The largest window of the ratio, in the middle."""

    name = "centre"
    blind = True

    def crop(self, case: Case) -> Box:
        """The same for every target."""
        return centre_crop(case.task)


class Oracle:
    """The ideal crop: what the plainest geometry makes of the true boxes.

    Only in `avoid` can somebody beat it: it avoids box by box, a root each, while the marks look at the union.
    """

    name = "oracle"
    blind = False

    def crop(self, case: Case) -> Box:
        """Read from the answer key."""
        return case.ideal
