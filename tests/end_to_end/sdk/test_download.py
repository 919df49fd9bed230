"""`private_download_url` of the SDK."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import cloudinary
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest
from PIL import Image

from tests.end_to_end.conftest import Server


@pytest.fixture(autouse=True)
def pointed(sdk: Server) -> Iterator[None]:
    yield


@pytest.mark.parametrize("kind", ["upload", "private", "authenticated"])
def test_an_original_by_a_signed_address(picture: Path, kind: str) -> None:
    cloudinary.uploader.upload(picture, public_id="get/me", type=kind)
    shown = httpx.get(cloudinary.utils.private_download_url("get/me", "jpg", type=kind))
    assert (shown.status_code, shown.content) == (200, picture.read_bytes())
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "private, no-store")
    assert "content-disposition" not in shown.headers
    saved = httpx.get(cloudinary.utils.private_download_url("get/me", "png", type=kind, attachment=True))
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''me.png"
    assert Image.open(io.BytesIO(saved.content)).format == "PNG"
    assert httpx.get(cloudinary.utils.private_download_url("get/you", "jpg", type=kind)).status_code == 404


def test_a_raw_file(server: Server) -> None:
    cloudinary.uploader.upload(io.BytesIO(b"<p>"), public_id="page.html", resource_type="raw", type="private")
    url = cloudinary.utils.private_download_url("page.html", "", resource_type="raw", type="private")
    answer = httpx.get(url)
    assert (answer.content, answer.headers["content-type"]) == (b"<p>", "application/octet-stream")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"


def test_who_may_not(picture: Path) -> None:
    cloudinary.uploader.upload(picture, public_id="mine", type="private")
    url = cloudinary.utils.private_download_url
    later, past = int(time.time()) + 90_000, int(time.time()) - 5
    good = url("mine", "jpg", type="private", expires_at=later)
    assert httpx.get(good).status_code == 200
    assert httpx.get(good.replace("public_id=mine", "public_id=yours")).status_code == 401
    assert httpx.get(good.replace(str(later), str(later + 1))).status_code == 401
    assert httpx.get(f"{good}&public_id=yours").status_code == 400
    assert httpx.get(url("mine", "jpg", type="private", expires_at=past)).status_code == 401
    assert httpx.get(url("mine", "exe", type="private")).status_code == 400
    unsigned = good.partition("?")[0] + "?public_id=mine&type=private"
    assert httpx.get(unsigned).status_code == 400
