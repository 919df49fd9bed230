"""What an upload may say, typed. Sources: the Upload API reference and what the official SDKs send."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from keepsight.api.parsing import Parameters
from keepsight.api.upload.eager import Eager, read_eager
from keepsight.api.values import Boolean, Metadata, Pairs, Rectangles, Threshold, Words
from keepsight.pixels.formats import EXTENSIONS
from keepsight.transformation.path import MAX_PUBLIC_ID

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PUBLIC_ID)]
AssetType = Literal["upload", "private", "authenticated"]


def _folder(text: str) -> str:
    parts = text.strip("/").split("/")
    if any(part.strip() in {"", ".", ".."} or "\\" in part for part in parts if text.strip("/")):
        raise ValueError("expected names joined by /")
    return text.strip("/")


def _url(text: str) -> str:
    if not text.lower().startswith(("https://", "http://")):
        raise ValueError("expected an address with https://")
    return text


def _format(text: str) -> str:
    if text.lower() not in EXTENSIONS:
        raise ValueError(f"expected one of {', '.join(EXTENSIONS)}")
    return text.lower()


def _no(value: Any) -> bool:
    if str(value).lower() not in {"0", "false", "none", ""}:
        raise ValueError("this server does not offer it")
    return False


Folder = Annotated[str, StringConstraints(max_length=MAX_PUBLIC_ID), AfterValidator(_folder)]
Url = Annotated[str, StringConstraints(max_length=2_048), AfterValidator(_url)]
FileFormat = Annotated[str, AfterValidator(_format)]
EagerList = Annotated[tuple[Eager, ...], BeforeValidator(read_eager, json_schema_input_type=str | list[str])]
NotOffered = Annotated[bool, BeforeValidator(_no, json_schema_input_type=Literal[False, "0", "false"])]
"""Accepted where it says no, refused where it asks for something."""


class Look(Parameters):
    """What is to be looked for in a picture."""

    detection: Words = ()
    """Models, each `<name>` or `<name>_v<version>`."""
    categorization: Words = ()
    auto_tagging: Threshold | None = None
    faces: Boolean = False
    colors: Boolean = False
    phash: Boolean = False
    image_metadata: Boolean = False
    media_metadata: Boolean = False
    exif: Boolean = False

    ocr: NotOffered = False
    background_removal: NotOffered = False
    raw_convert: NotOffered = False
    similarity_search: NotOffered = False
    visual_search: NotOffered = False
    quality_analysis: NotOffered = False
    quality_override: NotOffered = False
    accessibility_analysis: NotOffered = False
    cinemagraph_analysis: NotOffered = False
    auto_chaptering: NotOffered = False
    auto_transcription: NotOffered = False
    regions: NotOffered = False
    access_control: NotOffered = False

    @model_validator(mode="after")
    def _something_to_tag_by(self) -> Look:
        if self.auto_tagging is not None and not (self.detection or self.categorization):
            raise ValueError("auto_tagging goes with detection or categorization: name a model such as coco")
        return self


class UploadParameters(Look):
    """Of upload and explicit, and what a preset may hold."""

    public_id: str | None = None
    public_id_prefix: Folder = ""
    folder: Folder = ""
    asset_folder: Folder | None = None
    use_asset_folder_as_public_id_prefix: Boolean = False
    display_name: Name | None = None
    use_filename: Boolean = False
    unique_filename: Boolean = True
    use_filename_as_display_name: Boolean = False
    discard_original_filename: Boolean = False
    filename_override: Name | None = None
    type: AssetType = "upload"
    access_mode: Literal["public"] = "public"
    overwrite: Boolean | None = None
    invalidate: Boolean = False
    tags: Words = ()
    context: Pairs = Field({})
    metadata: Metadata = Field({})
    custom_coordinates: Rectangles = ()
    face_coordinates: Rectangles = ()
    eager: EagerList = ()
    eager_async: Boolean = False
    eager_notification_url: Url | None = None
    in_background: Boolean = Field(False, alias="async")
    notification_url: Url | None = None
    batch_id: Name | None = None
    transformation: str | None = None
    """Incoming: what is stored is its result."""
    format: FileFormat | None = None
    """What is stored is in this format."""
    allowed_formats: Words = ()
    return_delete_token: Boolean = False

    backup: NotOffered = False
    moderation: NotOffered = False
    unique_display_name: NotOffered = False
    responsive_breakpoints: NotOffered = False
    headers: NotOffered = False
    eval: NotOffered = False
    on_success: NotOffered = False
    callback: NotOffered = False
    proxy: NotOffered = False
    source: Annotated[str, StringConstraints(max_length=40)] = ""
    """Which program sends it (`uw` is the upload widget): nothing depends on it, nor does it at Cloudinary."""


class PresetParameters(UploadParameters):
    """Of an upload preset."""

    unsigned: Boolean = False
    disallow_public_id: Boolean = False
    live: NotOffered = False


class UpdateParameters(Look):
    """Of the Admin API's update: only what is given changes."""

    tags: Words = ()
    context: Pairs = Field({})
    metadata: Metadata = Field({})
    custom_coordinates: Rectangles = ()
    face_coordinates: Rectangles = ()
    asset_folder: Folder = ""
    display_name: Name | None = None
    notification_url: Url | None = None
    batch_id: Name | None = None

    moderation_status: NotOffered = False
    unique_display_name: NotOffered = False
    clear_invalid: Boolean = False
    """Values of metadata are not checked against fields, so that none is invalid."""
