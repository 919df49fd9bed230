"""What the page is told: the same that delivery and the APIs say."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import cloudinary
import pytest
from PIL import Image
from starlette.testclient import TestClient

from keepsight.app import create_app
from keepsight.settings import load_settings
from tests.studio.conftest import CAT, DOG, KEY, MARK, SECRET, TOY

pytestmark = pytest.mark.usefixtures("detectors")

Json = dict[str, Any]
BOTH = "upload/pets/both.jpg"
WISH: Json = {"photo": BOTH, "mode": "thumb", "objects": [{"word": "dog"}], "width": 200, "height": 200}


def client_of(media: Path, folder: Path, **given: Any) -> TestClient:
    settings = {
        "storage": {"media": media, "data": folder / "data"},
        "models": {"private": [TOY], "weights": folder, "preload": False, "deadline": 120},
    }
    return TestClient(create_app(load_settings(None, settings | given)), base_url="http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def studio(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """In development mode."""
    with client_of(media, tmp_path_factory.mktemp("open")) as client:
        yield client


@pytest.fixture(scope="module")
def locked_studio(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """With a secret and the APIs; strict, so that nothing is answered that is not signed."""
    cloud, strict = {"api_key": KEY, "api_secret": SECRET}, {"strict_transformations": True}
    folder = tmp_path_factory.mktemp("locked")
    with client_of(media, folder, cloud=cloud, security=strict, studio={"enabled": True}) as client:
        client.post("/studio/login", json={"key": KEY, "secret": SECRET}, headers=MARK).raise_for_status()
        yield client


def asked(client: TestClient, name: str, wish: Json) -> Json:
    answer = client.post(f"/studio/api/{name}", json=wish, headers=MARK)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: TestClient, name: str, wish: Json) -> str:
    answer = client.post(f"/studio/api/{name}", json=wish, headers=MARK)
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]["message"]


def path_of(url: str) -> str:
    return urlsplit(url).path


def bytes_of(uri: str) -> bytes:
    return base64.b64decode(uri.partition(",")[2])


def near(box: list[float], edges: tuple[float, float, float, float]) -> bool:
    x, y, width, height = box
    found = (x, y, x + width, y + height)
    return all(abs(a - b) < 40 for a, b in zip(found, edges, strict=True))


def test_the_page_shows_the_very_bytes_that_the_address_gives(studio: TestClient) -> None:
    told = asked(studio, "crop", WISH)
    delivered = studio.get(path_of(told["url"]), headers={"Accept": "image/webp"})
    assert delivered.status_code == 200
    assert delivered.content == bytes_of(told["picture"])
    x, y, width, height = told["window"]
    assert delivered.headers["x-crop-box"] == f"{x:.0f},{y:.0f},{width:.0f},{height:.0f}"
    assert delivered.headers["x-focus"] == told["x_focus"]
    assert told["transformation"] == "c_thumb,f_auto,g_auto:dog,h_200,q_auto,w_200"
    assert not told["signed"]


def test_why_is_said_in_sentences_and_drawn(studio: TestClient) -> None:
    told = asked(studio, "crop", WISH)
    assert told["reason"][0] == "Automatic gravity weighed the whole picture."
    assert told["reason"][1].startswith("Kept: dog (")
    assert told["reason"][1].endswith("% sure, toy).")
    (kept,) = told["kept"]
    assert near(kept["box"], DOG)
    assert any(near(each["box"], CAT) for each in told["bystanders"])
    heat = Image.open(io.BytesIO(bytes_of(told["importance"])))
    assert heat.mode == "LA"
    assert heat.getchannel("A").getextrema() == (0, 255)


def test_what_is_not_found_is_said(studio: TestClient) -> None:
    told = asked(studio, "crop", WISH | {"objects": [{"word": "bird"}, {"word": "catt"}]})
    assert "Bird not found." in told["reason"]
    assert any(sentence.startswith("Catt is unknown to every model (near: cat") for sentence in told["reason"])


@pytest.mark.parametrize(
    ("wish", "transformation"),
    [
        ({"mode": "fill", "width": 30, "ratio": "3:2"}, "ar_3:2,c_fill,g_auto,w_30"),
        ({"mode": "crop", "gravity": "objects", "objects": [{"word": "cat"}, {"word": "dog"}]}, "c_crop,g_cat:dog"),
        (
            {"mode": "crop", "gravity": "objects", "objects": [{"word": "bird"}], "fallback": True, "width": 90},
            "c_crop,g_bird:auto,w_90",
        ),
        (
            {"width": 9, "height": 9, "objects": [{"word": "cat", "avoid": True}, {"word": "dog", "weight": 40}]},
            "c_fill,g_auto:cat_avoid:dog_40,h_9,w_9",
        ),
        ({"mode": "limit", "width": 60, "height": 60}, "c_limit,h_60,w_60"),
        ({"mode": "fill_pad", "width": 60, "height": 60}, "b_auto,c_fill_pad,g_auto,h_60,w_60"),
        ({"gravity": "face", "width": 60, "height": 60}, "c_fill,g_face,h_60,w_60"),
        (
            {"gravity": "custom", "width": 60, "height": 60, "mode": "thumb", "zoom": 0.5},
            "c_thumb,g_custom,h_60,w_60,z_0.5",
        ),
    ],
)
def test_wishes_become_addresses(studio: TestClient, wish: Json, transformation: str) -> None:
    told = asked(studio, "crop", {"photo": BOTH, "format": ""} | wish)
    assert told["transformation"] == transformation
    assert studio.get(path_of(told["url"])).status_code == 200


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"photo": "elsewhere/x.jpg"}, "Invalid photo"),
        ({"photo": BOTH, "gravity": "objects"}, "choose an object"),
        ({"photo": BOTH, "objects": [{"word": "a,w_9000"}]}, "Invalid objects"),
        ({"photo": BOTH, "mode": "zoom"}, "Invalid mode"),
        ({"photo": BOTH, "width": 0}, "Invalid width"),
        ({"photo": BOTH, "ratio": "1:0:3"}, "Invalid ratio"),
        ({"photo": BOTH, "colour": "red"}, "Unknown parameter colour"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_in_words(studio: TestClient, wish: Json, said: str) -> None:
    assert said in refused(studio, "crop", wish)


def test_what_is_no_wish_at_all(studio: TestClient) -> None:
    for body in (b"", b"[]", b"{", b"[" * 100_000):
        answer = studio.post("/studio/api/crop", content=body, headers=MARK)
        assert answer.status_code == 400, body[:10]
    missing = studio.post("/studio/api/crop", json=WISH | {"photo": "upload/none.jpg"}, headers=MARK)
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "Resource not found - none.jpg"


@pytest.mark.parametrize(
    "photo", ["upload/../secret.jpg", "upload/.hidden.jpg", "dropped/../../x.jpg", "upload/notes.txt"]
)
def test_only_pictures_of_the_library_are_shown(studio: TestClient, photo: str) -> None:
    answer = studio.get("/studio/api/view", params={"photo": photo})
    assert answer.status_code in (400, 404)


def test_with_a_secret_addresses_are_signed(locked_studio: TestClient) -> None:
    told = asked(locked_studio, "crop", WISH)
    assert told["signed"]
    path = path_of(told["url"])
    assert "/s--" in path
    assert locked_studio.get(path).status_code == 200
    unsigned = "/".join(part for part in path.split("/") if not part.startswith("s--"))
    assert locked_studio.get(unsigned).status_code == 401
    for url in [each.split()[0] for each in told["srcset"].partition('srcset="')[2].partition('"')[0].split(",\n")]:
        assert locked_studio.get(path_of(url)).status_code == 200
    assert SECRET not in json.dumps(told["code"])


def test_python_code_makes_the_address(
    studio: TestClient, locked_studio: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    for client in (studio, locked_studio):
        for wish in (WISH, {"photo": BOTH, "mode": "crop", "gravity": "objects", "objects": [{"word": "cat"}]}):
            told = asked(client, "crop", wish)
            names: Json = {}
            cloudinary.reset_config()
            exec(told["code"]["python"], names)  # noqa: S102 - what a reader would paste
            assert names["url"] == told["url"]
    cloudinary.reset_config()


def test_a_dropped_photo_is_tried_and_is_no_part_of_the_library(studio: TestClient, media: Path) -> None:
    data = (media / "pets" / "both.jpg").read_bytes()
    taken = studio.post("/studio/api/drop", files={"file": data}, headers=MARK).json()
    assert (taken["width"], taken["height"]) == (1200, 800)
    told = asked(studio, "crop", WISH | {"photo": taken["photo"]})
    assert not told["deliverable"]
    assert told["kept"][0]["name"] == "dog"
    assert studio.get(path_of(told["url"])).status_code == 404
    shown = studio.get("/studio/api/view", params={"photo": taken["photo"], "side": 300})
    assert Image.open(io.BytesIO(shown.content)).size == (300, 200)
    again = studio.get(
        "/studio/api/view",
        params={"photo": taken["photo"], "side": 300},
        headers={"If-None-Match": shown.headers["etag"]},
    )
    assert again.status_code == 304


def test_what_is_dropped_has_to_be_a_picture(studio: TestClient) -> None:
    answer = studio.post("/studio/api/drop", files={"file": b"<svg"}, headers=MARK)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_a_file_over_the_limit_is_refused_while_it_comes(media: Path, tmp_path: Path) -> None:
    with client_of(media, tmp_path, limits={"max_bytes": "1KiB"}) as client:
        answer = client.post("/studio/api/drop", files={"file": b"x" * 2_000}, headers=MARK)
    assert answer.status_code == 400
    assert "too large" in answer.json()["error"]["message"]


def test_what_is_in_a_photo_is_offered(studio: TestClient) -> None:
    told = asked(studio, "seen", {"photo": BOTH})
    assert [each["word"] for each in told["words"]][:2] in (["cat", "dog"], ["dog", "cat"])
    assert told["model"] == "toy"
    (birds,) = asked(studio, "seen", {"photo": "upload/birds.png"})["words"]
    assert (birds["word"], birds["count"]) == ("bird", 2)


def test_a_model_is_shown_a_photo(studio: TestClient) -> None:
    about = studio.get("/studio/api/about").json()
    assert about["models"][0]["name"] == "toy_v1"
    told = asked(studio, "detect", {"photo": BOTH, "model": "toy_v1"})
    assert {each["name"] for each in told["boxes"]} == {"cat", "dog"}
    model = told["json"]["info"]["detection"]["object_detection"]["data"]["toy"]
    assert near(model["tags"]["cat"][0]["bounding-box"], CAT)
    assert "Invalid model 'none'" in refused(studio, "detect", {"photo": BOTH, "model": "none"})
    assert "keepsight models pull" in refused(studio, "detect", {"photo": BOTH, "model": "openimages_v1"})


def test_words_that_nobody_knows_have_neighbours(studio: TestClient) -> None:
    assert studio.get("/studio/api/nearest", params={"word": "cta"}).json()["known"] is False
    assert "cat" in studio.get("/studio/api/nearest", params={"word": "catt"}).json()["nearest"]
    assert studio.get("/studio/api/nearest", params={"word": "cats"}).json() == {"known": True, "nearest": []}


def test_an_art_directed_picture_in_a_frame(studio: TestClient) -> None:
    wish = {"photo": BOTH, "objects": [{"word": "cat"}], "alt": "<script>alert(1)</script>"}
    told = asked(studio, "picture", wish)
    assert told["markup"].count("<source") == 2
    frame = studio.get(f"/studio/frame?{urlencode({'wish': json.dumps(wish)})}")
    assert "<script" not in frame.text
    address = frame.text.partition('<img src="')[2].partition('"')[0]
    assert address.startswith("/studio/try/upload/demo/image/upload/")
    tried = studio.get(address)
    assert tried.status_code == 200
    public = told["markup"].partition('<img src="')[2].partition('"')[0]
    assert studio.get(path_of(public), headers={"Accept": "image/webp"}).content == tried.content
    assert "0:1" in refused(studio, "picture", wish | {"medium_ratio": "0:1"})


def test_the_media_folder_is_listed(studio: TestClient) -> None:
    first = studio.get("/studio/api/photos", params={"most": 2}).json()
    assert first == {"photos": ["upload/birds.png", "upload/nobody.jpg"], "after": "nobody.jpg"}
    rest = studio.get("/studio/api/photos", params={"most": 2, "after": first["after"]}).json()
    assert rest == {"photos": [BOTH], "after": None}
    assert studio.get("/studio/api/photos", params={"most": 0}).status_code == 400


def test_the_library_is_that_of_the_apis(locked_studio: TestClient, media: Path) -> None:
    data = (media / "pets" / "both.jpg").read_bytes()
    form = {"public_id": "pets/one", "eager": "c_fill,w_20,h_20"}
    brought = locked_studio.post(
        "/studio/api/library/upload", files={"file": ("a.jpg", data)}, data=form, headers=MARK
    )
    assert brought.status_code == 200, brought.text
    path = {"public_id": "pets/one"}
    tagged = asked(
        locked_studio, "library/update", {"path": path, "values": {"detection": "toy", "auto_tagging": 0.4}}
    )
    assert set(tagged["tags"]) == {"cat", "dog"}
    asked(locked_studio, "library/update", {"path": path, "values": {"custom_coordinates": "10,20,300,200"}})
    told = asked(locked_studio, "library/details", {"path": path, "values": {"coordinates": True}})
    assert told["coordinates"]["custom"] == [[10, 20, 300, 200]]
    crop = asked(locked_studio, "crop", {"photo": "upload/pets/one", "mode": "crop", "gravity": "custom"})
    assert crop["window"] == [10, 20, 300, 200]
    assert crop["reason"] == ["The stored custom coordinates decided.", "Kept: custom coordinates."]
    (derived,) = told["derived"]
    purged = asked(locked_studio, "library/purge", {"values": {"derived_resource_ids": [derived["id"]]}})
    assert purged["deleted"] == {derived["id"]: "deleted"}
    found = asked(locked_studio, "library/search", {"values": {"expression": "tags=dog", "with_field": ["tags"]}})
    assert [each["public_id"] for each in found["resources"]] == ["pets/one"]
    asked(locked_studio, "library/delete", {"values": {"public_ids": ["pets/one"]}})
    assert asked(locked_studio, "library/search", {"values": {"expression": "tags=dog"}})["total_count"] == 0
    assert "Invalid action 'config'" in refused(locked_studio, "library/config", {})


def test_without_apis_the_library_says_how_to_turn_them_on(studio: TestClient) -> None:
    assert "set cloud.api_key and cloud.api_secret" in refused(studio, "library/search", {})
