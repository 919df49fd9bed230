"""What an answer rests on: as long as it holds, whoever asks the same gets the same."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.assets.names import Names
from keepsight.assets.original import Original
from keepsight.assets.originals import Originals
from keepsight.detect.installation import Installation


@dataclass(frozen=True, slots=True)
class Grounds:
    """The state of library and weights in which an answer was given."""

    originals: tuple[Original, ...]
    """Every file that it is made of."""
    described: bool = False
    """Whether tags, context or metadata of them may have had a say."""
    names: Names | None = None
    """The transformations of the catalogue, if one of them had a say."""
    made: str | None = None
    """The id of the derived image, if the answer was allowed because that was made eagerly."""

    installation: Installation | None = None
    """Which weights lay there, if models may have had a say: better ones may have come."""

    def hold(self, originals: Originals) -> bool:
        """Whether the answer is still true. Raises Unavailable."""
        is_current = originals.is_current
        for original in self.originals:  # no generator: every hit asks
            if not is_current(original, described=self.described):
                return False
        if self.installation is not None and not self.installation.holds():
            return False
        if self.names is not None and self.names != originals.names():
            return False
        return self.made is None or originals.is_made(self.made)
