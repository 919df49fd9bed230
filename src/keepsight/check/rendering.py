"""Addresses answered for real, with the pictures that are here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from keepsight.assets.originals import Originals
from keepsight.check.addresses import Address
from keepsight.check.judge import Verdict
from keepsight.delivery.client import ANYONE
from keepsight.delivery.maker import Maker
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.registry import Registry
from keepsight.errors import KeepsightError, NotFound
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch


@dataclass(frozen=True, slots=True)
class Job:
    """An address to answer, and what reading alone said of it."""

    address: Address
    verdict: Verdict
    url: str
    count: int


class Renderer:
    """Makes pictures as a server would, and keeps none."""

    def __init__(self, settings: Settings, registry: Registry, originals: Originals) -> None:
        self._settings = settings
        self._maker = Maker(settings, originals, Analyst(registry, AnalysisCache()))

    def render(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Verdict | None]]:
        """Each job and what came of it, in their order; None where the picture is not here.

        As many are in work at once as the settings have threads.
        """
        with ThreadPoolExecutor(self._settings.limits.threads, "check") as pool:
            yield from zip(jobs, pool.map(self._answer, jobs), strict=True)

    def _answer(self, job: Job) -> Verdict | None:
        path = _on_this_cloud(job.address, self._settings.cloud.name)
        watch = Stopwatch(math.inf)  # what is slow today is not refused: the deadline is a setting
        try:
            asked = self._maker.understand(path, ANYONE, watch)
            if asked.untouched and asked.raw:
                return job.verdict
            if asked.untouched:
                self._maker.read(asked.original, watch)
                return job.verdict
            self._maker.make(asked, watch)
        except NotFound:
            return None
        except KeepsightError as error:
            return replace(job.verdict, refusal=str(error), remarks=())
        return replace(job.verdict, first=())


def _on_this_cloud(address: Address, cloud: str) -> str:
    """The path with the name that this server has."""
    if address.cloud is None:
        return address.path
    _, first, rest = address.path.split("/", 2) if address.path.count("/") > 1 else ("", "", "")
    return f"/{cloud}/{rest}" if first == address.cloud else address.path
