"""From names on the command line to croppers, and the story of those that are not here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.crop_quality.croppers.cropper import Cropper, Unavailable
from benchmarks.crop_quality.croppers.keepsight_http import KeepsightHttp
from benchmarks.crop_quality.croppers.keepsight_inside import Keepsight
from benchmarks.crop_quality.croppers.known import Centre, Oracle
from benchmarks.crop_quality.croppers.reference_geometry import ReferenceGeometry
from benchmarks.crop_quality.croppers.smartcrop_js import SmartcropJs
from benchmarks.crop_quality.croppers.thumbor import Thumbor
from benchmarks.crop_quality.croppers.true_boxes import KeepsightTrueBoxes
from benchmarks.crop_quality.croppers.vips import Vips

PEERS = ("centre", "vips-attention", "vips-entropy", "smartcrop.js", "thumbor", "reference-geometry", "oracle")
"""In the order of the tables; Keepsight's own rows stand before the oracle."""


@dataclass(frozen=True)
class Field:
    """Who takes part, and who does not and why."""

    croppers: tuple[Cropper, ...]
    absent: tuple[str, ...]


def gather(peers: Sequence[str], keepsight: Keepsight, http: str | None, cloud: str, thumbor: str | None) -> Field:
    """The croppers by name; Keepsight with its detections and with the true boxes always."""
    makers: dict[str, Callable[[], Cropper]] = {
        "centre": Centre,
        "vips-attention": lambda: Vips("attention"),
        "vips-entropy": lambda: Vips("entropy"),
        "smartcrop.js": SmartcropJs,
        "thumbor": lambda: _thumbor(thumbor),
        "reference-geometry": lambda: ReferenceGeometry(keepsight),
        "oracle": Oracle,
    }
    croppers: list[Cropper] = []
    absent: list[str] = []
    for name in (p for p in PEERS if p in peers):
        if name == "oracle":
            croppers += _keepsight(keepsight, http, cloud)
        try:
            croppers.append(makers[name]())
        except Unavailable as error:
            absent.append(f"{name} {error}")
    if "oracle" not in peers:
        croppers += _keepsight(keepsight, http, cloud)
    return Field(tuple(croppers), tuple(absent))


def _keepsight(keepsight: Keepsight, http: str | None, cloud: str) -> list[Cropper]:
    over_http: list[Cropper] = [KeepsightHttp(http, cloud)] if http else []
    return [keepsight, *over_http, KeepsightTrueBoxes(keepsight)]


def _thumbor(url: str | None) -> Thumbor:
    if url is None:
        raise Unavailable("needs a running server: --thumbor URL")
    return Thumbor(url)
