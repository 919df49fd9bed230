"""A request is run as a server would run it, and everything that had a say is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image

from keepsight.assets.originals import Originals
from keepsight.delivery.asked import Asked
from keepsight.delivery.client import ANYONE
from keepsight.delivery.maker import Made, Maker
from keepsight.delivery.story import all_warnings
from keepsight.delivery.words import Word, bystanders, words_of
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.registry import Registry
from keepsight.focus.focus import Seen
from keepsight.pixels.picture import Picture
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """One request after it was answered."""

    path: str
    asked: Asked
    made: Made
    words: tuple[Word, ...]
    """What was asked of the models, in order."""
    bystanders: tuple[Seen, ...]
    """What the asked models saw besides and nobody wanted; faces too."""
    durations: Mapping[str, float]
    """Seconds by step, and `total`."""
    photo: Image.Image
    """The whole original: RGB, upright."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was ignored or brought into its range, a sentence each, as `X-Cld-Warning` says it."""
        return all_warnings(self.asked.plan, self.made.derived.warnings)


def explain(path: str, settings: Settings, originals: Originals, registry: Registry, photo_side: int) -> Account:
    """Answer a delivery path without a server: no signature is needed and nothing is remembered.

    `photo_side` limits the longer side of the account's photo, in pixels. Raises RequestError, with the sentence
    that a server would answer.
    """
    # Without a secret nothing is asked to be signed. What the address must be otherwise is checked all the same.
    cloud = settings.cloud.model_copy(update={"api_secret": None})
    security = settings.security.model_copy(update={"auth_token_key": None})
    unlocked = settings.model_copy(update={"cloud": cloud, "security": security})
    analyst = Analyst(registry, AnalysisCache())
    maker = Maker(unlocked, originals, analyst)
    watch = Stopwatch(math.inf)  # a network that is loaded for one picture may take longer than a server's deadline
    asked = maker.understand(path, ANYONE, watch)
    asked = replace(asked, plan=replace(asked.plan, output=replace(asked.plan.output, getinfo=False)))
    made = maker.make(asked, watch)
    durations = watch.durations
    seen = [s for d in made.layout.decided for s in (*d.focus.kept, *d.focus.avoided)]
    return Account(
        path=path,
        asked=asked,
        made=made,
        words=words_of(made.sight, asked.digest, analyst),
        bystanders=bystanders(made.sight, asked.digest, analyst, seen),
        durations=durations,
        photo=Picture(originals.read(asked.original), made.header).preview(photo_side),
    )
