"""Folders of assets: those that were made, and those that assets are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, false, func, not_, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from keepsight.assets.catalogue.asset import LONGEST_NAME, check_text
from keepsight.assets.catalogue.query import And, Everything, How, Match, Not, Or, Query
from keepsight.assets.catalogue.tables import assets, folders
from keepsight.errors import BadRequest, NotFound


@dataclass(frozen=True, slots=True)
class Folder:
    """One row."""

    path: str
    parent: str
    """"" at the top."""
    external_id: str
    created_at: datetime

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def ensure_folder(connection: Connection, path: str, now: datetime) -> None:
    """See that it and those above it are there."""
    if not path:
        return
    above = [path[:at] for at, character in enumerate(path) if character == "/"] + [path]
    rows = [{"path": p, "parent": p.rpartition("/")[0], "external_id": uuid4().hex, "created_at": now} for p in above]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(folders).on_conflict_do_nothing(), rows)


def make_folder(connection: Connection, path: str) -> Folder:
    """Make it and those above it; one that is there stays. Raises BadRequest for a path that is none."""
    check_text("folder", path)
    parts = path.split("/")
    if len(path) > LONGEST_NAME or any(part in {"", ".", ".."} for part in parts):
        raise BadRequest(f"folder: expected names joined by /, at most {LONGEST_NAME} characters")
    ensure_folder(connection, path, datetime.now(UTC))
    return _folder_of(connection.execute(select(folders).where(folders.c.path == path)).one())


def subfolders(connection: Connection, parent: str = "", most: int = 500, after: str = "") -> tuple[Folder, ...]:
    """The folders right below one, by path; of "" those at the top. `after`: the last path of the page before.

    Raises NotFound when there is no such parent.
    """
    if parent and connection.scalar(select(folders.c.path).where(folders.c.path == parent)) is None:
        raise NotFound(f"Can't find folder with path {parent}")
    query = select(folders).where(folders.c.parent == parent, folders.c.path > after)
    return tuple(map(_folder_of, connection.execute(query.order_by(folders.c.path).limit(most))))


def search_folders(connection: Connection, query: Query, most: int, after: str = "") -> tuple[tuple[Folder, ...], int]:
    """A page of the folders that agree with a query on `path` or `name`, by path, and how many there are in all."""
    condition = _condition(query)
    total = connection.scalar(select(func.count()).select_from(folders).where(condition)) or 0
    page = select(folders).where(condition, folders.c.path > after).order_by(folders.c.path).limit(most)
    return tuple(map(_folder_of, connection.execute(page))), total


def delete_folder(connection: Connection, path: str) -> tuple[str, ...]:
    """Take away a folder and those below it; the paths that are gone.

    Raises NotFound, and BadRequest while an asset is in one of them.
    """
    inside = _inside(folders.c.path, path)
    gone = tuple(connection.scalars(select(folders.c.path).where(inside).order_by(folders.c.path)))
    if path not in gone:
        raise NotFound(f"Can't find folder with path {path}")
    if connection.scalar(select(assets.c.id).where(_inside(assets.c.asset_folder, path)).limit(1)) is not None:
        raise BadRequest(f"Folder is not empty: {path}")
    connection.execute(delete(folders).where(inside))
    return gone


def _inside(column: ColumnElement[str], path: str) -> ColumnElement[bool]:
    # "0" is the character after "/": all that begin with the path and a slash, by the index.
    return or_(column == path, and_(column >= f"{path}/", column < f"{path}0"))


def _condition(query: Query) -> ColumnElement[bool]:
    match query:
        case Everything():
            return true()
        case And(parts):
            return and_(true(), *map(_condition, parts))
        case Or(parts):
            return or_(false(), *map(_condition, parts))
        case Not(part):
            return not_(_condition(part))
        case Match(field, value, how) if field in {None, "path", "name"}:
            return or_(false(), *(_agrees(name, value, how) for name in ("path", "name") if field in {None, name}))
    return false()


def _agrees(field: str, value: str, how: How) -> ColumnElement[bool]:
    path, last = folders.c.path, "/" + value
    if how is How.PREFIX and field == "path":
        return and_(path >= value, path < value + "\U0010ffff")
    start = path.startswith(value, autoescape=True)
    if how is How.PREFIX:  # of the name: no slash after the one before it
        whole = func.replace(path, folders.c.parent + "/", "")
        return or_(and_(folders.c.parent == "", start), whole.startswith(value, autoescape=True))
    if field == "path":
        return path == value
    return or_(path == value, and_(path.endswith(last, autoescape=True), folders.c.parent + last == path))


def _folder_of(row: Row[Any]) -> Folder:
    return Folder(**row._mapping)
