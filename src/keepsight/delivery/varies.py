"""Which request headers have a say in the answer to a URL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from keepsight.errors import RequestError
from keepsight.transformation.hints import DPR_HEADERS, WIDTH_HEADERS, Hints
from keepsight.transformation.plan import Plan

_DPR = frozenset(name.lower() for name in DPR_HEADERS)
_WIDTH = frozenset(name.lower() for name in WIDTH_HEADERS)


@contextmanager
def varying(plan: Plan) -> Iterator[None]:
    """Within it, every error carries the request headers that had a say in the plan: a cache must know of them."""
    try:
        yield
    except RequestError as error:
        error.vary = headers_of(plan)
        raise


def headers_of(plan: Plan) -> tuple[str, ...]:
    """Names of the request headers that have a say in the answers to a plan."""
    return (*plan.vary, *("accept",) * plan.negotiates)


Variant = bytes | tuple[bytes, Fraction | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Varies:
    """What an answer was negotiated by. It follows from the path alone: all answers to one vary on the same."""

    accept: bool = False
    dpr: bool = False
    width: bool = False

    @classmethod
    def on(cls, names: Iterable[str]) -> Varies:
        """From names of headers, in any case."""
        lower = {name.lower() for name in names}
        return cls("accept" in lower, not _DPR.isdisjoint(lower), not _WIDTH.isdisjoint(lower))

    def __bool__(self) -> bool:
        return self.accept or self.dpr or self.width

    @property
    def hinted(self) -> bool:
        """Whether client hints had a say."""
        return self.dpr or self.width

    @property
    def header(self) -> bytes:
        """The value of `Vary`."""
        names = (*("Accept",) * self.accept, *DPR_HEADERS * self.dpr, *WIDTH_HEADERS * self.width)
        return ", ".join(names).encode()

    def variant(self, formats: bytes, hints: Hints) -> Variant:
        """The client as far as it has a say: whoever has the same variant gets the same answer.

        Plain values, since every hit on such a URL makes and hashes one.
        """
        if not self.hinted:
            return formats if self.accept else b""
        return (
            formats if self.accept else b"",
            hints.dpr if self.dpr else None,
            hints.width if self.width else None,
            hints.viewport_width if self.width else None,
        )
