"""What of an original's metadata may go out again: EXIF, XMP and IPTC, each without what is no longer true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import ExifTags, Image

from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
from keepsight.pixels.opening import foreign_bytes, open_image
from keepsight.transformation.output import Kept

_LONGEST = 65_000
"""Bytes of one block: what an APP segment of a JPEG holds, less its heading."""
_IPTC = 0x0404
"""Image resource of Photoshop that holds the IPTC records (Adobe Photoshop File Formats, table 3-4)."""
_UNTRUE = (ExifTags.Base.Orientation, ExifTags.Base.ImageWidth, ExifTags.Base.ImageLength)
_UNTRUE_INSIDE = (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight)
_ATTRIBUTION = (ExifTags.Base.Artist, ExifTags.Base.Copyright)
_ATTRIBUTION_IPTC = frozenset((80, 85, 110, 115, 116))
"""By-line, its title, credit, source and copyright notice (IPTC-IIM 4.2, record 2)."""
_ATTRIBUTION_XMP = re.compile(
    rb"<dc:(?P<name>rights|creator)>\s*<rdf:(?P<kind>Alt|Seq|Bag)>"
    rb"(?:\s*<rdf:li[^<>]*>[^<]*</rdf:li>)+\s*</rdf:(?P=kind)>\s*</dc:(?P=name)>"
)
_TURNED_XMP = re.compile(rb"(tiff:Orientation(?:=[\"']|>))[2-8]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Blocks as the formats hold them; empty for none."""

    exif: bytes = b""
    """Begins with `Exif` and two zero bytes."""
    xmp: bytes = b""
    iptc: bytes = b""
    cmyk: bool = False
    """Whether the original was CMYK."""
    profile: bytes | None = None
    """Its ICC profile."""


def read_metadata(data: bytes, header: Header) -> Metadata:
    """All there is in a file whose header was read; a damaged block counts as none.

    Nothing is read of JPEG XL and SVG. Raises BadImage when the header cannot be read.
    """
    if header.format in (Format.JXL, Format.SVG):
        return Metadata()
    with foreign_bytes("its header cannot be read"):
        image = open_image(data, header.format)
        info = image.info
        resources = info.get("photoshop")
        iptc = resources.get(_IPTC) if isinstance(resources, dict) else None
        return Metadata(
            exif=_block(info.get("exif")),
            xmp=_block(info.get("xmp")),
            iptc=_block(iptc),
            cmyk=image.mode == "CMYK",
            profile=_block(info.get("icc_profile")) or None,
        )


def kept(metadata: Metadata, rule: Kept | None) -> Metadata:
    """What a rule lets out: nothing, who made it and whose it is, or all that is still true of a changed picture.

    The orientation and the thumbnail never go out, so that nothing is turned twice and nothing cut off is shown.
    """
    if rule is None or rule == "force_strip":
        return replace(metadata, exif=b"", xmp=b"", iptc=b"")
    all_of_it = rule == "keep_iptc"
    return replace(
        metadata,
        exif=_exif(metadata.exif, all_of_it),
        xmp=_fits(_TURNED_XMP.sub(rb"\g<1>1", metadata.xmp) if all_of_it else _attribution_xmp(metadata.xmp)),
        iptc=_fits(metadata.iptc if all_of_it else _attribution_iptc(metadata.iptc)),
    )


def jpeg_segment(iptc: bytes) -> bytes:
    """The APP13 segment that carries IPTC records in a JPEG; empty for none."""
    if not iptc:
        return b""
    padded = iptc + b"\0" * (len(iptc) % 2)
    body = b"Photoshop 3.0\0" + b"8BIM" + _IPTC.to_bytes(2) + b"\0\0" + len(iptc).to_bytes(4) + padded
    return b"\xff\xed" + (len(body) + 2).to_bytes(2) + body


def _block(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _fits(block: bytes) -> bytes:
    return block if len(block) <= _LONGEST else b""


def _exif(block: bytes, all_of_it: bool) -> bytes:
    if not block:
        return b""
    tags, chosen = Image.Exif(), Image.Exif()
    try:
        tags.load(block)
        for tag in tags if all_of_it else [t for t in _ATTRIBUTION if t in tags]:
            if tag not in _UNTRUE:
                chosen[tag] = tags[tag]
        if all_of_it:
            inside = tags.get_ifd(ExifTags.IFD.Exif)
            for tag in _UNTRUE_INSIDE:
                inside.pop(tag, None)
            places = tags.get_ifd(ExifTags.IFD.GPSInfo)
            for name, directory in ((ExifTags.IFD.Exif, inside), (ExifTags.IFD.GPSInfo, places)):
                if directory:
                    chosen[name] = directory
        written = chosen.tobytes() if len(chosen) else b""
    except Exception:  # damaged EXIF is common and harmless; Pillow fails on it in many ways
        return b""
    if len(written) > _LONGEST and all_of_it:
        return _exif(block, all_of_it=False)
    return _fits(written)


def _attribution_iptc(records: bytes) -> bytes:
    return b"".join(record for dataset, record in _iptc_records(records) if dataset in _ATTRIBUTION_IPTC)


def _iptc_records(records: bytes) -> Iterator[tuple[int, bytes]]:
    """Data sets of record 2, each whole, up to the first that is damaged or longer than 32 KiB (IPTC-IIM 4.2, 1.5)."""
    at = 0
    while at + 5 <= len(records) and records[at] == 0x1C:
        length = int.from_bytes(records[at + 3 : at + 5])
        if length & 0x8000:
            return
        if records[at + 1] == 2:
            yield records[at + 2], records[at : at + 5 + length]
        at += 5 + length


def _attribution_xmp(packet: bytes) -> bytes:
    elements = [match[0] for match in _ATTRIBUTION_XMP.finditer(packet)]
    if not elements:
        return b""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        + b"".join(elements)
        + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
