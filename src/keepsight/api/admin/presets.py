"""Upload presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from keepsight.api import looking
from keepsight.api.admin.call import Call, Json, Paged, after, cursor_after
from keepsight.api.parsing import Parameters, parsed, takes
from keepsight.api.upload import deriving
from keepsight.api.upload.parameters import PresetParameters
from keepsight.api.upload.presets import NO_PARAMETERS
from keepsight.api.values import metadata, pairs, words
from keepsight.assets.catalogue import named as stored
from keepsight.assets.catalogue.named import UploadPreset
from keepsight.errors import NotFound

_AS_VALUES: Mapping[str, Callable[[Any], Any]] = {"tags": words, "context": pairs, "metadata": metadata}
_NO_SETTINGS = ("name", "unsigned")


class _Named(Parameters):
    max_results: int | None = None


class _Create(PresetParameters):
    name: str | None = None


class _Nothing(Parameters):
    pass


@takes(Paged)
def list_presets(call: Call) -> Json:
    """A page of them, by name."""
    asked = call.read(Paged)
    most = asked.max_results
    with call.library.database.read() as connection:
        last = after(connection, "presets", asked.next_cursor)
        found = stored.list_presets(connection, most + 1, last)
        more = cursor_after(connection, "presets", [preset.name for preset in found], most)
    return {"presets": [_shown(preset) for preset in found[:most]]} | more


@takes(_Named)
def preset(call: Call) -> Json:
    """One of them. Raises NotFound."""
    call.read(_Named)
    with call.library.database.read() as connection:
        found = stored.preset(connection, call.path["name"])
    if found is None:
        raise NotFound(f"Can't find upload preset with name {call.path['name'][:80]}")
    return _shown(found)


@takes(_Create)
def create(call: Call) -> Json:
    """Make one; without a name it gets one. Raises AlreadyExists, BadRequest."""
    name = str(call.values.get("name") or uuid4().hex[:8])
    settings, unsigned = _settings(call)
    with call.library.database.write() as connection:
        stored.make_preset(connection, UploadPreset(name, settings, unsigned))
    return {"message": "created", "name": name}


@takes(PresetParameters)
def update(call: Call) -> Json:
    """Give one other settings: what is not given is no longer set. Raises NotFound, BadRequest."""
    settings, unsigned = _settings(call)
    with call.library.database.write() as connection:
        stored.change_preset(connection, call.path["name"], settings, unsigned=unsigned)
    return {"message": "updated"}


@takes(_Nothing)
def delete(call: Call) -> Json:
    """Take one away. Raises NotFound."""
    call.read(_Nothing)
    with call.library.database.write() as connection:
        stored.delete_preset(connection, call.path["name"])
    return {"message": "deleted"}


def _settings(call: Call) -> tuple[Mapping[str, Any], bool]:
    """What was given, once it is seen to be parameters of an upload, and whether it needs a signature."""
    read, kept = read_settings(call.values)
    looking.check(read, call.library.analyst)
    with call.library.database.read() as connection:
        known = deriving.names(connection, call.library.settings.transformations)
    deriving.check(read.eager, call.library, known)
    return kept, read.unsigned


def read_settings(values: Mapping[str, Any]) -> tuple[PresetParameters, Mapping[str, Any]]:
    """The parameters of a preset, and its settings as they are kept. Raises BadRequest."""
    given = {name: value for name, value in values.items() if name not in NO_PARAMETERS and value != ""}
    given.pop("name", None)
    read = parsed(PresetParameters, given)
    return read, {name: _kept(read, name, value) for name, value in given.items() if name not in _NO_SETTINGS}


def _kept(read: PresetParameters, name: str, value: Any) -> Any:
    """As values where lists and pairs are told back, else as it was given."""
    meant = getattr(read, name, None)
    return _AS_VALUES[name](value) if name in _AS_VALUES else meant if isinstance(meant, bool) else value


def _shown(found: UploadPreset) -> Json:
    return {"name": found.name, "unsigned": bool(found.unsigned), "settings": dict(found.settings)}
