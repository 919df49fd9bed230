"""What is to be made ahead: `c_fill,w_200/e_sepia|c_pad,w_300/jpg`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keepsight.pixels.formats import EXTENSIONS

MOST = 100


@dataclass(frozen=True, slots=True)
class Eager:
    """One derived image."""

    transformation: str
    """Components joined by `/`, as they stand in a URL, escapes undone."""
    extension: str | None = None
    """That of the URL it will be asked for with; None: whichever."""

    @property
    def components(self) -> tuple[str, ...]:
        """Of the transformation."""
        return tuple(self.transformation.split("/"))

    def __str__(self) -> str:
        return self.transformation if self.extension is None else f"{self.transformation}/{self.extension}"


def read_eager(value: Any) -> tuple[Eager, ...]:
    """A list joined by `|`. Raises ValueError."""
    texts = value if isinstance(value, list | tuple) else str(value).split("|")
    found = tuple(dict.fromkeys(_one(str(text).strip()) for text in texts if str(text).strip()))
    if len(found) > MOST:
        raise ValueError(f"expected at most {MOST} transformations")
    return found


def _one(text: str) -> Eager:
    """The last part is an extension when it is one; after a closing slash there is none: the original's format."""
    head, slash, last = text.rpartition("/")
    if slash and last.lower() in EXTENSIONS:
        return Eager(head, last.lower())
    if slash and not last:
        return Eager(head, "")
    return Eager(text)
