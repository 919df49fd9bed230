"""What is there already is changed, renamed and destroyed through the official Python SDK."""

from __future__ import annotations

from pathlib import Path

import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest
from PIL import Image

from tests.end_to_end.conftest import Server

pytestmark = pytest.mark.usefixtures("sdk")


def upload(file: object, **options: object) -> dict:
    return cloudinary.uploader.upload(file, **options)


def test_overwriting(picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.new("RGB", (10, 20)).save(other)
    first = upload(picture, public_id="over", tags=["old"])
    kept = upload(other, public_id="over", overwrite=False)
    assert kept["existing"] is True
    assert (kept["etag"], kept["version"]) == (first["etag"], first["version"])
    second = upload(other, public_id="over", invalidate=True)
    assert (second["width"], second["height"], second["tags"]) == (10, 20, [])
    assert second["asset_id"] == first["asset_id"]
    assert second["version"] > first["version"]
    assert httpx.get(first["url"]).headers["content-type"] == "image/jpeg"  # the extension asks for it
    assert httpx.get(first["url"].replace(".jpg", "")).content == other.read_bytes()


def test_explicit(picture: Path) -> None:
    upload(picture, public_id="explicit", tags=["before"], context={"a": "1"})
    made = cloudinary.uploader.explicit(
        "explicit", type="upload", tags=["after"], phash=True, eager=[{"width": 12, "crop": "scale"}]
    )
    assert made["tags"] == ["after"]
    assert made["context"] == {"custom": {"a": "1"}}
    assert made["eager"][0]["width"] == 12
    assert len(made["phash"]) == 16
    with pytest.raises(cloudinary.exceptions.NotFound, match="Resource not found - nothing"):
        cloudinary.uploader.explicit("nothing", type="upload")


def test_destroy(picture: Path) -> None:
    made = upload(picture, public_id="gone")
    assert httpx.get(made["url"]).status_code == 200
    assert cloudinary.uploader.destroy("gone", invalidate=True)["result"] == "ok"
    assert httpx.get(made["url"]).status_code == 404
    assert cloudinary.uploader.destroy("gone")["result"] == "not found"


def test_delete_by_token(sdk: Server, picture: Path) -> None:
    made = upload(picture, public_id="token", return_delete_token=True)
    address = f"{sdk.url}/v1_1/demo/delete_by_token"
    answer = httpx.post(address, data={"token": made["delete_token"]})
    assert (answer.status_code, answer.json()) == (200, {"result": "ok"})
    assert httpx.get(made["url"]).status_code == 404
    again = httpx.post(address, data={"token": made["delete_token"]})
    assert (again.status_code, "Invalid token" in again.text) == (400, True)


def test_rename(picture: Path) -> None:
    old = upload(picture, public_id="old name")
    upload(picture, public_id="taken")
    new = cloudinary.uploader.rename("old name", "new/name", context="k=v")
    assert (new["public_id"], new["asset_id"], new["folder"]) == ("new/name", old["asset_id"], "new")
    assert new["context"] == {"custom": {"k": "v"}}
    assert httpx.get(old["url"]).status_code == 404
    assert httpx.get(new["url"]).status_code == 200
    with pytest.raises(cloudinary.exceptions.Error, match="already exists"):
        cloudinary.uploader.rename("new/name", "taken")
    assert cloudinary.uploader.rename("new/name", "taken", overwrite=True)["asset_id"] == old["asset_id"]
    hidden = cloudinary.uploader.rename("taken", "taken", to_type="private")
    assert hidden["type"] == "private"
    assert httpx.get(hidden["url"]).status_code == 401
    with pytest.raises(cloudinary.exceptions.NotFound):
        cloudinary.uploader.rename("nothing", "anything")


def test_tags_context_and_metadata(picture: Path) -> None:
    for name in ("t1", "t2", "t3"):
        upload(picture, public_id=name, tags=["all"])
    change = cloudinary.uploader
    assert change.add_tag("new,newer", ["t1", "t2", "nothing"])["public_ids"] == ["t1", "t2"]
    assert cloudinary.api.resource("t1")["tags"] == ["all", "new", "newer"]
    change.remove_tag("new", ["t1"])
    change.replace_tag("only", ["t2"])
    change.add_tag("all", ["t3"], exclusive=True)
    change.remove_all_tags(["t2"])
    tags = {name: cloudinary.api.resource(name)["tags"] for name in ("t1", "t2", "t3")}
    assert tags == {"t1": ["newer"], "t2": [], "t3": ["all"]}
    change.add_context({"alt": "x", "b": "1|2=3"}, ["t1", "t2"])
    assert cloudinary.api.resource("t2")["context"] == {"custom": {"alt": "x", "b": "1|2=3"}}
    change.remove_all_context(["t2"])
    assert "context" not in cloudinary.api.resource("t2")
    change.update_metadata({"sku": "A1", "sizes": ["s", "m"]}, ["t1"])
    assert cloudinary.api.resource("t1")["metadata"] == {"sku": "A1", "sizes": ["s", "m"]}
