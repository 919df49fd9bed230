from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from keepsight.cli import app
from keepsight.errors import BadRequest
from keepsight.transformation.path import split_path


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["srcset", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_image_at_the_widths_asked_for() -> None:
    text = printed("pets/tom.jpg", "--gravity", "auto:cat", "--ratio", "4:3", "--widths", "640,320", "--alt", "T & m")
    assert re.findall(r" (\d+)w", text) == ["320", "640"]
    assert 'width="640" height="480" alt="T &amp; m"' in text
    for path in re.findall(r"(/demo\S+) \d+w", text):
        request = split_path(path, "demo")
        assert (request.public_id, request.signature) == ("pets/tom.jpg", None)
        assert "g_auto:cat" in request.components[0]


def test_it_signs_with_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", "a long random text")
    paths = re.findall(r"(/demo\S+) \d+w", printed("tom.jpg", "--base", "https://pictures.example/"))
    assert paths and all(split_path(path, "demo").signature for path in paths)


def test_art_direction_is_whole_fill_and_thumb() -> None:
    text = printed("tom.jpg", "--art", "--gravity", "auto:cat", "--formats", "avif,jpg")
    assert text.startswith("<picture>") and text.rstrip().endswith("</picture>")
    modes = re.findall(r"c_(limit|fill|thumb)", text)
    assert list(dict.fromkeys(modes)) == ["limit", "fill", "thumb"]
    assert text.count('type="image/avif"') == 3


@pytest.mark.parametrize("widths", ["", "wide", "0,100", "100;200"])
def test_what_is_no_list_of_widths_is_said(widths: str) -> None:
    result = CliRunner().invoke(app, ["srcset", "tom.jpg", "--widths", widths])
    assert result.exit_code == 2
    assert "is no list of widths" in " ".join(result.output.replace("│", " ").split())


def test_an_unknown_format_is_said() -> None:
    with pytest.raises(BadRequest, match="expected one of auto, avif"):
        CliRunner().invoke(app, ["srcset", "tom.jpg", "--formats", "tga"], catch_exceptions=False)
