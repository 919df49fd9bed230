"""Every call of the add-on's documentation, by the official Python SDK, with real detectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.search
import cloudinary.uploader
import httpx
import pytest

from tests.conftest import shared
from tests.end_to_end.conftest import Server
from tests.end_to_end.sdk.conftest import pointed_at

GIRAFFES = "photos/000000000072.jpg"


@pytest.fixture(autouse=True)
def _pointed(seeing: Server) -> Iterator[None]:
    pointed_at(seeing)
    yield
    cloudinary.reset_config()


def upload(**options: Any) -> dict[str, Any]:
    return cloudinary.uploader.upload(shared(GIRAFFES), **options)


def boxes(answer: dict[str, Any], model: str, tag: str) -> list[dict[str, Any]]:
    return answer["info"]["detection"]["object_detection"]["data"][model]["tags"][tag]


def test_detection_in_the_documented_shape() -> None:
    made = upload(public_id="detected", detection="coco_v1")
    answer = made["info"]["detection"]["object_detection"]
    assert answer["status"] == "complete"
    model = answer["data"]["coco"]
    assert (model["model_name"], model["model_version"], model["schema_version"]) == ("coco", 1, 1)
    giraffe = model["tags"]["giraffe"][0]
    assert giraffe["categories"] == ["animal"]
    assert 0.5 < giraffe["confidence"] <= 1
    x, y, width, height = giraffe["bounding-box"]
    assert 0 <= x < x + width <= made["width"]
    assert 0 <= y < y + height <= made["height"]
    assert made["tags"] == []
    assert cloudinary.api.resource("detected")["info"] == made["info"]


def test_the_box_is_the_one_that_is_cropped() -> None:
    made = upload(public_id="cropped", detection="coco")
    surest = boxes(made, "coco", "giraffe")[0]["bounding-box"]
    url = cloudinary.CloudinaryImage("cropped").build_url(crop="crop", gravity="giraffe", sign_url=True)
    shown = [int(side) for side in httpx.get(url, timeout=60).headers["x-crop-box"].split(",")]
    others = [each["bounding-box"] for each in boxes(made, "coco", "giraffe")]
    assert any(all(abs(a - b) <= 2 for a, b in zip(shown, box, strict=True)) for box in (surest, *others))


def test_auto_tagging_on_upload() -> None:
    made = upload(public_id="tagged", detection="coco", auto_tagging=0.6, tags=["zoo"])
    assert made["tags"] == ["zoo", "giraffe"]
    found = cloudinary.api.resources_by_tag("giraffe")
    assert [each["public_id"] for each in found["resources"]] == ["tagged"]
    search = cloudinary.search.Search().expression("tags:giraffe").execute()
    assert [each["public_id"] for each in search["resources"]] == ["tagged"]
    assert upload(public_id="sure", detection="coco", auto_tagging=0.999)["tags"] == []
    assert upload(public_id="by itself", detection="coco", auto_tagging="default")["tags"] == ["giraffe"]
    cloudinary.api.delete_resources(["tagged", "sure", "by itself"])


def test_tagging_an_asset_that_is_there() -> None:
    upload(public_id="later", tags=["zoo"])
    assert cloudinary.api.update("later", detection="coco", auto_tagging=0.9)["tags"] == ["zoo"]
    changed = cloudinary.api.update("later", detection="openimages", auto_tagging=0.3)
    assert len(changed["tags"]) > 1
    explicit = cloudinary.uploader.explicit("later", type="upload", detection="coco", auto_tagging=0.5)
    assert {"zoo", "giraffe"} <= set(explicit["tags"])
    data = explicit["info"]["detection"]["object_detection"]["data"]
    assert data.keys() == {"coco"}


def test_several_models_and_categorization() -> None:
    made = upload(public_id="several", detection="coco,openimages", categorization="openimages", auto_tagging=0.4)
    assert made["info"]["detection"]["object_detection"]["data"].keys() == {"coco", "openimages"}
    tags = made["info"]["categorization"]["openimages"]
    assert tags["status"] == "complete"
    seen = made["info"]["detection"]["object_detection"]["data"]["openimages"]["tags"]
    assert {each["tag"] for each in tags["data"]} == seen.keys()
    assert {"giraffe", tags["data"][0]["tag"]} <= set(made["tags"])


@pytest.mark.parametrize(
    ("detection", "said"),
    [
        ("captioning", r"there is no such model \(expected one of coco, lvis"),
        ("coco_v9", r"no such version \(expected coco_v1(, coco_v\d)*\)"),
        ("lvis", "the weights of lvis are not installed"),
        ("adv_face", "there is no such model"),
    ],
)
def test_models_that_are_none(detection: str, said: str) -> None:
    with pytest.raises(cloudinary.exceptions.BadRequest, match=said):
        upload(public_id="refused", detection=detection)
    with pytest.raises(cloudinary.exceptions.NotFound):
        cloudinary.api.resource("refused")


def test_faces() -> None:
    made = cloudinary.uploader.upload(shared("photos/000000000785.jpg"), public_id="skier", faces=True)
    assert len(made["faces"]) == 1
    assert all(isinstance(side, int) for side in made["faces"][0])
    search = cloudinary.search.Search().expression("face_count=1").with_field("image_analysis").execute()
    assert search["resources"][0]["image_analysis"]["face_count"] == 1


def test_analyze(seeing: Server) -> None:
    made = upload(public_id="analysed")
    classic = cloudinary.api.analyze("uri", "coco", uri=made["url"])
    assert classic["data"]["entity"] == made["url"]
    assert classic["data"]["analysis"]["tags"]["giraffe"][0]["categories"] == ["animal"]
    assert classic["data"]["analysis"]["model_version"] == 1
    newer = f"{seeing.url}/v2/analysis/demo/analyze"
    for source in ({"uri": made["url"]}, {"asset_id": made["asset_id"]}):
        answer = httpx.post(f"{newer}/coco", json={"source": source}, auth=("key", "abcd"), timeout=60).json()
        assert answer["data"]["analysis"] == classic["data"]["analysis"]
        assert answer["request_id"]
    for model, body, status, said in (
        ("coco", {"source": {}}, 400, "either uri or asset_id"),
        ("coco", {"source": {"asset_id": "0" * 32}}, 404, "Resource not found"),
        ("coco", {}, 400, "Missing required parameter - source"),
        ("captioning", {"source": {"asset_id": made["asset_id"]}}, 400, "there is no such model"),
        ("coco", {"source": {"uri": "https://10.0.0.1/x.jpg"}}, 400, "no server on the public internet"),
    ):
        answer = httpx.post(f"{newer}/{model}", json=body, auth=("key", "abcd"), timeout=60)
        assert (answer.status_code, said in answer.json()["error"]["message"]) == (status, True), answer.text


def test_eager_object_crops_are_made_ahead() -> None:
    made = upload(
        public_id="ahead", eager=[{"width": 100, "aspect_ratio": "1", "crop": "thumb", "gravity": "auto:giraffe"}]
    )
    assert (made["eager"][0]["width"], made["eager"][0]["height"]) == (100, 100)
