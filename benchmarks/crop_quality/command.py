"""The command line, and the way of one run."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crop_quality.bootstrap import Bootstrap
from benchmarks.crop_quality.candidates import PEERS, Field, gather
from benchmarks.crop_quality.consistency import (
    Agreement,
    Source,
    another_process,
    mirrored_detections,
    mirrored_photos,
)
from benchmarks.crop_quality.croppers.keepsight_inside import Keepsight
from benchmarks.crop_quality.croppers.smartcrop_js import SmartcropJs
from benchmarks.crop_quality.documents import as_json, write_between_marks
from benchmarks.crop_quality.examination import Sitting, examine
from benchmarks.crop_quality.groups import groups
from benchmarks.crop_quality.photos import UnreadableBoxes
from benchmarks.crop_quality.report import Results, tables
from benchmarks.crop_quality.surroundings import surroundings
from benchmarks.crop_quality.tables import as_markdown, as_text
from benchmarks.crop_quality.tasks import Mode

_LOSSES = (
    ("Lost by the geometry", "keepsight-true-boxes", "oracle"),
    ("Lost by the detector", "keepsight", "keepsight-true-boxes"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark. 0 when every cropper answered everything, 1 when one failed somewhere, 2 for bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    asked = _parser().parse_args(given)
    source = Source(asked.photos, asked.boxes, asked.weights, tuple(Mode(m) for m in asked.modes), asked.limit)
    try:
        with TemporaryDirectory(prefix="crop-quality-") as memory:
            results, head = _run(asked, source, Path(memory))
    except UnreadableBoxes as error:
        print(error, file=sys.stderr)
        return 2
    head = (f"command: {_command(asked, given)}", *head)
    made = tuple(tables(results))
    print("\n".join(head), as_text(made), sep="\n\n", end="")
    if asked.markdown:
        facts = "\n".join(f"- {line}" for line in head)
        write_between_marks(asked.markdown, f"{facts}\n\n{as_markdown(made)}")
    if asked.json:
        asked.json.write_text(json.dumps(as_json(head, results)), "utf-8")
    failures = [f"{s.name}: {error}" for s in results.sittings for error in s.errors]
    for failure in failures[:20]:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _run(asked: argparse.Namespace, source: Source, memory: Path) -> tuple[Results, tuple[str, ...]]:
    cases = source.cases()
    if not cases:
        raise UnreadableBoxes(f"{source.photos}: no photo with boxes, so nothing to ask")
    photos = {case.task.photo: None for case in cases}
    number = {photo: index for index, photo in enumerate(photos)}
    keepsight = Keepsight(source.photos, memory, source.weights)
    field = gather(asked.peers, keepsight, asked.http, asked.cloud, asked.thumbor)
    sittings = []
    for cropper in field.croppers:
        print(f"{cropper.name}: {len(cases)} cases", file=sys.stderr)
        sittings.append(examine(cropper, cases))
    pairs = tuple((f"keepsight against {other}", "keepsight", other) for other in asked.against)
    results = Results(
        cases,
        tuple(sittings),
        tuple(groups(source.modes, full=asked.full)),
        Bootstrap([number[case.task.photo] for case in cases], asked.seed),
        () if asked.quick else _agreements(source, keepsight, sittings),
        _LOSSES + pairs,
    )
    things = sum(len(photo.things) for photo in photos)
    head = (
        *surroundings(keepsight.weights, _close_node(field)),
        f"photos: {len(photos)} with {things} boxes, {len(cases)} cases, {sum(c.hard for c in cases)} of them hard",
        f"absent: {'; '.join(field.absent) or 'nobody'}",
    )
    return results, head


def _agreements(source: Source, keepsight: Keepsight, sittings: Sequence[Sitting]) -> tuple[Agreement, ...]:
    print("mirrored photos, another process", file=sys.stderr)
    cases = source.cases()
    crops = [a.crop for s in sittings if s.name == keepsight.name for a in s.answers]
    return (
        *mirrored_detections(keepsight, cases, crops),
        *mirrored_photos(keepsight, cases, crops),
        another_process(source, crops),
    )


def _close_node(field: Field) -> dict[str, str] | None:
    for cropper in field.croppers:
        if isinstance(cropper, SmartcropJs):
            cropper.close()
            return cropper.versions
    return None


def _command(asked: argparse.Namespace, given: Sequence[str]) -> str:
    """The command as others can repeat it: their folders are elsewhere."""
    names = {"photos": "PHOTOS", "boxes": "BOXES", "weights": "WEIGHTS", "json": "JSON", "markdown": "MARKDOWN"}
    places = {str(path): names[option] for option, path in vars(asked).items() if option in names and path}
    words = (places.get(str(Path(word)), word) for word in given)
    return shlex.join(("python", "-m", "benchmarks.crop_quality", *words))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crop_quality", description=__doc__)
    add = parser.add_argument
    add("photos", type=Path, help="folder of photos")
    add("--boxes", type=Path, help="their boxes: our JSON or COCO instances; default: boxes.json in the folder")
    add("--weights", type=Path, help="folder of weights; default: beside the cards of the models")
    add("--modes", type=_listed(tuple(Mode)), default=tuple(Mode), help="comma-separated, of fill,thumb,crop")
    add("--peers", type=_listed(PEERS), default=PEERS, help=f"comma-separated, of {','.join(PEERS)}")
    add("--against", type=_listed(PEERS), default=("reference-geometry", "vips-attention"), help="paired differences")
    add("--http", metavar="URL", help="also ask a running Keepsight that serves the same photos")
    add("--cloud", default="demo", help="its cloud name")
    add("--thumbor", metavar="URL", help="a running thumbor that loads files by absolute path")
    add("--limit", type=int, help="only the first so many photos")
    add("--full", action="store_true", help="a table for each kind of task as well")
    add("--quick", action="store_true", help="leave out the mirrored photos and the other process")
    add("--seed", type=int, default=0, help="of the bootstrap")
    add("--json", type=Path, help="write every answer with its marks here")
    add("--markdown", type=Path, help="write the tables here, between the marks of an existing document")
    return parser


class _listed:  # noqa: N801 - reads as a type in `add`
    """A comma-separated list of known words."""

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known

    def __call__(self, text: str) -> tuple[str, ...]:
        words = tuple(word for word in text.split(",") if word)
        if strangers := [word for word in words if word not in self._known]:
            raise argparse.ArgumentTypeError(f"{', '.join(strangers)}: expected some of {','.join(self._known)}")
        return words
