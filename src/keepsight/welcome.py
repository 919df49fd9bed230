"""What `serve` says on the terminal: where to look, what to open, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from keepsight.detect.registry import Registry
from keepsight.examples import Example
from keepsight.program import command
from keepsight.settings import Settings

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a browser can open instead
_FIRST = ("coco", "faces")
"""The models that a newcomer misses first."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The lines of one server, which can be pasted as they stand."""

    settings: Settings
    registry: Registry
    port: int
    """At which it listens."""
    config: Path | None = None
    """The file of settings that was named on the command line."""

    def address(self) -> str:
        """The first line: the address of the studio, or else that of the pictures."""
        if self.settings.studio_open:
            return f"Crop with the mouse: {self._base}/studio"
        return f"Pictures: {self._base}/{self.settings.cloud.name}/image/upload/<transformation>/<public id>"

    def rest(self, examples: Sequence[Example] | None) -> Iterator[str]:
        """Examples, what could be better, and the next command; None where nobody searched for examples."""
        for each in examples or ():
            yield f"  {self._base}{each.path}"
            yield f"      {each.public_id}: {each.says}"
        if examples is not None and not examples:
            yield f"No pictures in {self.settings.storage.media} yet: put some there, or name another folder."
        small = [state.name for state in self.registry.models if state.starter and not state.refused]
        refused = [state for state in self.registry.models if state.starter and state.refused]
        lacking = [name for name in _FIRST if self._lacks(name)]
        if small:
            yield f"Small networks that came along are in use: {', '.join(small)}"
        for state in refused:
            yield f"The small network that came along for {state.name} is refused: {state.refused}"
        if lacking:
            yield f"Official ones find more: {command('models', 'pull', *lacking)}"
        yield f"Next: {self._next(examples)}"

    def _next(self, examples: Sequence[Example] | None) -> str:
        """Why a crop is as it is, or where there is none, what is wrong."""
        given = () if self.config is None else ("--config", str(self.config))
        media = ("--media", str(self.settings.storage.media))
        if not examples:
            return command("doctor", *media, *given)
        return command("explain", self._base + examples[0].path, *media, *given, "--out", "why.png")

    def _lacks(self, name: str) -> bool:
        try:
            return not self.registry.is_installed(name) and not self.registry.default(name).refused
        except KeyError:
            return False

    @property
    def _base(self) -> str:
        host = _ANYWHERE.get(self.settings.server.host, self.settings.server.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
