"""What an answer rests on: as long as it holds, whoever asks the same gets the same."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.assets.original import Original
from keepsight.assets.originals import Originals


@dataclass(frozen=True, slots=True)
class Grounds:
    """The state of the library in which an answer was given."""

    originals: tuple[Original, ...]
    """Every file that it is made of."""
    described: bool = False
    """Whether tags, context or metadata of them may have had a say."""

    def hold(self, originals: Originals) -> bool:
        """Whether the answer is still true. Raises Unavailable."""
        is_current = originals.is_current
        return all(is_current(original, described=self.described) for original in self.originals)
