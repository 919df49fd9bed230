"""Photos and the boxes that people drew on them, from a JSON file.

Two forms are read: a list of `{"file", "width", "height", "objects": [{"name", "box": [x, y, w, h]}]}`, bare or under
`photos` or `images`, and COCO's own instances file (`images`, `annotations`, `categories`). Boxes are in pixels of the
upright photo, origin at the top left. Crowd boxes (`iscrowd`) are left out: they are no objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from benchmarks.crop_quality.boxes import Box, Size


class UnreadableBoxes(Exception):
    """The file of boxes is missing, or in no form that is known; the message says which was expected."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One object that somebody drew a box around."""

    name: str
    """The class as the file spells it, such as `wine glass`."""
    box: Box
    """Clipped to the photo, never empty."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture file and everything in it."""

    path: Path
    file: str
    """As the file of boxes names it."""
    size: Size
    things: tuple[Thing, ...]


def read_photos(folder: Path, boxes: Path | None = None, limit: int | None = None) -> tuple[Photo, ...]:
    """The photos of `folder` that have boxes, in the order of their names; `limit` keeps the first so many.

    `boxes` defaults to `boxes.json` in the folder. Entries without a file in the folder are left out. Raises
    UnreadableBoxes, also for a photo whose upright size is not the annotated one.
    """
    source = boxes or folder / "boxes.json"
    try:
        content = json.loads(source.read_text("utf-8"))
        photos = {p.file: p for p in _entries(content, folder) if p.path.is_file()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableBoxes(f"{source}: no list of boxed photos and no COCO instances ({error!r})") from error
    chosen = tuple(photos[file] for file in sorted(photos))[:limit]
    for photo in chosen:
        _check_size(photo)
    return chosen


def _entries(content: Any, folder: Path) -> Iterator[Photo]:
    if isinstance(content, dict) and "annotations" in content:
        yield from _coco_instances(content, folder)
        return
    if isinstance(content, dict):
        content = content["photos"] if "photos" in content else content["images"]
    for entry in content:
        objects = [(o["name"], o["box"]) for o in entry["objects"] if not (o.get("iscrowd") or o.get("crowd"))]
        yield _photo(folder, entry["file"], entry, objects)


def _coco_instances(content: dict[str, Any], folder: Path) -> Iterator[Photo]:
    names = {c["id"]: c["name"] for c in content["categories"]}
    objects: dict[int, list[tuple[str, list[float]]]] = {}
    for a in content["annotations"]:
        if not a.get("iscrowd"):
            objects.setdefault(a["image_id"], []).append((names[a["category_id"]], a["bbox"]))
    for image in content["images"]:
        yield _photo(folder, image["file_name"], image, objects.get(image["id"], []))


def _photo(folder: Path, file: str, sides: dict[str, Any], objects: list[tuple[str, list[float]]]) -> Photo:
    size = Size(int(sides["width"]), int(sides["height"]))
    path = folder / file
    if not path.is_file():  # boxes of a data set, photos in a flat folder
        path = folder / Path(file).name
    boxes = ((name, Box(x, y, x + w, y + h).clip(size)) for name, (x, y, w, h) in objects)
    return Photo(path, file, size, tuple(Thing(name, box) for name, box in boxes if box.area > 0))


def _check_size(photo: Photo) -> None:
    with Image.open(photo.path) as image:
        turned = ImageOps.exif_transpose(image) if image.getexif().get(0x0112, 1) != 1 else image
        if turned.size != (photo.size.width, photo.size.height):
            raise UnreadableBoxes(f"{photo.file} measures {turned.size}, its boxes say {photo.size}")
