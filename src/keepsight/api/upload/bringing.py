"""Bringing a file in: what it is, what it becomes, and where its bytes go."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keepsight.api.library import Ingredients, Library
from keepsight.api.looking import Original, original_of
from keepsight.api.upload.naming import stem
from keepsight.api.upload.parameters import UploadParameters
from keepsight.api.upload.source import Source
from keepsight.assets.catalogue.asset import Bytes
from keepsight.assets.coordinates import Coordinates
from keepsight.assets.publish import ORIGINALS, store_bytes
from keepsight.errors import BadImage, BadRequest
from keepsight.pixels.formats import EXTENSIONS, Format

ResourceType = Literal["image", "video", "raw", "auto"]
_NAMES = {Format.JPEG: "jpg"}
"""What a format is called in answers and URLs."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that is in the store and not yet an asset."""

    resource_type: str
    held: Bytes
    picture: Original | None
    """None for what is no picture."""


def format_name(format_: Format | str) -> str:
    """As `format` of an answer: jpg, png, …"""
    return _NAMES.get(Format(format_), str(format_))


def identified(source: Source, resource_type: ResourceType, library: Library) -> tuple[str, bytes, Original | None]:
    """What a file is, by its content: its type, its bytes, and the picture if it is one. Raises BadRequest."""
    if resource_type == "video":
        raise BadRequest("Resource type video is not offered by this server (expected image, raw or auto)")
    data = source.read()
    if not data:
        raise BadRequest("Empty file")
    most = int(library.settings.limits.max_bytes)
    if len(data) > most:
        raise BadRequest(f"File size too large. Got {len(data)}. Maximum is {most}.")
    if resource_type == "raw":
        return "raw", data, None
    try:
        return "image", data, original_of(data, _digest(data), library.limits)
    except BadImage:
        if resource_type == "image":
            raise
        return "raw", data, None


def brought(
    source: Source, resource_type: ResourceType, parameters: UploadParameters, library: Library, named: dict[str, str]
) -> Brought:
    """Check a file, transform it if that is asked for, and put it into the store. Raises BadRequest, Unavailable."""
    kind, data, picture = identified(source, resource_type, library)
    check_format(picture, source, parameters)
    if picture is not None and (parameters.transformation or parameters.format):
        data = _transformed(source.path, picture, parameters, library, named)
        picture = original_of(data, _digest(data), library.limits)
    stored = store_bytes(library.store, ORIGINALS, data)
    digests = stored.digests
    held = Bytes(
        key=stored.key,
        digest=digests.sha256,
        etag=digests.md5,
        bytes=digests.bytes,
        format=None if picture is None else format_name(picture.header.format),
        width=None if picture is None else picture.header.width,
        height=None if picture is None else picture.header.height,
        pages=None if picture is None else picture.header.frames,
        original_filename=None if parameters.discard_original_filename else stem(source.filename) or None,
    )
    return Brought(kind, held, picture)


def check_format(picture: Original | None, source: Source, parameters: UploadParameters) -> None:
    """See that it is one of the formats that the parameters allow. Raises BadRequest."""
    if not parameters.allowed_formats:
        return
    allowed = {str(EXTENSIONS.get(f.lower(), f.lower())) for f in parameters.allowed_formats}
    is_ = str(picture.header.format) if picture else source.filename.rpartition(".")[2].lower()
    if is_ not in allowed:
        raise BadRequest(f"Image file format {is_ or '(none)'} not allowed")


def _transformed(
    path: Path, picture: Original, parameters: UploadParameters, library: Library, named: dict[str, str]
) -> bytes:
    components = tuple(parameters.transformation.split("/")) if parameters.transformation else ()
    coordinates = Coordinates(parameters.custom_coordinates, parameters.face_coordinates)
    of = Ingredients(path, picture.digest, coordinates, named, parameters.tags, parameters.context)
    return library.derive(of, components, parameters.format).body


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
