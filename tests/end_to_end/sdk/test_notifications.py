"""Webhooks: signed, tried again until they are taken, and never sent where nobody should be asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudinary.api
import cloudinary.uploader
import cloudinary.utils
import pytest

from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import pointed_at, secrets
from tests.serving import Handler, Site, serving
from tests.waiting import until


class Ear:
    """Takes notifications; answers with the statuses of `answers` first."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[dict[str, Any]] = []

    def __call__(self, handler: Handler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        timestamp, signature = handler.headers["X-Cld-Timestamp"], handler.headers["X-Cld-Signature"]
        assert cloudinary.utils.verify_notification_signature(body, int(timestamp), signature)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.append(json.loads(body))
        handler.give(status)


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear()


@pytest.fixture(scope="module")
def site(ear: Ear) -> Iterator[Site]:
    with serving(ear) as site:
        yield site


@pytest.fixture(scope="module")
def telling(start: Start, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Server:
    allowed = {"KEEPSIGHT_FETCH__UNSAFE_ORIGINS": site.url, "KEEPSIGHT_CDN__PURGE_URL": f"{site.url}/purge"}
    return start(tmp_path_factory.mktemp("media"), **secrets(**allowed))


@pytest.fixture(autouse=True)
def _pointed(telling: Server, ear: Ear) -> Iterator[None]:
    pointed_at(telling)
    ear.heard.clear()
    yield
    cloudinary.reset_config()


def eventually(ear: Ear, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    return until(lambda: next(filter(fits, ear.heard), None), "nobody told")


def of_kind(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda said: said.get("notification_type") == kind


def test_an_upload_is_told(site: Site, ear: Ear, picture: Path) -> None:
    cloudinary.uploader.upload(
        picture, public_id="told", notification_url=f"{site.url}/hook", return_delete_token=True, eager="c_scale,w_10"
    )
    said = eventually(ear, of_kind("upload"))
    assert (said["public_id"], said["width"], said["eager"][0]["width"]) == ("told", 300, 10)
    assert "delete_token" not in said


def test_who_does_not_take_it_is_told_again(site: Site, ear: Ear, picture: Path) -> None:
    ear.answers = [500, 404]
    cloudinary.uploader.upload(picture, public_id="again", notification_url=f"{site.url}/hook")
    assert eventually(ear, of_kind("upload"))["public_id"] == "again"


def test_the_others(site: Site, ear: Ear, picture: Path) -> None:
    hook = f"{site.url}/hook"
    cloudinary.uploader.upload(
        picture, public_id="o", eager="c_scale,w_10", eager_async=True, eager_notification_url=f"{hook}/eager"
    )
    assert eventually(ear, of_kind("eager"))["eager"][0]["width"] == 10
    cloudinary.uploader.upload(("x.jpg", b"no picture"), notification_url=hook, **{"async": True})
    assert "Invalid image file" in eventually(ear, of_kind("error"))["error"]["message"]
    cloudinary.uploader.rename("o", "p", notification_url=hook)
    assert eventually(ear, of_kind("rename"))["to_public_id"] == "p"
    cloudinary.uploader.add_tag("x", ["p"], notification_url=hook)
    assert eventually(ear, of_kind("resource_tags_changed"))["public_ids"] == ["p"]
    cloudinary.uploader.destroy("p", notification_url=hook)
    assert eventually(ear, of_kind("delete"))["public_id"] == "p"


def test_private_addresses_are_not_told(telling: Server, ear: Ear, picture: Path) -> None:
    other = "http://127.0.0.1:9/hook"
    assert cloudinary.uploader.upload(picture, public_id="quiet", notification_url=other)["public_id"] == "quiet"


def test_a_cdn_is_told_what_changed(ear: Ear, picture: Path) -> None:
    made = cloudinary.uploader.upload(picture, public_id="edge", eager="c_scale,w_10")
    cloudinary.uploader.upload(picture, public_id="edge", invalidate=True)
    said = eventually(ear, lambda said: "urls" in said)
    assert said["public_id"] == "edge"
    assert set(said["urls"]) == {made["url"], made["eager"][0]["url"]}
