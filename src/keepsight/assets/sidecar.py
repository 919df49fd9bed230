"""Coordinates from a file beside the original: `tom.jpg` has its own in `tom.jpg.keepsight.toml`.

    custom = [[120, 80, 300, 300]]
    faces = [[150, 90, 60, 60], [260, 100, 55, 55]]

Boxes are x, y, width, height in pixels of the upright original.
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepsight.assets.coordinates import NONE, Coordinates

SUFFIX = ".keepsight.toml"
"""Added to the whole name of the original."""
_MOST_BYTES = 65_536
"""Some 3,000 boxes: whoever writes more means another file."""

SidecarStamp = tuple[int, int, int, int]
"""Inode, size, times of the last change to the content and to the file itself in nanoseconds: a file that was moved
away and back, or became readable, is another one too."""

_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Side = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
_Boxes = tuple[tuple[_Number, _Number, _Side, _Side], ...]


class _Sidecar(BaseModel):
    """The file; an unknown name in it is an error, since a misspelt one would be ignored in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    custom: _Boxes = ()
    faces: _Boxes = ()


def sidecar_of(original: Path) -> Path:
    """Where the coordinates of an original would be."""
    return original.with_name(original.name + SUFFIX)


def sidecar_stamp(original: Path) -> SidecarStamp | None:
    """The stamp of the coordinates file of an original, None without one. One look at the disk: hits ask, too."""
    try:
        status = os.stat(f"{original}{SUFFIX}")  # noqa: PTH116 - a third of the time of making a path first
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_sidecar_current(original: Path, stamp: SidecarStamp | None) -> bool:
    """Whether the coordinates file of an original still has this stamp; None: there is still none."""
    if stamp is None:  # nearly always; half the time of making an exception
        return not os.access(f"{original}{SUFFIX}", os.F_OK)
    return sidecar_stamp(original) == stamp


def read_sidecar(path: Path) -> Coordinates:
    """What the file says. Never raises: what is wrong with it is in `faults`, without a path of this host."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its writer
            return _broken("it is no file")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            return _broken(f"it is too large; expected at most {_MOST_BYTES} bytes")
        sidecar = _Sidecar.model_validate(tomllib.loads(content.decode("utf-8")))
    except FileNotFoundError:  # it went away since it was found
        return NONE
    except OSError as error:
        return _broken(f"it cannot be read ({error.strerror})")
    except ValidationError as error:
        return Coordinates(faults=tuple(_fault(e["loc"], e["type"], e["msg"]) for e in error.errors()))
    except (ValueError, RecursionError, OverflowError) as error:  # also what a malicious file makes tomllib raise
        return _broken(f"it is no TOML ({error})")
    return Coordinates(sidecar.custom, sidecar.faces)


def _broken(fault: str) -> Coordinates:
    return Coordinates(faults=(fault,))


def _fault(place: tuple[int | str, ...], kind: str, message: str) -> str:
    """`faces[0] width: input should be …`: the words of the file, not those of its validation."""
    name, *inside = place
    if kind == "extra_forbidden":
        return f"{name}: no such entry (expected custom or faces)"
    if not inside:
        return f"{name}: expected a list of boxes [x, y, width, height]"
    if kind in {"tuple_type", "too_long", "missing"}:
        return f"{name}[{inside[0]}]: expected [x, y, width, height]"
    side = ("x", "y", "width", "height")[int(inside[1])]
    return f"{name}[{inside[0]}] {side}: {message[0].lower()}{message[1:]}"
