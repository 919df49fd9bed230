"""What the maker of a file wrote into it: EXIF with its parts for the camera and the place, resolution, profile."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import ExifTags, Image, ImageCms

from keepsight.pixels.formats import Format
from keepsight.pixels.opening import open_image
from keepsight.pixels.recognise import recognise

_LONGEST = 500
"""Characters of one value; longer ones are not for reading."""
_LEFT_OUT = frozenset(
    {
        *("MakerNote", "UserComment", "PrintImageMatching", "ImageResources", "XMLPacket", "InterColorProfile"),
        *("ExifOffset", "GPSInfo", "ExifInteroperabilityOffset"),
    }
)
"""Bulk, and pointers to other parts."""
_PARTS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)


def embedded(data: bytes) -> dict[str, str]:
    """Names and texts, in order; of what is damaged as much as can be read. Raises BadImage for no picture."""
    format_ = recognise(data)
    if format_ in (Format.JXL, Format.SVG):  # Pillow reads neither
        return {"FileType": format_.name}
    with open_image(data, format_) as image:
        return {name: text for name, value in _values(image) if (text := _text(value))}


def exif_only(found: Mapping[str, str]) -> dict[str, str]:
    """Those that EXIF has names for."""
    known = {*(tag.name for tag in ExifTags.Base), *(tag.name for tag in ExifTags.GPS)}
    return {name: text for name, text in found.items() if name in known}


def _values(image: Image.Image) -> Iterator[tuple[str, Any]]:
    info = image.info
    yield "FileType", image.format
    if "jfif_version" in info:
        major, minor = info["jfif_version"]
        yield "JFIFVersion", f"{major}.{minor:02d}"
    if "dpi" in info:
        yield "XResolution", info["dpi"][0]
        yield "YResolution", info["dpi"][1]
    yield "Colorspace", image.mode
    if profile := info.get("icc_profile"):
        yield "ICCProfileName", _profile_name(profile)
    if isinstance(block := info.get("exif"), bytes):
        yield from _exif(block)
    for name, value in info.items():  # text chunks of PNG, comments of GIF and JPEG
        if isinstance(name, str) and isinstance(value, str | bytes) and name not in {"exif", "icc_profile", "xmp"}:
            yield name[:80], value


def _exif(block: bytes) -> Iterator[tuple[str, Any]]:
    tags = Image.Exif()
    try:
        tags.load(block)
        whole = [(ExifTags.TAGS, tags), *((_names(part), tags.get_ifd(part)) for part in _PARTS)]
    except Exception:  # damaged EXIF is common and harmless; Pillow fails on it in many ways
        return
    for names, values in whole:
        for tag, value in values.items():
            name = names.get(tag)
            if name and name not in _LEFT_OUT:
                yield name, value


def _names(part: ExifTags.IFD) -> Mapping[int, str]:
    return ExifTags.GPSTAGS if part is ExifTags.IFD.GPSInfo else ExifTags.TAGS


def _profile_name(profile: bytes) -> str:
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError, ValueError):
        return ""


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8").strip("\0 ")
        except UnicodeDecodeError:
            return ""
    if isinstance(value, tuple | list):
        value = ", ".join(filter(None, map(_text, value)))
    text = str(value).replace("\0", "").strip()
    return text if len(text) <= _LONGEST and text.isprintable() else ""
