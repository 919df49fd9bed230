"""What is installed, how large it is and how fast here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keepsight.detect.licences import licence_of
from keepsight.detect.model import ModelState
from keepsight.detect.registry import Registry
from keepsight.doctor import computed_from, pull_command
from keepsight.models.progress import size_text

COLUMNS = ("model", "version", "state", "runtime", "size", "confidence", "capabilities", "licence", "weights")


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the list; None where there is nothing to say."""

    model: str
    version: int
    private: bool
    state: str
    runtime: str | None
    file: str | None
    bytes: int | None
    confidence: float | None
    capabilities: tuple[str, ...]
    licence: str | None
    """Of the file that is installed, or of those that would be."""
    note: str | None
    """What is wrong with it, and what mends it."""
    milliseconds: float | None = None
    """Median time of one picture here; None when it was not measured."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row under `COLUMNS`."""
        return (
            self.model,
            f"v{self.version}" if self.version else "-",
            self.state,
            self.runtime or "-",
            "-" if self.bytes is None else size_text(self.bytes),
            "-" if self.confidence is None else f"{self.confidence:g}",
            " ".join(self.capabilities) or "-",
            self.licence or "-",
            " - ".join(text for text in (self.file, self.note) if text) or "-",
        )


def rows(registry: Registry, milliseconds: Mapping[str, float]) -> Iterator[Row]:
    """A row per model, in the order in which they are asked."""
    for state in registry.models:
        card = state.card
        yield Row(
            state.name,
            state.version,
            state.private,
            state.state,
            state.runtime,
            state.file,
            _size(state, registry),
            card.confidence if card else None,
            registry.model(state.exact).capabilities if card else (),
            licence_of(card, state.file) if card else None,
            _note(state),
            milliseconds.get(state.exact),
        )


def _note(state: ModelState) -> str | None:
    """What it is computed from if it has no weights, what is wrong, and what mends it."""
    kind = "starter" if state.starter else None
    wrong = "not the file that its card means" if state.recognised is False and not state.fault else None
    lacking = "bring your own" if state.state == "missing" else None
    refused = f"refused: {state.refused}" if state.refused else None
    return (
        "; ".join(
            filter(None, (kind, computed_from(state), refused or state.fault or wrong, pull_command(state) or lacking))
        )
        or None
    )


def _size(state: ModelState, registry: Registry) -> int | None:
    if state.file is None:
        return None
    try:
        return (registry.model(state.exact).folder / state.file).stat().st_size
    except OSError:  # removed since
        return None
