"""Folders, named transformations and upload presets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from keepsight.api.admin.presets import read_settings
from keepsight.assets.catalogue import folders, named
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.named import NamedTransformation, UploadPreset
from keepsight.errors import BadRequest, NotFound
from keepsight.importer.client import AdminClient
from keepsight.importer.report import Outcome, Report
from keepsight.importer.source import Filter, folder_paths, presets, transformations
from keepsight.importer.transformation_text import transformation_text
from keepsight.transformation.build import build_plan

_TEXTS = ("transformation", "eager")
"""Settings of presets that hold transformations."""


class Definitions:
    """Where they go: the catalogue, which a dry run only reads."""

    def __init__(self, database: Database | None, *, dry_run: bool) -> None:
        """`database` None: there is none yet, and this is a dry run."""
        self._database, self._dry_run = database, dry_run

    def folder(self, path: str) -> Outcome:
        """Make a folder. Raises BadRequest, Unavailable."""

        def there(connection: Connection) -> Outcome:
            try:
                folders.subfolders(connection, path, 1)
            except NotFound:
                return "new"
            return "unchanged"

        return self._put(there, lambda connection, _: folders.make_folder(connection, path))

    def transformation(self, new: NamedTransformation) -> Outcome:
        """Let a name stand for a transformation. Raises BadRequest, Unavailable."""

        def there(connection: Connection) -> Outcome:
            found = named.transformation(connection, new.name)
            if found is None:
                return "new"
            same = (found.transformation, found.allowed_for_strict) == (new.transformation, new.allowed_for_strict)
            return "unchanged" if same else "changed"

        def make(connection: Connection, outcome: Outcome) -> None:
            if outcome == "new":
                named.make_transformation(connection, new)
            else:
                text, allowed = new.transformation, new.allowed_for_strict
                named.change_transformation(connection, new.name, transformation=text, allowed_for_strict=allowed)

        return self._put(there, make)

    def preset(self, new: UploadPreset) -> Outcome:
        """Keep an upload preset. Raises BadRequest, Unavailable."""

        def there(connection: Connection) -> Outcome:
            found = named.preset(connection, new.name)
            if found is None:
                return "new"
            same = (found.settings, bool(found.unsigned)) == (_as_stored(new.settings), new.unsigned)
            return "unchanged" if same else "changed"

        def make(connection: Connection, outcome: Outcome) -> None:
            if outcome == "new":
                named.make_preset(connection, new)
            else:
                named.change_preset(connection, new.name, new.settings, unsigned=new.unsigned)

        return self._put(there, make)

    def _put(self, there: Callable[[Connection], Outcome], make: Callable[[Connection, Outcome], object]) -> Outcome:
        if self._database is None:
            return "new"
        with self._database.read() if self._dry_run else self._database.write() as connection:
            outcome = there(connection)
            if outcome != "unchanged" and not self._dry_run:
                make(connection, outcome)
        return outcome


def bring_folders(client: AdminClient, target: Definitions, report: Report, wanted: Filter) -> None:
    """Every folder, empty ones too. Raises as `AdminClient.get`."""
    for path in folder_paths(client):
        if not f"{path}/".startswith(wanted.prefix) and not wanted.prefix.startswith(f"{path}/"):
            continue
        try:
            report.count("folders", target.folder(path))
        except BadRequest as error:
            report.skip("folder", path, str(error))


def bring_transformations(client: AdminClient, target: Definitions, report: Report, known: dict[str, str]) -> None:
    """Those with a name; `known` are those of the settings, which they may name. Raises as `AdminClient.get`.

    One that this server could not run is left out: its URLs are refused as those of an unknown name are.
    """
    found: dict[str, NamedTransformation] = {}
    for each in transformations(client):
        name = each["name"].removeprefix("t_")
        try:
            text = transformation_text(each.get("transformation") if _is_text(each) else each.get("info"))
        except ValueError as error:
            report.skip("transformation", name, str(error))
            continue
        found[name] = NamedTransformation(name, text, bool(each.get("allowed_for_strict")))
    names = known | {name: new.transformation for name, new in found.items()}
    for name, new in found.items():
        try:
            build_plan([f"t_{name}"], named=names)
            report.count("transformations", target.transformation(new))
        except BadRequest as error:
            report.skip("transformation", name, str(error))


def bring_presets(client: AdminClient, target: Definitions, report: Report) -> None:
    """Upload presets. Raises as `AdminClient.get`.

    One with a setting that this server does not offer is left out as a whole: without a restriction that it makes, it
    would let in what it was made to keep out.
    """
    for each in presets(client):
        name = str(each.get("name"))
        settings = each.get("settings")
        try:
            given = _settings(settings if isinstance(settings, dict) else {})
            read, kept = read_settings(given | {"unsigned": bool(each.get("unsigned"))})
            report.count("presets", target.preset(UploadPreset(name, kept, read.unsigned)))
        except (BadRequest, ValueError) as error:
            report.skip("preset", name, str(error))


def _as_stored(settings: Mapping[str, Any]) -> Any:
    """As a catalogue gives them back: tuples are lists there."""
    return json.loads(json.dumps(dict(settings)))


def _is_text(each: dict[str, Any]) -> bool:
    """Whether the answer has the text itself, as this server's answers do beside `info`."""
    return isinstance(each.get("transformation"), str) and bool(each["transformation"])


def _settings(settings: dict[str, Any]) -> dict[str, Any]:
    """With transformations as texts. Raises ValueError."""
    given = {name: value for name, value in settings.items() if value is not None}
    for name in _TEXTS:
        value = given.get(name)
        if isinstance(value, dict | list):
            several = value if name == "eager" and isinstance(value, list) else [value]
            given[name] = "|".join(_eager(each) for each in several)
    return given


def _eager(value: Any) -> str:
    """One transformation, with the format that it is asked for in at its end."""
    if isinstance(value, dict) and "transformation" in value and not isinstance(value["transformation"], str):
        text = transformation_text(value["transformation"])
        return f"{text}/{value['format']}" if value.get("format") else text
    return transformation_text(value)
