"""One whole run over drawn pictures, without weights: what needs a detector is tested with Keepsight itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from benchmarks.crop_quality.command import main
from benchmarks.crop_quality.documents import BEGIN, END


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    entries = []
    for number, left in enumerate((10, 300)):
        image = Image.new("RGB", (600, 400), "white")
        ImageDraw.Draw(image).rectangle((left, 100, left + 150, 300), fill="navy")
        image.save(folder / f"{number}.png")
        objects = [{"name": "blue box", "box": [left, 100, 150, 200]}]
        entries.append({"file": f"{number}.png", "width": 600, "height": 400, "objects": objects})
    (folder / "boxes.json").write_text(json.dumps(entries))
    return folder


def test_a_run_writes_its_tables(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    document = tmp_path / "results.md"
    document.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    answers = tmp_path / "answers.json"
    arguments = [str(pictures), "--weights", str(weights), "--peers", "centre,reference-geometry,oracle"]
    assert main([*arguments, "--markdown", str(document), "--json", str(answers)]) == 0

    said = capsys.readouterr().out
    assert "command: python -m benchmarks.crop_quality PHOTOS --weights WEIGHTS" in said
    assert str(tmp_path) not in said

    written = document.read_text()
    assert written.startswith("Before.")
    assert written.endswith("After.\n")
    assert "old" not in written
    assert "| oracle |" in written

    content = json.loads(answers.read_text())
    marks = {
        name: [a["scores"]["recall"] for a in content["answers"] if a["cropper"] == name and a["kind"] == "single"]
        for name in ("oracle", "keepsight-true-boxes")
    }
    # With the true boxes Keepsight keeps all that the oracle keeps.
    assert marks["keepsight-true-boxes"] == pytest.approx(marks["oracle"], abs=0.01)
    # The other process and the mirrored detections; an unmirrored one sees nothing here without weights.
    for asked in ("another process", "mirrored detections"):
        lines = [line for line in said.splitlines() if line.startswith(asked)]
        assert lines
        assert all(line.endswith("1.000") for line in lines)


def test_bad_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "boxes.json" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--peers", "magic"])
