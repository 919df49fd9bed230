"""What has a name of its own: transformations that URLs name, and presets of uploads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keepsight.assets.catalogue.asset import LONGEST_NAME, check_text
from keepsight.assets.catalogue.tables import presets, transformations
from keepsight.errors import AlreadyExists, BadRequest, NotFound


@dataclass(frozen=True, slots=True)
class NamedTransformation:
    """`t_<name>` stands for `transformation`."""

    name: str
    transformation: str
    allowed_for_strict: bool = True
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class UploadPreset:
    """Parameters of an upload by one name."""

    name: str
    settings: Mapping[str, Any]
    unsigned: bool = False
    """Whether it may be used without a signature."""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Names:
    """Every transformation that a catalogue keeps, at one moment; two are equal when nothing has changed between."""

    known: dict[str, str] = field(default_factory=dict)
    """What each name stands for."""
    allowed: frozenset[str] = frozenset()
    """Texts of transformations that strict mode lets through unsigned: `t_badge`, `c_scale,w_100`."""


def names(connection: Connection) -> Names:
    """All there are."""
    table = transformations.c
    rows = connection.execute(select(table.name, table.transformation, table.allowed_for_strict)).all()
    allowed = [row.name for row in rows if row.allowed_for_strict]
    return Names({row.name: row.transformation for row in rows}, frozenset([*allowed, *(f"t_{n}" for n in allowed)]))


def transformation(connection: Connection, name: str) -> NamedTransformation | None:
    """The one of that name."""
    row = connection.execute(select(transformations).where(transformations.c.name == name)).one_or_none()
    return NamedTransformation(**row._mapping) if row is not None else None


def list_transformations(connection: Connection, most: int, after: str = "") -> tuple[NamedTransformation, ...]:
    """By name; `after` is the last one of the page before."""
    query = select(transformations).where(transformations.c.name > after).order_by(transformations.c.name).limit(most)
    return tuple(NamedTransformation(**row._mapping) for row in connection.execute(query))


def make_transformation(connection: Connection, new: NamedTransformation) -> None:
    """Add it. Raises AlreadyExists, BadRequest."""
    _check(new.name)
    row = {name: getattr(new, name) for name in transformations.c.keys()}  # noqa: SIM118 - columns are no mapping
    _insert(connection, insert(transformations).values(row), f"Transformation {new.name} already exists")


def change_transformation(
    connection: Connection, name: str, *, transformation: str | None = None, allowed_for_strict: bool | None = None
) -> None:
    """Let the name stand for another one, or allow it otherwise. Raises NotFound."""
    said = {"transformation": transformation, "allowed_for_strict": allowed_for_strict}
    columns = {key: value for key, value in said.items() if value is not None} | {"updated_at": datetime.now(UTC)}
    changed = update(transformations).where(transformations.c.name == name).values(columns)
    if connection.execute(changed).rowcount == 0:
        raise NotFound(f"Transformation not found: {name}")


def delete_transformation(connection: Connection, name: str) -> None:
    """Take it away. Raises NotFound."""
    if connection.execute(delete(transformations).where(transformations.c.name == name)).rowcount == 0:
        raise NotFound(f"Transformation not found: {name}")


def preset(connection: Connection, name: str) -> UploadPreset | None:
    """The one of that name."""
    row = connection.execute(select(presets).where(presets.c.name == name)).one_or_none()
    return UploadPreset(**row._mapping) if row is not None else None


def list_presets(connection: Connection, most: int, after: str = "") -> tuple[UploadPreset, ...]:
    """By name; `after` is the last one of the page before."""
    query = select(presets).where(presets.c.name > after).order_by(presets.c.name).limit(most)
    return tuple(UploadPreset(**row._mapping) for row in connection.execute(query))


def make_preset(connection: Connection, new: UploadPreset) -> None:
    """Add it. Raises AlreadyExists, BadRequest."""
    _check(new.name)
    row = {"name": new.name, "unsigned": new.unsigned, "settings": dict(new.settings), "created_at": new.created_at}
    _insert(connection, insert(presets).values(row), f"Upload preset {new.name} already exists")


def change_preset(
    connection: Connection, name: str, settings: Mapping[str, Any], *, unsigned: bool | None = None
) -> None:
    """Give it other settings. Raises NotFound."""
    columns = {"settings": dict(settings)} | ({} if unsigned is None else {"unsigned": unsigned})
    if connection.execute(update(presets).where(presets.c.name == name).values(columns)).rowcount == 0:
        raise NotFound(f"Can't find upload preset with name {name}")


def delete_preset(connection: Connection, name: str) -> None:
    """Take it away. Raises NotFound."""
    if connection.execute(delete(presets).where(presets.c.name == name)).rowcount == 0:
        raise NotFound(f"Can't find upload preset with name {name}")


def _check(name: str) -> None:
    check_text("name", name)
    if not name or len(name) > LONGEST_NAME:
        raise BadRequest(f"name: expected 1 to {LONGEST_NAME} characters")


def _insert(connection: Connection, statement: Any, fault: str) -> None:
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError:
        raise AlreadyExists(fault) from None
