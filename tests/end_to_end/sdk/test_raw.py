"""Files that are no pictures, and faces that people said."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import cloudinary
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest

from tests.end_to_end.conftest import Server

PAGE = b"<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def pointed(sdk: Server) -> Iterator[None]:
    yield


def upload_raw(content: bytes, public_id: str, **more: str) -> str:
    made = cloudinary.uploader.upload(io.BytesIO(content), public_id=public_id, resource_type="raw", **more)
    return str(made["url"])


def test_a_raw_file_is_saved_and_never_shown(server: Server) -> None:
    url = upload_raw(PAGE, "docs/page.html")
    for _ in range(2):
        answer = httpx.get(url)
        assert (answer.status_code, answer.content) == (200, PAGE)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == 'attachment; filename="page.html"'
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-cache"] == "hit"
    assert httpx.get(url, headers={"range": "bytes=0-7"}).content == b"<script>"
    for short in ("docs/page.html/any-words", "docs/page/any-words.html"):
        assert server.get(f"/demo/files/{short}").content == PAGE
    named = server.get("/demo/raw/upload/fl_attachment:other/docs/page.html")
    assert named.headers["content-disposition"] == 'attachment; filename="other.html"'


@pytest.mark.parametrize(
    ("public_id", "saved"),
    [
        ("notes", 'filename="notes"'),
        ("a/файл.тхт", "filename*=UTF-8''%D1%84%D0%B0%D0%B9%D0%BB.%D1%82%D1%85%D1%82"),
        ('q"uote.tar.gz', 'filename="q_uote.tar.gz"'),
    ],
)
def test_it_is_saved_under_its_own_name(public_id: str, saved: str) -> None:
    answer = httpx.get(upload_raw(b"x", public_id))
    assert answer.status_code == 200
    assert saved in answer.headers["content-disposition"]


def test_raw_files_change_at_once(server: Server) -> None:
    path = "/demo/raw/upload/changing.txt"
    for content in (b"one", b"two"):
        upload_raw(content, "changing.txt")
        assert server.get(path).content == content
    cloudinary.uploader.destroy("changing.txt", resource_type="raw")
    assert server.get(path).status_code == 404


def test_what_cannot_be_done_with_raw_files(server: Server) -> None:
    upload_raw(b"x", "plain.txt")
    refused = server.get("/demo/raw/upload/w_20/plain.txt")
    assert (refused.status_code, "raw files are delivered as they are" in refused.headers["x-cld-error"]) == (
        400,
        True,
    )
    assert server.get("/demo/image/upload/plain.txt").status_code == 404
    assert server.get("/demo/raw/fetch/https://example.com/x").status_code == 400
    assert server.get("/demo/video/upload/x").status_code == 400


@pytest.mark.parametrize("kind", ["private", "authenticated"])
def test_closed_raw_files_need_a_signature(server: Server, kind: str) -> None:
    upload_raw(b"secret", "closed.txt", type=kind)
    assert server.get(f"/demo/raw/{kind}/closed.txt").status_code == 401
    url, _ = cloudinary.utils.cloudinary_url("closed.txt", resource_type="raw", type=kind, sign_url=True)
    assert httpx.get(url).content == b"secret"


def test_faces_that_people_said_stand_above_those_that_are_seen(picture: Path) -> None:
    made = cloudinary.uploader.upload(picture, public_id="people", faces=True, face_coordinates=[[1, 2, 30, 40]])
    assert made["faces"] == [[1, 2, 30, 40]]
    again = cloudinary.uploader.explicit("people", type="upload", faces=True, face_coordinates=[[5, 6, 70, 80]])
    assert again["faces"] == [[5, 6, 70, 80]]
