"""`upload`: from a request to an asset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Connection

from keepsight.api import looking
from keepsight.api.form import Body
from keepsight.api.library import Caller, Library
from keepsight.api.notifying import notify, purge
from keepsight.api.parsing import parsed, takes
from keepsight.api.resource import uploaded
from keepsight.api.upload import deriving
from keepsight.api.upload.bringing import ResourceType, brought
from keepsight.api.upload.chunks import Chunk, joined, receive
from keepsight.api.upload.naming import base_name, display_name_of, last_name_of, public_id_of
from keepsight.api.upload.parameters import UploadParameters
from keepsight.api.upload.presets import parameters_of
from keepsight.api.upload.source import Source, opened
from keepsight.api.urls import Urls
from keepsight.assets.catalogue import assets, named
from keepsight.assets.catalogue.asset import Asset, AssetName, Described
from keepsight.assets.catalogue.garbage import throw_away
from keepsight.assets.catalogue.named import UploadPreset
from keepsight.assets.catalogue.tokens import issue_token
from keepsight.assets.catalogue.uploads import end_upload
from keepsight.assets.publish import PARTS, store_bytes
from keepsight.errors import BadRequest

EAGER, UPLOAD = "eager", "upload"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was understood."""

    resource_type: ResourceType
    parameters: UploadParameters
    known: Mapping[str, str]
    """What `t_` may name."""
    caller: Caller
    upload_id: str | None = None
    """That of its parts, if it came in parts."""


def urls_for(library: Library, caller: Caller) -> Urls:
    """Addresses as this caller may ask for them."""
    public = library.settings.server.public_url
    return Urls(caller.base, library.settings.cloud.name, None if public is None else str(public))


def understood(
    library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any], upload_id: str | None = None
) -> Upload:
    """What an upload asks for, with its preset; nothing is changed yet. Raises BadRequest."""
    if resource_type not in ("image", "raw", "video", "auto"):
        raise BadRequest(f"Invalid resource type {resource_type[:40]!r} (expected image, raw or auto)")
    with library.database.read() as connection:
        preset = _preset(connection, values.get("upload_preset"))
    parameters = parameters_of(values, preset, signed=caller.signed)
    asked = _possible(library, caller, resource_type, parameters)
    return replace(asked, upload_id=upload_id)


@takes(UploadParameters)
def upload(library: Library, asked: Upload, body: Body, chunk: Chunk | None) -> Json:
    """Bring a file in. Raises RequestError."""
    if chunk is None or chunk.is_whole:  # no part of it is kept that could be completed
        with opened(body, library, asked.caller) as source:
            return _whole(library, replace(asked, upload_id=None), source)
    if body.file is None or body.file.filename is None:
        raise BadRequest("Missing required parameter - file")
    there = receive(library, chunk, body.file.path, body.file.bytes)
    if not there.complete:
        # The Python SDK sends the public id of this answer with the next part, and the folder again.
        name = last_name_of(asked.parameters, base_name(body.file.filename), raw=asked.resource_type == "raw")
        return {"done": False, "kind": "upload", "bytes": there.received, "public_id": name}
    with NamedTemporaryFile(dir=library.incoming, prefix="joined-") as file:
        for part in joined(library, there):
            file.write(part)
        file.flush()
        return _whole(library, asked, Source(Path(file.name), base_name(body.file.filename)))


def from_queue(library: Library, payload: Mapping[str, Any]) -> None:
    """An upload that was answered with `pending`; what is wrong with it, its webhook tells. Raises Unavailable."""
    parameters = parsed(UploadParameters, payload["values"] | {"async": False})
    with _stored(library, payload["key"], payload["filename"]) as source:
        try:
            asked = _possible(library, Caller(**payload["caller"]), payload["resource_type"], parameters)
            completed(library, asked, source)
        except BadRequest as error:
            answer = {"error": {"message": str(error)}, "batch_id": payload["batch_id"]}
            with library.database.write() as connection:
                notify(connection, library, parameters.notification_url, "error", answer)
    with library.database.write() as connection:
        throw_away(connection, [payload["key"]], datetime.now(UTC))


def eager_from_queue(library: Library, payload: Mapping[str, Any]) -> None:
    """Images of an asset that were answered with `processing`. Raises RequestError."""
    asset = deriving.asset_named(library, payload["asset_id"])
    if asset is None:  # deleted meanwhile
        return
    wanted = parsed(UploadParameters, {"eager": payload["eager"]})
    asked = _possible(library, Caller(**payload["caller"]), asset.name.resource_type, wanted)
    made = deriving.derive_all(library, asset, asked.parameters.eager, asked.known, urls_for(library, asked.caller))
    said = {"public_id": asset.name.public_id, "batch_id": payload["batch_id"], "eager": made}
    with library.database.write() as connection:
        notify(connection, library, payload["notification_url"], "eager", said)


