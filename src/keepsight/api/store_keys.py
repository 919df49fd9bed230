"""Names of stored bytes: one for every upload and every derived image, never used twice."""

from __future__ import annotations

from typing import Literal
from uuid import uuid4

Room = Literal["originals", "derived", "parts"]


def new_key(room: Room) -> str:
    """A key that nobody has; spread over folders, so that none grows without end."""
    name = uuid4().hex
    return f"{room}/{name[:2]}/{name}"
