"""What came out of a check: counts, reasons by number with an example, what to set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from keepsight.check.judge import Verdict

SHOWN = 20
"""Reasons that are printed; all of them are in the JSON."""
_VALUES_SHOWN = 8
_INVALID = re.compile(r"(?P<what>Invalid [^:(]*?)(?: - |: ).*? \((?P<reason>.*)\)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 300


@dataclass(slots=True)
class Group:
    """Addresses of which the same is to be said."""

    text: str
    example: str
    count: int = 0
    failed: int = 0
    """How many of them were answered with an error where the log was written, too."""


@dataclass(slots=True)
class Report:
    """Grows with each address."""

    rendered: bool = False
    """Whether pictures were made, or addresses only read."""
    lines: int = 0
    total: int = 0
    """Addresses, as often as they stand there."""
    renders: int = 0
    after_settings: int = 0
    """Those that are answered once everything in `needs` is set."""
    missing: int = 0
    """Those whose picture is not here; only with `rendered`."""
    others: int = 0
    """URLs that are of something else."""
    templates: int = 0
    signed: int = 0
    unsigned_objects: int = 0
    transformations: set[int] = field(default_factory=set)
    """Hashes of the distinct ones: a long log has many."""
    refused: dict[str, Group] = field(default_factory=dict)
    remarks: dict[str, Group] = field(default_factory=dict)
    needs: dict[str, Counter[str]] = field(default_factory=dict)
    """Values by setting."""
    clouds: Counter[str] = field(default_factory=Counter)
    not_here: Group | None = None

    @property
    def share(self) -> float:
        """Of the addresses that render, in percent."""
        return 100 * self.renders / self.total if self.total else 0.0

    def add(  # noqa: PLR0913 - what is known of one address
        self,
        url: str,
        verdict: Verdict,
        cloud: str | None,
        transformation: str,
        count: int = 1,
        *,
        failed: bool = False,
    ) -> None:
        """Take in one address that stands there so often, with its transformation as it is written there."""
        self.total += count
        self.renders += count * verdict.renders
        self.signed += count * verdict.signed
        self.unsigned_objects += count * verdict.unsigned_objects
        if transformation:
            self.transformations.add(hash(transformation))
        if cloud:
            self.clouds[cloud] += count
        if verdict.refusal is not None:
            group = _counted(self.refused, reason_of(verdict.refusal), verdict.refusal, url, count)
            group.failed += count * failed
            return
        self.after_settings += count * bool(verdict.first)
        for need in verdict.first:
            self.needs.setdefault(need.setting, Counter())[need.value] += count
        for remark in verdict.remarks:
            _counted(self.remarks, _NUMBER.sub("…", remark), remark, url, count)

    def add_missing(self, url: str, cloud: str | None, count: int) -> None:
        """Take in an address whose picture is not here."""
        self.total += count
        self.missing += count
        if cloud:
            self.clouds[cloud] += count
        self.not_here = self.not_here or Group("the picture is not here", url)
        self.not_here.count += count

    def as_json(self) -> dict[str, Any]:
        """For programs; reasons by number, the most frequent first."""
        return {
            "lines": self.lines,
            "addresses": self.total,
            "transformations": len(self.transformations),
            "renders": self.renders,
            "share": round(self.share, 3),
            "after_settings": self.after_settings,
            "refused": [_told(group, "reason") for group in _sorted(self.refused)],
            "different": [_told(group, "what") for group in _sorted(self.remarks)],
            "needs": {
                setting: {_encodable(value): count for value, count in values.most_common()}
                for setting, values in self.needs.items()
            },
            "missing": self.missing,
            "rendered": self.rendered,
            "signatures_unchecked": self.signed,
            "unsigned_object_aware": self.unsigned_objects,
            "clouds": {_encodable(name): count for name, count in self.clouds.most_common()},
            "other_urls": self.others,
            "templates": self.templates,
        }

    def text(self) -> Iterator[str]:
        """For people, line by line."""
        what = "rendered here" if self.rendered else "read"
        yield (
            f"{self.total:,} addresses of pictures {what}, {len(self.transformations):,} transformations "
            f"({self.lines:,} lines; {self.others:,} other URLs)"
        )
        refused = sum(group.count for group in self.refused.values())
        yield f"{_percent(self.renders, self.total)} render ({self.renders:,})"
        if self.after_settings:
            yield f"{_percent(self.after_settings, self.total)} once it is set, see below ({self.after_settings:,})"
        if self.missing and self.not_here:
            yield f"{_percent(self.missing, self.total)} have no picture here ({self.missing:,}), such as"
            yield f"          {_shown(self.not_here.example)}"
        if refused:
            yield f"{_percent(refused, self.total)} are refused ({refused:,})"
            yield from _listed("Refused", self.refused)
        if self.remarks:
            yield from _listed("Different here", self.remarks)
        if told := list(self._settings()):
            yield from ("", "To set", *told)
        if len(self.clouds) > 1:
            found = ", ".join(f"{_shown(name)} ({count:,})" for name, count in self.clouds.most_common(_VALUES_SHOWN))
            yield from ("", f"Of several clouds: {found}; --cloud NAME counts one.")
        if self.templates:
            yield from ("", f"{self.templates:,} URLs are templates that a program fills in: check what it writes.")

    def _settings(self) -> Iterator[str]:
        for setting, values in self.needs.items():
            listed = ", ".join(f"{_shown(v)} ({n:,})" for v, n in values.most_common(_VALUES_SHOWN))
            more = f" and {len(values) - _VALUES_SHOWN:,} more" if len(values) > _VALUES_SHOWN else ""
            yield f"{sum(values.values()):>9,} {setting}: {listed}{more}"
        if self.signed:
            yield f"{self.signed:>9,} cloud.api_secret: they are signed, and without the secret nobody can check that"
        if self.unsigned_objects:
            yield (
                f"{self.unsigned_objects:>9,} security.allow_unsigned: they name objects and are not signed, which is "
                "answered only until a secret is set"
            )


def reason_of(message: str) -> str:
    """What messages about different values have in common."""
    match = _INVALID.fullmatch(message)
    return f"{match['what']} ({match['reason']})" if match else message


def _counted(groups: dict[str, Group], key: str, text: str, url: str, count: int) -> Group:
    group = groups.get(key)
    if group is None:
        group = groups[key] = Group(text, url)
    elif group.text != text:
        group.text = key
    group.count += count
    return group


def _sorted(groups: dict[str, Group]) -> list[Group]:
    return sorted(groups.values(), key=lambda group: -group.count)


def _told(group: Group, name: str) -> dict[str, Any]:
    told = {name: _encodable(group.text), "count": group.count, "example": _encodable(group.example)}
    return told | ({"failed_before": group.failed} if group.failed else {})


def _listed(title: str, groups: dict[str, Group]) -> Iterator[str]:
    yield from ("", title)
    for group in _sorted(groups)[:SHOWN]:
        before = f" ({group.failed:,} failed there, too)" if group.failed else ""
        yield f"{group.count:>9,} {_shown(group.text)}{before}"
        yield f"          {_shown(group.example)}"
    if len(groups) > SHOWN:
        yield f"          and {len(groups) - SHOWN:,} more reasons: --json has them all"


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    # Rounded down: 100 % are all of them.
    return f"{int(share * 100) / 100:>7.2f} %" if part < whole else f"{share:>7.0f} %"


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _shown(text: str) -> str:
    """For a terminal: what stands in a log may hold its control sequences, and octets that are no text."""
    clean = _UNPRINTABLE.sub("�", text)
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}…"