def completed(library: Library, asked: Upload, source: Source) -> Json:
    """Bring a file in, look at it, place it, make what is wanted of it, and tell. Raises RequestError."""
    parameters = asked.parameters
    filename = parameters.filename_override or source.filename
    brings = brought(source, asked.resource_type, parameters, library, dict(asked.known))
    public_id = public_id_of(parameters, filename, raw=brings.resource_type == "raw")
    name = AssetName(brings.resource_type, parameters.type, public_id)
    seen = looking.NOTHING
    if brings.picture is not None:
        seen = looking.seen(parameters, brings.picture, library.analyst)
    described = seen.said_of(_described(parameters, name, filename))
    urls = urls_for(library, asked.caller)
    overwrite = asked.caller.signed if parameters.overwrite is None else parameters.overwrite
    with library.database.write() as connection:
        if asked.upload_id is not None and not end_upload(connection, asked.upload_id):
            raise BadRequest("Another request completed this upload already")
        if parameters.invalidate and (before := assets.find(connection, name)) is not None:
            purge(connection, library, [before], urls)
        placed = assets.place(connection, name, brings.held, described, overwrite=overwrite)
        if not placed.placed:
            throw_away(connection, [brings.held.key], datetime.now(UTC))
        token = issue_token(connection, placed.asset) if parameters.return_delete_token else None
    answer = uploaded(placed.asset, urls, library.credentials.secret, asked.caller.api_key)
    answer |= seen.told(placed.asset.described)
    if placed.placed and placed.before is not None:
        answer["overwritten"] = True
    if token is not None:
        answer["delete_token"] = token
    if not placed.placed:
        return answer | {"existing": True}
    return finished(library, asked, placed.asset, answer, "upload")


def finished(library: Library, asked: Upload, asset: Asset, answer: Json, kind: str) -> Json:
    """Make the images that are wanted, now or later, and note whom to tell; the whole answer."""
    parameters, urls = asked.parameters, urls_for(library, asked.caller)
    batch_id = parameters.batch_id or uuid4().hex
    if parameters.eager and not parameters.eager_async:
        answer |= {"eager": deriving.derive_all(library, asset, parameters.eager, asked.known, urls)}
    elif parameters.eager:
        answer |= {"eager": deriving.pending(asset, parameters.eager, urls, batch_id), "batch_id": batch_id}
    with library.database.write() as connection:
        if parameters.eager and parameters.eager_async:
            job = {
                "asset_id": asset.asset_id,
                "eager": [str(each) for each in parameters.eager],
                "batch_id": batch_id,
                "notification_url": parameters.eager_notification_url or parameters.notification_url,
                "caller": asdict(asked.caller),
            }
            library.jobs.add(connection, EAGER, job)
        notify(connection, library, parameters.notification_url, kind, answer)
    return answer


def _possible(library: Library, caller: Caller, resource_type: str, parameters: UploadParameters) -> Upload:
    """See that there is everything that it takes. Raises BadRequest."""
    with library.database.read() as connection:
        known = deriving.names(connection, library.settings.transformations)
    looking.check(parameters, library.analyst)
    deriving.check(parameters.eager, library, known)
    return Upload(cast("ResourceType", resource_type), parameters, known, caller)


def _whole(library: Library, asked: Upload, source: Source) -> Json:
    parameters = asked.parameters
    if not parameters.in_background:
        return completed(library, asked, source)
    batch_id = parameters.batch_id or uuid4().hex
    stored = store_bytes(library.store, PARTS, source.read())
    # Chosen now: a job that is done twice must not make two assets.
    name = last_name_of(parameters, parameters.filename_override or source.filename, raw=asked.resource_type == "raw")
    values = parameters.model_dump(mode="json", by_alias=True, exclude_unset=True)
    job = {
        "resource_type": asked.resource_type,
        "batch_id": batch_id,
        "values": values | {"eager": [str(each) for each in parameters.eager], "public_id": name},
        "key": stored.key,
        "filename": source.filename,
        "caller": asdict(asked.caller),
    }
    with library.database.write() as connection:
        if asked.upload_id is not None:
            end_upload(connection, asked.upload_id)
        library.jobs.add(connection, UPLOAD, job)
    pending = {"status": "pending", "batch_id": batch_id, "public_id": name}
    return pending | {"type": parameters.type, "resource_type": asked.resource_type}


def _described(parameters: UploadParameters, name: AssetName, filename: str) -> Described:
    folder = name.folder if parameters.asset_folder is None else parameters.asset_folder
    return Described(
        asset_folder=folder,
        display_name=display_name_of(parameters, name.public_id, filename),
        tags=parameters.tags,
        context=parameters.context,
        metadata=parameters.metadata,
        custom_coordinates=parameters.custom_coordinates,
        face_coordinates=parameters.face_coordinates,
        access_mode=parameters.access_mode,
    )


def _preset(connection: Connection, name: Any) -> UploadPreset | None:
    if not name:
        return None
    found = named.preset(connection, str(name))
    if found is None:
        raise BadRequest(f"Upload preset not found: {str(name)[:80]}")
    return found


@contextmanager
def _stored(library: Library, key: str, filename: str) -> Iterator[Source]:
    with NamedTemporaryFile(dir=library.incoming, prefix="queued-") as file:
        for part in library.store.stream(key):
            file.write(part)
        file.flush()
        yield Source(Path(file.name), filename)
