"""Transformations: those with a name (`t_badge`), and those that strict mode allows."""

from __future__ import annotations

import re

from keepsight.api.admin.call import Call, Json, Paged, after, cursor_after
from keepsight.api.parsing import Parameters, takes
from keepsight.api.upload import deriving
from keepsight.api.upload.eager import read_eager
from keepsight.api.values import Boolean
from keepsight.assets.catalogue import derived
from keepsight.assets.catalogue import named as stored
from keepsight.assets.catalogue.named import NamedTransformation
from keepsight.errors import BadRequest, NotFound

_NAME = re.compile(r"[\w-]([\w -]{0,98}[\w-])?", re.ASCII)
"""As settings have it: what a URL can ask for after `t_`."""


class _List(Paged):
    transformation: str | None = None
    named: Boolean | None = None


class _Create(Parameters):
    name: str
    transformation: str
    allowed_for_strict: Boolean = True


class _Update(Parameters):
    transformation: str
    allowed_for_strict: Boolean | None = None
    unsafe_update: str | None = None


class _Delete(Parameters):
    transformation: str
    invalidate: Boolean = False


@takes(_List)
def transformations(call: Call) -> Json:
    """A page of them, or the details of the one that `transformation` names."""
    asked = call.read(_List)
    if asked.transformation is not None:
        return _details(call, asked.transformation)
    most = asked.max_results
    with call.library.database.read() as connection:
        question = ("transformations", asked.named)
        last = after(connection, question, asked.next_cursor)
        found = stored.list_transformations(connection, most + 1, last)
        more = cursor_after(connection, question, [each.name for each in found], most)
    shown = [each for each in found[:most] if asked.named is None or _is_named(each) == asked.named]
    return {"transformations": [_listed(each) for each in shown]} | more


@takes(_Create)
def create(call: Call) -> Json:
    """Give a transformation a name. Raises BadRequest, AlreadyExists."""
    asked = call.read(_Create)
    name = asked.name.removeprefix("t_")
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"Invalid name {asked.name[:80]!r} (expected letters, digits, -, _ and spaces inside, at most 100)"
        )
    _check(call, asked.transformation)
    with call.library.database.write() as connection:
        new = NamedTransformation(name, asked.transformation, asked.allowed_for_strict)
        stored.make_transformation(connection, new)
    return {"message": "created"}


@takes(_Update)
def update(call: Call) -> Json:
    """Let a name stand for another transformation, or allow one for strict mode. Raises NotFound, BadRequest."""
    asked = call.read(_Update)
    name = _key(asked.transformation)
    if asked.unsafe_update is not None:
        _check(call, asked.unsafe_update)
    with call.library.database.write() as connection:
        there = stored.transformation(connection, name)
        if there is None and name == asked.transformation and not _NAME.fullmatch(name):
            if asked.unsafe_update is not None:
                raise BadRequest("unsafe_update goes with the name of a transformation")
            _check(call, name)
            new = NamedTransformation(name, name, bool(asked.allowed_for_strict))
            stored.make_transformation(connection, new)
        else:
            stored.change_transformation(
                connection, name, transformation=asked.unsafe_update, allowed_for_strict=asked.allowed_for_strict
            )
    return {"message": "updated"}


@takes(_Delete)
def delete(call: Call) -> Json:
    """Take a name away, and everything that was made by it. Raises NotFound."""
    asked = call.read(_Delete)
    name = _key(asked.transformation)
    with call.library.database.write() as connection:
        gone = derived.delete_of_transformation(connection, asked.transformation)
        gone |= derived.delete_of_transformation(connection, f"t_{name}")
        if stored.transformation(connection, name) is not None:
            stored.delete_transformation(connection, name)
        elif not gone:
            raise NotFound(f"Transformation not found: {asked.transformation[:200]}")
    return {"message": "deleted"}


def _details(call: Call, text: str) -> Json:
    with call.library.database.read() as connection:
        found = stored.transformation(connection, _key(text))
    if found is None:
        raise NotFound(f"Transformation not found: {text[:200]}")
    components = [dict(pair.partition("_")[::2] for pair in c.split(",")) for c in found.transformation.split("/")]
    return _listed(found) | {"info": components, "transformation": found.transformation, "derived": []}


def _listed(each: NamedTransformation) -> Json:
    name = f"t_{each.name}" if _is_named(each) else each.name
    return {"name": name, "allowed_for_strict": bool(each.allowed_for_strict), "used": True, "named": _is_named(each)}


def _is_named(each: NamedTransformation) -> bool:
    return _NAME.fullmatch(each.name) is not None


def _key(text: str) -> str:
    """Names go with or without `t_`; what is no name stands for itself."""
    name = text.removeprefix("t_")
    return name if _NAME.fullmatch(name) else text


def _check(call: Call, text: str) -> None:
    if len(text) > 4_000:
        raise BadRequest("transformation is too long (expected at most 4000 characters)")
    eager = read_eager(text)
    if len(eager) != 1:
        raise BadRequest(f"Invalid transformation {text[:80]!r} (expected one)")
    with call.library.database.read() as connection:
        known = deriving.names(connection, call.library.settings.transformations)
    deriving.check(eager, call.library, known)
