"""The whole way with a detector that this project trained, on scenes that it draws: nothing from outside."""

from __future__ import annotations

import io
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from httpx import Response
from PIL import Image
from scenes import compose
from starlette.testclient import TestClient

from end_to_end.conftest import TOY, Server, Start
from keepsight.app import create_app, open_registry
from keepsight.settings import load_settings
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("detectors")

CAT, DOG = (150.0, 200.0, 400.0, 450.0), (800.0, 350.0, 1100.0, 650.0)
BIRDS = ((100.0, 100.0, 250.0, 230.0), (700.0, 120.0, 860.0, 260.0))
TOLERANCE = 0.12
"""Of a side: how far the toy's boxes may be from the truth. It is no great detector, but it is a real one."""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    pictures = {
        "pets/both.jpg": [("cat", CAT), ("dog", DOG)],
        "birds.png": [("bird", b) for b in BIRDS],
        "nobody.jpg": [],
    }
    for seed, (name, things) in enumerate(pictures.items()):
        (folder / name).parent.mkdir(exist_ok=True)
        compose((1200, 800), things, seed).image.save(folder / name, quality=92)
    return folder


@pytest.fixture(scope="module")
def server(start: Start, media: Path) -> Server:
    return start(media, KEEPSIGHT_MODELS__PRIVATE=str(TOY), KEEPSIGHT_MODELS__WEIGHTS=str(media))


def crop_box(server: Server, transformation: str, public_id: str) -> tuple[int, int, int, int]:
    answer = server.image(transformation, public_id)
    assert answer.status_code == 200, answer.text
    x, y, width, height = (int(v) for v in answer.headers["x-crop-box"].split(","))
    return x, y, width, height


def shows(crop: tuple[int, int, int, int], box: tuple[float, float, float, float]) -> float:
    """Share of a box inside a crop."""
    x, y, w, h = crop
    across = max(0.0, min(x + w, box[2]) - max(x, box[0]))
    down = max(0.0, min(y + h, box[3]) - max(y, box[1]))
    return across * down / ((box[2] - box[0]) * (box[3] - box[1]))


def test_a_tight_crop_is_the_box_of_the_object(server: Server) -> None:
    x, y, width, height = crop_box(server, "c_crop,g_cat", "pets/both")
    for found, true, side in ((x, 150, 250), (y, 200, 250), (x + width, 400, 250), (y + height, 450, 250)):
        assert abs(found - true) <= TOLERANCE * side


@pytest.mark.parametrize("mode", ["c_thumb", "c_fill", "c_lfill", "c_crop"])
@pytest.mark.parametrize("gravity", ["g_dog", "g_auto:dog"])
def test_every_mode_keeps_the_object_whole(server: Server, mode: str, gravity: str) -> None:
    assert shows(crop_box(server, f"{mode},{gravity},w_400,h_400", "pets/both"), DOG) > 0.95


def test_fill_pad_shows_the_object_whole_even_where_it_has_to_pad(server: Server) -> None:
    crop = crop_box(server, "c_fill_pad,g_auto:cat:dog,w_200,h_400,b_auto", "pets/both")
    assert shows(crop, CAT) > 0.95
    assert shows(crop, DOG) > 0.95


def test_precedence_and_fallback(server: Server) -> None:
    assert crop_box(server, "c_crop,g_bird:dog:cat", "pets/both") == crop_box(server, "c_crop,g_dog", "pets/both")
    assert crop_box(server, "c_crop,g_dog:cat", "nobody") == (0, 0, 1200, 800)
    assert crop_box(server, "c_crop,g_dog:cat,z_2", "nobody") == (0, 0, 1200, 800)
    assert crop_box(server, "c_crop,g_toy_dog,w_100,h_100", "nobody") == (550, 350, 100, 100)


def test_a_plural_keeps_all(server: Server) -> None:
    crop = crop_box(server, "c_crop,g_birds", "birds")
    assert all(shows(crop, b) > 0.85 for b in BIRDS)


def test_avoided_things_stay_out(server: Server) -> None:
    assert shows(crop_box(server, "c_fill,g_auto:dog_avoid,w_300,h_400", "pets/both"), DOG) < 0.05


def test_boxes_are_mapped_through_earlier_steps(server: Server) -> None:
    answer = server.image("a_hflip/c_scale,w_600/c_crop,g_cat", "pets/both")
    found = Image.open(io.BytesIO(answer.content)).size
    assert abs(found[0] - 125) <= TOLERANCE * 125
    x, y, width, height = (int(v) for v in answer.headers["x-crop-box"].split(","))
    assert shows((x, y, width, height), CAT) > 0.9


def test_the_reason_is_said(server: Server) -> None:
    focus = server.image("c_fill,g_auto:bird:cat,w_300,h_300", "pets/both").headers["x-focus"]
    assert focus.startswith("auto; kept cat 0.")
    assert "(toy)" in focus
    assert "bird not found" in focus


