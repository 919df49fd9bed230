"""Coordinates in a file beside the original, through a whole server."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from scenes import compose

from end_to_end.conftest import TOY, Server, Start

pytestmark = pytest.mark.usefixtures("detectors")

CAT = (150.0, 200.0, 400.0, 450.0)
CUSTOM = "custom = [[10, 20, 30, 40], [700, 301, 240, 199]]\n"
CUSTOM_BOX = "700,301,240,199"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    scene = compose((1200, 800), [("cat", CAT)], 3).image
    for name in ("tom", "rex", "ann", "bob", "eve"):
        scene.save(folder / f"{name}.jpg", quality=92)
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    return folder


@pytest.fixture(scope="module")
def server(start: Start, media: Path) -> Server:
    return start(media, KEEPSIGHT_MODELS__PRIVATE=str(TOY), KEEPSIGHT_MODELS__WEIGHTS=str(media))


def write(media: Path, name: str, text: str) -> None:
    (media / f"{name}.keepsight.toml").write_text(text, "utf-8")


@pytest.mark.parametrize("gravity", ["custom", "custom:face"])
def test_custom_gravity_shows_the_largest_box(server: Server, media: Path, gravity: str) -> None:
    write(media, "rex.jpg", CUSTOM)
    answer = server.image(f"c_crop,g_{gravity}", "rex")
    assert answer.headers["x-crop-box"] == CUSTOM_BOX
    assert answer.headers["x-focus"] == "custom; kept custom coordinates"


@pytest.mark.parametrize("mode", ["c_fill", "c_thumb", "c_crop", "c_lfill", "c_fill_pad"])
def test_custom_coordinates_override_automatic_gravity(server: Server, media: Path, mode: str) -> None:
    write(media, "rex.jpg", CUSTOM)
    answer = server.image(f"{mode},g_auto:cat,w_300,h_500", "rex")
    assert answer.headers["x-focus"] == "custom; kept custom coordinates"
    x, y, width, height = (int(v) for v in answer.headers["x-crop-box"].split(","))
    assert (x <= 700, y <= 301, x + width >= 940, y + height >= 500) == (True,) * 4
    declined = server.image(f"{mode},g_auto:cat:custom_no_override,w_300,h_500", "rex")
    assert declined.headers["x-focus"].startswith("auto; kept cat 0.")


def test_stored_faces_are_the_faces(server: Server, media: Path) -> None:
    write(media, "ann.jpg", "faces = [[600, 100, 80, 80], [800, 100, 100, 100]]")
    one, every = (server.image(f"c_crop,g_{word}", "ann") for word in ("face", "faces"))
    assert one.headers["x-crop-box"] == "800,100,100,100"
    assert every.headers["x-crop-box"] == "600,100,300,100"
    assert one.headers["x-focus"] == "face; kept face 1.00 (stored)"
    # No detector is needed, so nothing is missing and the answer may stay.
    assert server.image("c_crop,g_face", "ann").headers["x-cache"] == "hit"


def test_an_added_changed_or_removed_file_makes_the_picture_anew(server: Server, media: Path) -> None:
    path = media / "tom.jpg.keepsight.toml"
    boxes = []
    for text in (None, "custom = [[100, 100, 50, 50]]", "custom = [[200, 100, 50, 50]]", None):
        if text is not None:
            path.write_text(text, "utf-8")
        else:
            path.unlink(missing_ok=True)
        first, second = (server.image("c_crop,g_custom,w_50,h_50", "tom") for _ in range(2))
        assert second.headers["x-cache"] == "hit"
        assert first.content == second.content
        boxes.append((first.headers["x-crop-box"], first.headers["x-cache"]))
    assert boxes == [
        ("575,375,50,50", "miss"),
        ("100,100,50,50", "miss"),
        ("200,100,50,50", "miss"),
        ("575,375,50,50", "hit"),  # from disk: what was made without coordinates is true again
    ]


def test_a_picture_that_no_coordinates_decide_is_not_made_anew(server: Server, media: Path) -> None:
    server.image("c_scale,w_77", "eve")
    write(media, "eve.jpg", CUSTOM)
    assert server.image("c_scale,w_77", "eve").headers["x-cache"] == "hit"


def test_a_broken_file_is_said_and_otherwise_ignored(server: Server, media: Path) -> None:
    sound = server.image("c_fill,g_auto:cat,w_300,h_500", "bob")
    write(media, "bob.jpg", "custom = [[1, 2, 3]]\nfases = []")
    broken = server.image("c_fill,g_auto:cat,w_300,h_500", "bob")
    assert broken.status_code == 200
    assert broken.content == sound.content
    assert broken.headers["x-focus"].endswith(
        "coordinates file is broken: custom[0]: expected [x, y, width, height], "
        "fases: no such entry (expected custom or faces)"
    )
    assert server.log.read_text("utf-8").count("coordinates.broken") == 1


def test_an_animated_picture_obeys_custom_only(server: Server, media: Path) -> None:
    write(media, "moving.gif", "custom = [[150, 50, 50, 50]]")
    assert server.image("c_crop,g_custom", "moving").headers["x-crop-box"] == "150,50,50,50"
    assert server.image("c_fill,g_auto,w_50,h_50", "moving").headers["x-crop-box"] == "50,0,100,100"
