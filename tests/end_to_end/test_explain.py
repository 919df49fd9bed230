"""`keepsight explain` with a real network tells what a server does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scenes import compose
from typer.testing import CliRunner

from end_to_end.conftest import TOY, Server, Start
from keepsight.cli import app

pytestmark = pytest.mark.usefixtures("detectors")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    things = [("cat", (150.0, 200.0, 400.0, 450.0)), ("dog", (800.0, 350.0, 1100.0, 650.0))]
    compose((1200, 800), things, 0).image.save(folder / "both.jpg", quality=92)
    return folder


@pytest.fixture(scope="module")
def server(start: Start, media: Path) -> Server:
    return start(
        media,
        KEEPSIGHT_MODELS__PRIVATE=str(TOY),
        KEEPSIGHT_MODELS__WEIGHTS=str(media),
        KEEPSIGHT_MODELS__STARTER="false",
    )


@pytest.fixture
def explained(media: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KEEPSIGHT_MODELS__PRIVATE", str(TOY))
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(media))
    monkeypatch.setenv("KEEPSIGHT_MODELS__STARTER", "false")

    def run(transformation: str, *options: str) -> str:
        path = f"/demo/image/upload/{transformation}/both"
        result = CliRunner().invoke(app, ["explain", path, "--media", str(media), *options])
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


@pytest.mark.parametrize(
    "transformation",
    ["c_fill,g_auto:dog,w_300,h_400", "c_crop,g_cat", "a_hflip/c_thumb,g_auto:dog:cat_avoid,w_90,h_90"],
)
def test_the_same_decision_as_the_servers(server: Server, explained, transformation: str) -> None:
    here = json.loads(explained(transformation, "--json"))
    there = server.image(f"{transformation}/fl_getinfo", "both").json()
    # The importance map is that of whichever preview was decoded first, and the server has made its examples before.
    shares = [[focus.pop("importance_kept", 0) for focus in said["focus"]] for said in (here, there)]
    assert here == there
    assert shares[0] == pytest.approx(shares[1], abs=0.01)


def test_the_candidates_of_a_word_in_their_order(explained) -> None:
    account = explained("c_crop,g_bird:cat:dog")
    assert "word bird\n  toy saw none\n  coco is not installed\n  lvis is not installed" in account
    assert "word cat\n  toy found cat 0." in account
    assert "word dog" not in account  # the cat was found
    assert "seen besides\n  dog 0." in account
