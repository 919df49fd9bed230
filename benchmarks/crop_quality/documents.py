"""Results on their way into files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.report import Results

BEGIN, END = "<!-- results: written by benchmarks.crop_quality -->", "<!-- end of results -->"


def write_between_marks(document: Path, content: str) -> None:
    """Replace what stands between the marks of a document; without document or marks the content is all of it."""
    old = document.read_text("utf-8") if document.is_file() else ""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    new = f"{before}{BEGIN}\n\n{content}\n{END}{after}" if begin and end else content
    document.write_text(new, "utf-8")


def as_json(head: tuple[str, ...], results: Results) -> dict[str, Any]:
    """The head and one row per cropper and case."""
    rows = []
    for sitting in results.sittings:
        for case, answer in zip(results.cases, sitting.answers, strict=True):
            task = case.task
            rows.append(
                {
                    "cropper": sitting.name,
                    "file": task.photo.file,
                    "name": task.name,
                    "kind": task.kind,
                    "mode": task.mode,
                    "ratio": str(task.ratio),
                    "hard": case.hard,
                    "crop": _xywh(answer.crop),
                    "ideal": _xywh(case.ideal),
                    "error": answer.error,
                    "scores": asdict(answer.scores) if answer.scores else None,
                }
            )
    return {"about": head, "answers": rows}


def _xywh(box: Box | None) -> list[float] | None:
    return [box.left, box.top, box.width, box.height] if box else None
