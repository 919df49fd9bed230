"""Two servers that share a PostgreSQL and an S3 bucket act as one."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.search
import cloudinary.uploader
import cloudinary.utils
import httpx
import psycopg
import pytest
from PIL import Image

from tests.assets.conftest import empty_database, postgresql, s3_bucket, s3_endpoint  # noqa: F401 - fixtures
from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import pointed_at, secrets
from tests.waiting import PATIENCE, until


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of a real PostgreSQL server."""
    with empty_database("postgresql", tmp_path, request) as url:
        yield url


def test_what_one_does_the_other_has(
    start: Start,
    tmp_path: Path,
    picture: Path,
    database_url: str,
    s3_bucket: str,  # noqa: F811
) -> None:
    shared = secrets(KEEPSIGHT_CATALOGUE__URL=database_url, KEEPSIGHT_STORAGE__ORIGINALS=s3_bucket)
    one, other = (start(tmp_path, **shared) for _ in range(2))

    def at(server: Server, url: str) -> httpx.Response:
        return httpx.get(server.url + url[url.index("/demo/") :], timeout=PATIENCE)

    pointed_at(one)
    made = cloudinary.uploader.upload(picture, public_id="pets/tom", tags=["cat"], context={"alt": "a cat"})
    pointed_at(other)
    assert cloudinary.api.resource("pets/tom")["etag"] == made["etag"]
    assert at(other, made["url"]).content == picture.read_bytes()
    found = cloudinary.search.Search().expression('tags=cat AND context.alt:"a c*" AND uploaded_at>1h').execute()
    assert found["total_count"] == 1
    page = cloudinary.uploader.upload(picture, public_id="pets/rex")
    first = cloudinary.api.resources(max_results=1)
    pointed_at(one)
    second = cloudinary.api.resources(max_results=1, next_cursor=first["next_cursor"])
    assert [first["resources"][0]["public_id"], second["resources"][0]["public_id"]] == ["pets/rex", "pets/tom"]

    small = tmp_path / "small.png"
    Image.new("RGB", (8, 4)).save(small)
    assert at(other, made["url"].replace("/v", "/c_scale,w_30/v")).status_code == 200
    changed = cloudinary.uploader.upload(small, public_id="pets/tom")
    assert changed["version"] > made["version"]
    for server in (one, other):
        with Image.open(io.BytesIO(at(server, "/demo/image/upload/pets/tom").content)) as image:
            assert image.size == (8, 4)

    data = picture.read_bytes()
    halves = [(0, 900), (900, len(data))]
    for server, (begin, end) in zip((one, other), halves, strict=True):
        signed = cloudinary.utils.sign_request({"timestamp": int(time.time()), "public_id": "parts"}, {})
        headers = {"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}", "X-Unique-Upload-Id": "shared"}
        files = {"file": ("x.jpg", data[begin:end])}
        answer = httpx.post(
            f"{server.url}/v1_1/demo/image/upload", data=signed, files=files, headers=headers, timeout=30
        )
    assert answer.json()["etag"] == page["etag"]

    cloudinary.uploader.upload(picture, public_id="later", eager="c_scale,w_9", eager_async=True)
    pointed_at(other)
    assert until(lambda: cloudinary.api.resource("later")["derived"])[0]["width"] == 9
    assert cloudinary.uploader.destroy("pets/tom")["result"] == "ok"
    for server in (one, other):
        assert at(server, made["url"]).status_code == 404
    assert cloudinary.api.delete_resources_by_prefix("pets/")["deleted"] == {"pets/rex": "deleted"}


def test_a_catalogue_that_is_away_is_waited_for(
    start: Start,
    tmp_path: Path,
    picture: Path,
    database_url: str,
    postgresql: str,  # noqa: F811
) -> None:
    server = start(tmp_path, **secrets(KEEPSIGHT_CATALOGUE__URL=database_url))
    pointed_at(server)
    cloudinary.uploader.upload(picture, public_id="kept")
    assert [server.image("c_scale,w_20", "kept.jpg").headers["x-cache"] for _ in range(2)] == ["miss", "hit"]
    name = database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        for public_id in ("kept.jpg", "other.jpg"):
            answer = server.image("c_scale,w_20", public_id)
            assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
            assert answer.headers["x-cld-error"] == "The catalogue does not answer just now"
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert until(lambda: server.image("c_scale,w_20", "kept.jpg").status_code == 200)