def test_getinfo_tells_the_decision(server: Server) -> None:
    answer = server.image("c_fill,g_auto:dog,w_300,h_400/fl_getinfo", "pets/both")
    assert answer.headers["content-type"] == "application/json"
    info = answer.json()
    assert info["input"]["width"] == 1200
    assert (info["output"]["width"], info["output"]["height"], info["output"]["format"]) == (300, 400, "jpg")
    window, factors = info["resize"]
    assert window == info["g_auto_info"][0]
    assert factors["x_factor"] == pytest.approx(300 / window["width"])
    (kept,) = info["focus"][0]["kept"]
    assert (kept["name"], kept["model"]) == ("dog", "toy")
    rendered = server.image("c_fill,g_auto:dog,w_300,h_400", "pets/both")
    assert info["output"]["bytes"] == len(rendered.content)


def test_a_folder_under_private_is_a_model_without_configuration(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "mine").symlink_to(TOY)
    (tmp_path / "private" / "broken").mkdir()
    registry = open_registry(load_settings(None, {"models": {"weights": tmp_path}}))
    states = {state.name: state for state in registry.models}
    assert registry.models[0].name == "toy"
    assert states["toy"].private
    assert states["broken"].fault  # told, and nobody falls over it


@pytest.mark.parametrize(
    ("allowed", "gravity", "status"),
    [
        ("toy", "cat", 200),
        ("toy", "toy_cat", 200),
        ("coco", "cat", 401),
        ("coco", "toy_cat", 401),
        ("toy", "caat", 401),
    ],
)
def test_a_model_may_be_opened_to_unsigned_urls(
    media: Path, tmp_path: Path, allowed: str, gravity: str, status: int
) -> None:
    given = {
        "cloud": {"api_secret": "made up"},
        "security": {"allow_unsigned": [allowed]},
        "storage": {"media": media, "data": tmp_path},
        "models": {"private": [TOY], "weights": tmp_path, "preload": False, "starter": False},
    }
    with TestClient(create_app(load_settings(None, given))) as client:
        answer = client.get(f"/demo/image/upload/c_crop,g_{gravity}/pets/both")
    assert answer.status_code == status


def test_many_crops_of_one_new_photo_cost_one_look(start: Start, media: Path) -> None:
    server = start(media, KEEPSIGHT_MODELS__PRIVATE=str(TOY), KEEPSIGHT_MODELS__WEIGHTS=str(media))
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda w: server.image(f"c_fill,g_auto:cat,w_{w},h_300", "pets/both"), range(300, 320))
        )
    assert {a.status_code for a in answers} == {200}
    with sqlite3.connect(server.data / "analysis.sqlite3") as analysis:
        tables = [r[0] for r in analysis.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = sum(analysis.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in tables)  # noqa: S608
    analysis.close()
    assert rows == 2  # the toy's detections and the importance map


def test_other_weights_never_serve_an_old_crop(start: Start, media: Path, tmp_path: Path) -> None:
    first = start(media, KEEPSIGHT_MODELS__PRIVATE=str(TOY), KEEPSIGHT_MODELS__WEIGHTS=str(media))
    before = first.image("c_crop,g_cat", "pets/both")
    assert first.image("c_crop,g_cat", "pets/both").headers["x-cache"] == "hit"
    strict = tmp_path / "toy"
    strict.mkdir()
    card = (TOY / "toy.toml").read_text("utf-8")
    lines = ["confidence = 0.999" if line.startswith("confidence") else line for line in card.splitlines()]
    (strict / "toy.toml").write_text(
        "\n".join(line for line in lines if not line.startswith("weak_confidence")), "utf-8"
    )
    (strict / "toy.pt").symlink_to(TOY / "toy.pt")
    second = start(
        media,
        KEEPSIGHT_MODELS__PRIVATE=str(strict),
        KEEPSIGHT_MODELS__WEIGHTS=str(media),
        KEEPSIGHT_STORAGE__DATA=str(first.data),
    )
    after = second.image("c_crop,g_cat", "pets/both")
    assert after.headers["x-cache"] == "miss"
    assert after.headers["x-crop-box"] != before.headers["x-crop-box"]


def test_a_model_that_takes_too_long_is_left_out_and_the_answer_not_kept(start: Start, media: Path) -> None:
    settings = {"KEEPSIGHT_MODELS__PRIVATE": str(TOY), "KEEPSIGHT_MODELS__WEIGHTS": str(media)}
    server = start(media, **settings, KEEPSIGHT_MODELS__DEADLINE="0.0001", KEEPSIGHT_MODELS__PRELOAD="false")
    hasty = server.image("c_fill,w_200,h_200,g_cat", "pets/both.jpg")
    assert hasty.status_code == 200
    assert "without toy (too slow)" in hasty.headers["x-focus"]
    assert hasty.headers["x-cache"] == "miss"
    assert "max-age=60" in hasty.headers["cache-control"]

    def seen() -> Response | None:
        answer = server.image("c_fill,w_200,h_200,g_cat", "pets/both.jpg")
        return None if "without" in answer.headers["x-focus"] else answer

    later = until(seen, "what was not waited for is finished all the same")
    assert later is not None
    assert "cat" in later.headers["x-focus"]
    assert later.headers["x-cache"] == "miss"
    assert "max-age=60" not in later.headers["cache-control"]
    assert server.image("c_fill,w_200,h_200,g_cat", "pets/both.jpg").headers["x-cache"] == "hit"
