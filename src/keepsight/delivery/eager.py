"""Derived images of files that no URL asked for: made ahead, the way that requests go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keepsight.assets.original import Original, stamp_of
from keepsight.delivery.asked import Asked, layers_of
from keepsight.delivery.maker import Made, Maker
from keepsight.delivery.negotiate import check_extension
from keepsight.delivery.sight import Known
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.build import build_plan


@dataclass(frozen=True, slots=True)
class Subject:
    """A file that something is made of."""

    path: Path
    digest: str
    """SHA-256 of it, hexadecimal."""
    known: Known


def make_ahead(
    maker: Maker, subject: Subject, components: Sequence[str], extension: str | None, named: Mapping[str, str]
) -> Made:
    """Run percent-decoded components on a file; `extension` as in the URL it is for. Raises RequestError."""
    plan = build_plan([c for c in components if c], named=named)
    if extension:
        check_extension(extension)
    original = Original(subject.path.name, subject.path, stamp_of(subject.path.stat()), extension or None)
    asked = Asked(
        plan=plan,
        version=None,
        original=original,
        digest=subject.digest,
        known=subject.known,
        accept=b"",
        layers=layers_of(plan, maker.originals),
    )
    return maker.make(asked, Stopwatch(maker.settings.limits.deadline))
