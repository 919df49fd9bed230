from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import shared
from rich.console import Console
from serving import file_server, serving
from typer.testing import CliRunner
from weights_files import checkpoint, private_model, sha256

from keepsight.app import open_registry
from keepsight.cli import app
from keepsight.doctor import examine
from keepsight.models import table
from keepsight.models.bench import drawn
from keepsight.models.progress import STEPS, shown, size_text
from keepsight.settings import load_settings
from keepsight.welcome import Welcome

CONTENT = checkpoint(["lion", "tiger"])
OFFICIAL = "https://weights.example/v1/zoo.pt"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the test's own: an empty folder of weights, no starters, and a mirror where nobody listens."""
    for name in [n for n in os.environ if n.startswith("KEEPSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("KEEPSIGHT_MODELS__MIRROR", "http://127.0.0.1:9")
    monkeypatch.setenv("KEEPSIGHT_MODELS__STARTER", "false")


@pytest.fixture
def zoo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = private_model(tmp_path / "zoo", OFFICIAL, f'sha256 = "{sha256(CONTENT)}"')
    monkeypatch.setenv("KEEPSIGHT_MODELS__PRIVATE", str(folder))
    return folder


def keepsight(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["models", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.stdout, result.stderr


def test_pull_says_how_far_it_is_and_what_it_did(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(file_server(CONTENT)) as site:
        monkeypatch.setenv("KEEPSIGHT_MODELS__MIRROR", f"{site.url}/weights")
        code, out, _ = keepsight("pull", "zoo")
    assert code == 0
    assert out.splitlines()[0] == f"zoo: zoo.pt: 0 kB of {size_text(len(CONTENT))}"
    assert out.splitlines()[-1] == f"zoo: {zoo / 'zoo.pt'} is installed (sha256 {sha256(CONTENT)})"
    assert (zoo / "zoo.pt").read_bytes() == CONTENT
    assert keepsight("pull", "zoo") == (0, "zoo: zoo.pt is installed\n", "")


def test_force_replaces_a_wrong_file(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (zoo / "zoo.pt").write_bytes(b"wrong")
    assert "keepsight models pull --force zoo" in keepsight("list")[1]
    with serving(file_server(CONTENT)) as site:
        monkeypatch.setenv("KEEPSIGHT_MODELS__MIRROR", site.url)
        assert keepsight("pull", "--force", "zoo")[0] == 0
    assert (zoo / "zoo.pt").read_bytes() == CONTENT


def test_offline_it_says_what_to_fetch_and_where_to_put_it(zoo: Path) -> None:
    code, out, err = keepsight("pull", "zoo")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("zoo: 127.0.0.1 cannot be reached (")
    assert err.endswith(f"; fetch {OFFICIAL} elsewhere and put it at {zoo / 'zoo.pt'}\n")


def test_a_wrong_hash_is_said(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(file_server(b"malware")) as site:
        monkeypatch.setenv("KEEPSIGHT_MODELS__MIRROR", site.url)
        code, _, err = keepsight("pull", "zoo")
    assert code == 1
    assert "another hash than its card says; it was removed" in err
    assert [path.name for path in zoo.iterdir()] == ["card.toml"]


def test_without_names_all_that_are_published_are_tried(zoo: Path) -> None:
    code, _, err = keepsight("pull")
    assert code == 1
    tried = [line.partition(":")[0] for line in err.splitlines()]
    assert tried == ["zoo", "coco", "lvis", "openimages", "cld-text", "faces", "masks", "pose", "saliency"]


def test_one_that_fails_does_not_keep_the_others(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(file_server(CONTENT)) as site:  # as yolo11n.pt, this is another file than the card of coco means
        monkeypatch.setenv("KEEPSIGHT_MODELS__MIRROR", site.url)
        code, _, err = keepsight("pull", "coco", "zoo")
    assert code == 1
    assert "coco" in err
    assert (zoo / "zoo.pt").exists()


def test_names_that_nobody_has() -> None:
    code, _, err = keepsight("pull", "dragons")
    assert code == 2
    assert "no model called dragons" in err


def test_a_model_that_is_not_published() -> None:
    code, _, err = keepsight("pull", "fashion-attributes")
    assert code == 1
    assert err.startswith("fashion-attributes: no weights are published; ")


def test_another_version_is_pulled_by_its_name(zoo: Path) -> None:
    code, _, err = keepsight("pull", "coco_v2", "coco")
    assert code == 1
    assert [line.partition(":")[0] for line in err.splitlines()] == ["coco", "coco"]
    assert "yolo26n.pt" in err.splitlines()[0]
    assert "yolo11n.pt" in err.splitlines()[1]


def test_a_derived_model_is_pulled_by_its_sources() -> None:
    code, _, err = keepsight("pull", "human-anatomy", "openimages")
    assert code == 1
    assert [line.partition(":")[0] for line in err.splitlines()] == ["pose", "openimages"]


def test_list_says_what_a_derived_model_is_computed_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(tmp_path))
    (tmp_path / "yolov8n-oiv7.pt").write_bytes(b"weights")
    anatomy = next(line for line in keepsight("list")[1].splitlines() if line.startswith("human-anatomy"))
    assert "computed from openimages, without pose" in anatomy


def test_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in shared("models").iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "lvis.pt").write_bytes(b"one's own")
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(tmp_path))
    assert keepsight("pull") == (0, "every model whose weights are published is installed\n", "")


def test_list_without_weights_names_the_command() -> None:
    code, out, _ = keepsight("list")
    assert code == 0
    header, coco, *_ = out.splitlines()
    columns = ["model", "version", "state", "runtime", "size", "confidence", "capabilities", "licence", "weights"]
    assert header.split() == columns
    assert coco.endswith("keepsight models pull coco")
    assert header.index("state") == coco.index("missing")


def test_list_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(shared("models")))
    rows = {(row["model"], row["version"]): row for row in json.loads(keepsight("list", "--json")[1])}
    faces = rows["faces", 1]
    assert (faces["bytes"], faces["runtime"], faces["state"], faces["milliseconds"]) == (
        229_738, "yunet", "loadable", None,
    )  # fmt: skip
    assert rows["lvis", 1]["file"] is None
    assert [rows["coco", version]["confidence"] for version in (1, 2, 3)] == [0.25, 0.25, 0.4]


def test_bench_and_check_on_faces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    name = "face_detection_yunet_2026may.onnx"
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / name).write_bytes(shared(f"models/{name}").read_bytes())
    rows = json.loads(keepsight("list", "--bench", "--json")[1])
    assert [row["model"] for row in rows if row["milliseconds"]] == ["faces"]
    assert " ms " in keepsight("list", "--bench")[1].splitlines()[0]
    code, out, _ = keepsight("check")
    assert code == 0
    assert "  hash as in its card, loads  ebafce4e3c11" in out.splitlines()[1]
    (weights / "yolo11n.pt").write_bytes(b"not a network")
    code, out, _ = keepsight("check")
    assert code == 1
    assert "hash differs from its card, yolo11n.pt: " in out


def test_check_hashes_spare_files(zoo: Path) -> None:
    with (zoo / "card.toml").open("a") as card:
        card.write(f'[[files]]\nname = "small.pt"\n[[files]]\nname = "old.pt"\nsha256 = "{"0" * 64}"\n')
        card.write(f'[[files]]\nname = "zoo.pt"\nsha256 = "{"1" * 64}"\n')  # another edition of the first
    for name in ("zoo.pt", "small.pt", "old.pt"):
        (zoo / name).write_bytes(CONTENT)
    code, out, _ = keepsight("check")
    results = {line.split()[1]: line for line in out.splitlines()[1:]}
    assert code == 1
    assert len(results) == 3
    assert sha256(CONTENT) in results["zoo.pt"]
    assert "  hash as in its card, " in results["zoo.pt"]
    assert "  no hash in its card, spare  " in results["small.pt"]
    assert "  hash differs from its card, spare  " in results["old.pt"]


def test_doctor_and_the_start_name_the_command(tmp_path: Path) -> None:
    settings = load_settings(overrides={"storage": {"media": tmp_path}})
    registry = open_registry(settings)
    mend, following = list(Welcome(settings, registry, 8000).rest(()))[-2:]
    assert mend.endswith("keepsight models pull coco faces")
    assert following.endswith(f"keepsight doctor --media {tmp_path}")
    findings = list(examine(settings, registry))
    mends = [finding.mend for finding in findings]
    assert any(m.startswith("Install it: ") and m.endswith("keepsight models pull coco") for m in mends)
    assert "Its weights are not published: bring your own, in the weights folder." in mends
    assert {f.level for f in findings if "not installed" in f.what} == {"note"}
    assert all(str(f).startswith("--  ") for f in findings if "not installed" in f.what)


def test_doctor_suggests_an_export_where_one_would_help(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("torch")
    folder = shutil.copytree(Path(__file__).parent / "toy", tmp_path / "toy")
    monkeypatch.setenv("KEEPSIGHT_MODELS__PRIVATE", str(folder))
    for runtime, suggested in (("auto", 1), ("torch", 0)):
        settings = load_settings(overrides={"storage": {"media": tmp_path}, "models": {"runtime": runtime}})
        findings = list(examine(settings, open_registry(settings)))
        assert (
            sum(not f.wrong and f.what.startswith("toy would be nearly twice as fast") for f in findings) == suggested
        )
    monkeypatch.setattr("keepsight.doctor.installed", lambda _: False)
    settings = load_settings(overrides={"storage": {"media": tmp_path}})
    assert not any("optimize" in str(finding) for finding in examine(settings, open_registry(settings)))


def test_optimize(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    code, out, err = keepsight("optimize")
    assert code == 1
    assert err.count("\n") == 1
    assert err.startswith("nothing to optimise: ")
    assert "coco_v1: not installed" in out.splitlines()
    (tmp_path / "weights" / "ch_PP-OCRv3_det_infer.onnx").write_bytes(b"text")
    (tmp_path / "weights" / "yolov8n-oiv7.pt").write_bytes(b"weights")
    assert keepsight("optimize", "coco_v2") == (1, "", "coco_v2: not installed\n")
    for name, why in (("cld-text", "runs as it is"), ("human-anatomy", "computed from others")):
        code, out, err = keepsight("optimize", name)
        assert (code, out) == (1, "")
        assert err.startswith(f"{name}: nothing to optimise, ") and why in err
    assert keepsight("optimize", "openimages")[0] == 1
    code, _, err = keepsight("optimize", "klingon")
    assert code == 2
    assert "no model called klingon" in err


def test_optimize_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("torch")
    folder = shutil.copytree(Path(__file__).parent / "toy", tmp_path / "toy")
    monkeypatch.setenv("KEEPSIGHT_MODELS__PRIVATE", str(folder))
    code, out, err = keepsight("optimize", "toy")
    assert (code, err) == (0, "")
    first, *_, last = out.splitlines()
    assert first.startswith("toy: exporting ") and "(step 1 of " in first
    assert any("comparing the export in onnx with " in line for line in out.splitlines())
    assert " agrees with " in last
    code, out, err = keepsight("optimize")  # what is done is done: no failure
    assert (code, err) == (0, "")
    assert any("is an export of these weights" in line for line in out.splitlines())


def test_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    bar, lines = io.StringIO(), io.StringIO()
    with shown("coco", Console(file=bar, force_terminal=True, width=100)) as say:
        say(500_000, 1_000_000)
        say(1_000_000, 1_000_000)
    assert "━" in bar.getvalue()
    with shown("coco", Console(file=lines, width=20)) as say:
        for done in range(0, 5_000_001, 1000):
            say(done, 5_000_000)
    assert len(lines.getvalue().splitlines()) == STEPS + 1
    assert lines.getvalue().splitlines()[-1] == "coco: 5.0 MB of 5.0 MB"
    with shown("coco", Console(file=lines)) as say:
        say(25_000_000, None)
    assert lines.getvalue().endswith("coco: 25.0 MB\n")


def test_tables_on_a_terminal_and_columns_elsewhere() -> None:
    screen, pipe = io.StringIO(), io.StringIO()
    rows = [("a", "[bold]1[/bold]"), ("long name", "2")]
    table.show(("model", "x"), rows, Console(file=screen, force_terminal=True, width=60))
    table.show(("model", "x"), rows, Console(file=pipe, width=10))
    assert "\x1b[" in screen.getvalue()
    assert "[bold]1[/bold]" in screen.getvalue()
    assert pipe.getvalue() == "model      x\na          [bold]1[/bold]\nlong name  2\n"
    narrow = io.StringIO()
    table.show(("model", "x"), rows, Console(file=narrow, force_terminal=True, width=20))
    assert narrow.getvalue() == pipe.getvalue()


def test_the_drawn_picture_is_always_the_same() -> None:
    assert drawn(64).size == (64, 64)
    assert drawn(64).tobytes() == drawn(64).tobytes()
