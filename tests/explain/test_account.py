"""`keepsight explain` in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explain.conftest import Explain
from keepsight.cli import app


def told(explain: Explain, *arguments: str) -> str:
    result = explain(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_whole_account(explain: Explain) -> None:
    account = told(explain, "a_hflip/c_fill,g_auto:cat:face_avoid,w_300,h_400/q_80", "faces")
    for line in (
        "original     faces.png: png, 1280 x 800, ",
        "coordinates  0 custom, 2 faces",
        "plan         turn: hflip",
        "             c_fill to 300 wide, 400 high; automatic (keep cat, avoid faces, ",
        "             quality 80",
        "word cat\n  coco is not installed",
        "faces\n  stored saw 2",
        "step 1: c_fill to 300 wide, 400 high\n  rule         auto",
        "  avoided      face 1.00 (stored) at 100,100 200 x 200, prominence 0.",
        "  note         cat not found",
        "importance   ",
        "  size         300 x 400",
        "delivered    png, 300 x 400, ",
        "reason       auto; avoided face 1.00, face 1.00 (stored); cat not found",
        "time         parse ",
    ):
        assert line in account, line


@pytest.mark.parametrize(
    ("transformation", "words"),
    [
        ("c_crop,g_custom", "custom coordinates, else at the center"),
        ("c_crop,g_custom:face", "custom coordinates, else the largest face, else at the north"),
        ("c_thumb,w_9,g_faces:auto", "all faces, else automatic ("),
        ("c_crop,w_9,g_cat:dog", "cat, else dog, else at the center"),
        ("c_fill,w_0.5,ar_16:9,g_auto:cat_30:none", "0.5 of the side wide, ratio 16/9; automatic (keep cat at 30%, "),
        ("c_thumb,w_9,g_auto:classic:aoi_1_2_0.5_4:50:thirds_0",
         "keep the area 1,2 0.5 of the side x 4, faces count, by classic, level 50, no thirds"),
        ("c_pad,w_9,h_99,g_south_east,b_rgb:ff0000", "at the south east; on rgb:ff0000"),
        ("c_crop,w_9,x_5,y_6,g_xy_center", "around the point x, y; moved by 5, 6"),
        ("c_crop,g_face,z_1.5", "zoom 1.5"),
        ("f_jpg,b_white", "format jpeg"),
    ],
)  # fmt: skip
def test_plans_in_words(explain: Explain, transformation: str, words: str) -> None:
    assert words in told(explain, transformation, "plain")


def test_the_original_as_it_is(explain: Explain, media: Path) -> None:
    result = CliRunner().invoke(
        app, ["explain", "https://x.org/demo/image/upload/plain.png?a=1", "--media", str(media)]
    )
    assert "nothing is changed" in result.stdout
    assert f"the original as it is, {(media / 'plain.png').stat().st_size:,} bytes" in result.stdout


def test_a_broken_file_is_said_and_the_log_stays_out_of_the_account(explain: Explain) -> None:
    result = explain("c_crop,g_custom", "broken", "--json")
    reason = json.loads(result.stdout)["focus"][0]["reason"]
    assert reason.endswith("coordinates file is broken: custom: expected a list of boxes [x, y, width, height]")
    assert "coordinates.broken" in result.stderr


def test_the_document_of_getinfo_tells_the_share_of_importance(explain: Explain) -> None:
    def info(transformation: str, public_id: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(told(explain, transformation, public_id, "--json"))["focus"][0]
        return found

    whole, half = (info(f"c_fill,g_auto,w_{w},h_800", "subject") for w in (1280, 300))
    assert whole["importance_kept"] == pytest.approx(1)
    assert 0.3 < float(str(half["importance_kept"])) < 1
    for transformation, public_id in (("c_crop,g_north,w_9", "plain"), ("c_fill,g_auto,w_9,h_9", "custom")):
        assert "importance_kept" not in info(transformation, public_id)  # no map had a say


def test_a_url_of_getinfo_is_explained_as_the_picture_it_is_about(explain: Explain) -> None:
    assert "delivered    png, 9 x 9" in told(explain, "c_fill,g_auto,w_9,h_9/fl_getinfo", "plain")


@pytest.mark.parametrize(
    ("transformation", "public_id", "sentence"),
    [
        ("w_abc", "plain", "Invalid width in transformation: abc"),
        ("c_scale,g_auto,w_9", "plain", "Use auto gravity only with crop, fill, lfill, fill_pad or thumb"),
        ("w_9", "nobody", "Resource not found - nobody"),
    ],
)
def test_what_a_server_refuses_is_refused_with_its_sentence(
    explain: Explain, transformation: str, public_id: str, sentence: str
) -> None:
    result = explain(transformation, public_id)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


def test_no_signature_is_needed_and_nothing_is_stored(
    explain: Explain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", "made up for this test")
    monkeypatch.setenv("KEEPSIGHT_SECURITY__STRICT_TRANSFORMATIONS", "true")
    before = sorted(tmp_path.rglob("*"))
    told(explain, "c_crop,g_cat", "plain.webp")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_drawing_needs_a_format_and_a_place(explain: Explain) -> None:
    assert explain("w_9", "plain", "--out", "picture.gif").exit_code == 2
    result = explain("w_9", "plain", "--out", "no/such/folder.png")
    assert result.exit_code == 2
    assert "no/such/folder.png cannot be written" in result.stderr


def test_a_missing_folder_is_named(explain: Explain) -> None:
    assert "no such folder" in str(explain("w_9", "plain", "--media", "/no/such/folder").exception)
