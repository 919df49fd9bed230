"""What an import has brought, and what could not come, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

Outcome = Literal["new", "changed", "unchanged"]
_EXAMPLES = 1


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not brought."""

    kind: str
    """asset, folder, transformation or preset."""
    name: str
    """Of an asset `image/upload/pets/tom`."""
    reason: str
    group: str
    """The reason without what is particular to this one."""
    bytes: int | None = None


@dataclass(slots=True)
class Report:
    """Counts of one run. Its methods may be called from several threads."""

    cloud: str
    dry_run: bool
    assets: Counter[Outcome] = field(default_factory=Counter)
    bytes: int = 0
    """Of new and changed files; in a dry run of those that would come."""
    folders: Counter[Outcome] = field(default_factory=Counter)
    transformations: Counter[Outcome] = field(default_factory=Counter)
    presets: Counter[Outcome] = field(default_factory=Counter)
    skipped: list[Left] = field(default_factory=list)
    """What has no place here: another run would not bring it, either."""
    failed: list[Left] = field(default_factory=list)
    """What another run may bring."""
    notes: list[str] = field(default_factory=list)
    stopped: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def count(self, kind: Literal["assets", "folders", "transformations", "presets"], outcome: Outcome) -> None:
        """One more."""
        with self._lock:
            getattr(self, kind)[outcome] += 1

    def add_bytes(self, size: int) -> None:
        """So many more."""
        with self._lock:
            self.bytes += size

    def skip(self, kind: str, name: str, reason: str, *, group: str | None = None, size: int | None = None) -> None:
        """Something that cannot come."""
        with self._lock:
            self.skipped.append(Left(kind, name, reason, group or reason, size))

    def fail(self, kind: str, name: str, reason: str, *, group: str | None = None) -> None:
        """Something that did not come this time."""
        with self._lock:
            self.failed.append(Left(kind, name, reason, group or reason))

    def note(self, text: str) -> None:
        """Something to know, once."""
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)

    def to_json(self) -> dict[str, Any]:
        """Everything."""
        return {
            "cloud": self.cloud,
            "dry_run": self.dry_run,
            "complete": not self.stopped and not self.failed,
            "assets": _counts(self.assets) | {"bytes": self.bytes},
            "folders": _counts(self.folders),
            "transformations": _counts(self.transformations),
            "presets": _counts(self.presets),
            "skipped": [_left(each) for each in self.skipped],
            "failed": [_left(each) for each in self.failed],
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        verb = "would come" if self.dry_run else "came"
        yield f"assets: {_said(self.assets, verb)}, {size_text(self.bytes)}"
        for kind in ("folders", "transformations", "presets"):
            counted: Counter[Outcome] = getattr(self, kind)
            if counted:
                yield f"{kind}: {_said(counted, verb)}"
        yield from self.notes
        if self.skipped:
            yield "could not come:"
            yield from _grouped(self.skipped)
        if self.failed:
            yield "did not come this time:"
            yield from _grouped(self.failed)
        if self.stopped:
            yield "stopped; the same command goes on where it was"


def size_text(size: int) -> str:
    """A number of bytes for people: `5.5 MB`; decimal units."""
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1_000:
            break
        value, unit = value / 1_000, larger
    return f"{size} bytes" if unit == "bytes" else f"{value:.1f} {unit}"


def _counts(counted: Counter[Outcome]) -> dict[str, int]:
    return {outcome: counted[outcome] for outcome in ("new", "changed", "unchanged")}


def _said(counted: Counter[Outcome], verb: str) -> str:
    return f"{counted['new']:,} new and {counted['changed']:,} changed {verb}, {counted['unchanged']:,} unchanged"


def _left(left: Left) -> dict[str, Any]:
    found = {"kind": left.kind, "name": left.name, "reason": left.reason}
    return found | ({} if left.bytes is None else {"bytes": left.bytes})


def _grouped(found: list[Left]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Left]] = {}
    for left in found:
        groups.setdefault((left.kind, left.group), []).append(left)
    for (kind, _), lefts in sorted(groups.items(), key=lambda item: -len(item[1])):
        size = sum(left.bytes or 0 for left in lefts)
        weight = f", {size_text(size)}" if size else ""
        yield f"  {len(lefts):,} {kind}{'s' if len(lefts) > 1 else ''}{weight}: {lefts[0].reason} ({lefts[0].name})"
