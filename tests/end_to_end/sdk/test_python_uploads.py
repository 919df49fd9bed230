"""The official Python SDK's uploader against a real server."""

from __future__ import annotations

import base64
import io
import time
from pathlib import Path
from urllib.parse import quote

import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest
from PIL import Image

from tests.end_to_end.conftest import Server
from tests.end_to_end.sdk.conftest import SECRET, TOKEN

pytestmark = pytest.mark.usefixtures("sdk")


def upload(file: object, **options: object) -> dict:
    return cloudinary.uploader.upload(file, **options)


def test_an_upload_and_its_picture(sdk: Server, picture: Path) -> None:
    made = upload(picture, public_id="pets/tom", tags=["cat", "black cat"], context={"alt": "a|b=c"})
    assert (made["public_id"], made["format"], made["width"], made["height"]) == ("pets/tom", "jpg", 300, 200)
    assert made["tags"] == ["cat", "black cat"]
    assert made["context"] == {"custom": {"alt": "a|b=c"}}
    assert (made["folder"], made["type"], made["resource_type"]) == ("pets", "upload", "image")
    assert made["original_filename"] == "two colours"
    assert made["bytes"] == picture.stat().st_size
    assert cloudinary.utils.verify_api_response_signature(made["public_id"], made["version"], made["signature"])
    assert httpx.get(made["url"]).content == picture.read_bytes()
    assert httpx.get(made["url"]).headers["etag"]
    url = cloudinary.CloudinaryImage("pets/tom", version=made["version"]).build_url(
        width=30, crop="scale", format="png"
    )
    with Image.open(io.BytesIO(httpx.get(url).content)) as small:
        assert (small.format, small.size) == ("PNG", (30, 20))


def test_what_is_seen_without_a_detector(picture: Path) -> None:
    made = upload(picture, public_id="seen", colors=True, phash=True, image_metadata=True, exif=True, faces=True)
    assert made["colors"][0][1] == pytest.approx(75, abs=5)
    assert made["predominant"]["google"][0][0] == "red"
    assert len(made["phash"]) == 16
    assert made["image_metadata"]["FileType"] == "JPEG"
    assert made["exif"] == {}
    assert made["faces"] == []


def test_names(picture: Path) -> None:
    assert len(upload(picture)["public_id"]) == 20
    named = upload(picture, use_filename=True, unique_filename=False, folder="a/b")
    assert named["public_id"] == "a/b/two_colours"
    assert upload(picture, use_filename=True)["public_id"].startswith("two_colours_")
    shown = upload(picture, public_id="shown", use_filename_as_display_name=True, asset_folder="elsewhere")
    assert (shown["display_name"], shown["asset_folder"], shown["folder"]) == ("two colours", "elsewhere", "")
    other = upload(
        picture,
        use_filename=True,
        unique_filename=False,
        filename_override="other.jpg",
        discard_original_filename=True,
    )
    assert other["public_id"] == "other"
    assert "original_filename" not in other


@pytest.mark.parametrize(
    ("filename", "public_id"),
    [
        ("../../etc/passwd.jpg", "passwd"),
        ("C:\\Windows\\win.jpg", "win"),
        ("..", None),
        ("a\r\nX: y.jpg", "aX_y"),
        ("<img onerror=x>?.jpg", "img_onerror=x"),
        ("ünï ☃.jpg", "ünï"),
        ("%2e%2e%2fx.jpg", "2e_2e_2fx"),
        ("a" * 500 + ".jpg", "a" * 100),
    ],
)
def test_hostile_file_names(picture: Path, filename: str, public_id: str | None) -> None:
    made = upload((filename, picture.read_bytes()), use_filename=True, unique_filename=False)
    assert made["public_id"] == public_id or (public_id is None and len(made["public_id"]) == 20)
    assert httpx.get(made["url"]).status_code == 200


@pytest.mark.parametrize(
    "public_id", ["../x", "a/../b", "a//b", "/a", "a/", " a", "a?b", "a#b", "a%20b", "a\\b", "a\nb", "x" * 256, "."]
)
def test_hostile_public_ids(picture: Path, public_id: str) -> None:
    with pytest.raises(cloudinary.exceptions.Error, match=r"public_id.*(is invalid|is too long)"):
        upload(picture, public_id=public_id)


def test_a_data_uri(picture: Path) -> None:
    text = base64.b64encode(picture.read_bytes()).decode()
    assert upload(f"data:image/jpeg;base64,{text}", public_id="data")["bytes"] == picture.stat().st_size
    with pytest.raises(cloudinary.exceptions.Error, match="no base64"):
        upload("data:image/jpeg;base64,AAA")


def test_addresses(picture: Path) -> None:
    first = upload(picture, public_id="first")
    copy = upload(first["url"], public_id="copy")
    assert copy["etag"] == first["etag"]
    assert copy["original_filename"] == "first"
    for url, said in (
        ("http://127.0.0.1:9/x.jpg", "without encryption"),
        ("https://127.0.0.1/x.jpg", "no server on the public internet"),
        ("https://169.254.169.254/latest/meta-data", "no server on the public internet"),
        ("ftp://example.com/x.jpg", "Unsupported source URL"),
    ):
        with pytest.raises(cloudinary.exceptions.Error, match=said):
            upload(url)
    missing = first["url"].replace("first", "nothing")
    with pytest.raises(cloudinary.exceptions.Error, match="Resource not found - nothing"):
        upload(missing)


def test_in_parts(picture: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    Image.effect_noise((600, 600), 90).save(large)
    made = cloudinary.uploader.upload_large(
        str(large), resource_type="image", chunk_size=65_536, public_id="large", folder="parts", tags=["x"]
    )
    assert (made["public_id"], made["width"], made["tags"]) == ("parts/large", 600, ["x"])
    assert httpx.get(made["url"]).content == large.read_bytes()
    raw = cloudinary.uploader.upload_large(str(large), chunk_size=100_000)
    assert (raw["resource_type"], raw["bytes"]) == ("raw", large.stat().st_size)


def test_parts_in_any_order_and_twice(sdk: Server, picture: Path) -> None:
    data = picture.read_bytes()
    cuts = [(0, 1_000), (1_000, 1_500), (1_500, len(data))]

    def send(at: int, total: str) -> httpx.Response:
        first, last = cuts[at]
        headers = {"Content-Range": f"bytes {first}-{last - 1}/{total}", "X-Unique-Upload-Id": "any order"}
        signed = cloudinary.utils.sign_request({"timestamp": int(time.time()), "public_id": "order"}, {})
        files = {"file": ("x.jpg", data[first:last])}
        return httpx.post(f"{sdk.url}/v1_1/demo/image/upload", data=signed, files=files, headers=headers)

    for at, total in ((1, "-1"), (0, "-1"), (1, "-1")):
        answer = send(at, total).json()
        assert answer["done"] is False
        assert answer["public_id"] == "order"
    assert answer["bytes"] == 1_500
    made = send(2, str(len(data))).json()
    assert made["public_id"] == "order"
    assert httpx.get(made["url"]).content == data


@pytest.mark.parametrize(
    ("content_range", "upload_id", "said"),
    [
        ("bytes 0-9/5", "a", "expected first <= last < total"),
        ("bytes 9-0/10", "b", "expected first <= last < total"),
        ("lines 1-2/3", "c", "expected bytes first-last/total"),
        ("bytes 0-9/100", None, "Missing required header - X-Unique-Upload-Id"),
        ("bytes 0-9/100", "d", "announces 10 bytes, the part has"),
        ("bytes 0-9/999999999999", "e", "announces 10 bytes, the part has"),
    ],
)
def test_parts_that_are_none(sdk: Server, picture: Path, content_range: str, upload_id: str | None, said: str) -> None:
    headers = {"Content-Range": content_range} | ({"X-Unique-Upload-Id": upload_id} if upload_id else {})
    signed = cloudinary.utils.sign_request({"timestamp": int(time.time())}, {})
    files = {"file": ("x.jpg", picture.read_bytes())}
    answer = httpx.post(f"{sdk.url}/v1_1/demo/image/upload", data=signed, files=files, headers=headers)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_incoming_transformations_and_formats(picture: Path) -> None:
    made = upload(picture, public_id="incoming", transformation=[{"width": 30, "crop": "scale"}], format="png")
    assert (made["format"], made["width"], made["height"]) == ("png", 30, 20)
    with pytest.raises(cloudinary.exceptions.Error, match="Image file format jpeg not allowed"):
        upload(picture, allowed_formats=["png", "webp"])
    assert upload(picture, allowed_formats=["jpg"])["format"] == "jpg"


def test_eager(picture: Path) -> None:
    wanted = [{"width": 30, "crop": "scale"}, {"width": 20, "height": 20, "crop": "fill", "format": "png"}]
    made = upload(picture, public_id="eager", eager=wanted)
    first, second = made["eager"]
    assert (first["transformation"], first["width"], first["height"]) == ("c_scale,w_30", 30, 20)
    assert (second["transformation"], second["format"]) == ("c_fill,h_20,w_20/png", "png")
    for entry in (first, second):
        image = httpx.get(entry["url"])
        assert image.status_code == 200
        assert Image.open(io.BytesIO(image.content)).size == (entry["width"], entry["height"])
    details = cloudinary.api.resource("eager")
    assert {each["transformation"] for each in details["derived"]} == {"c_scale,w_30", "c_fill,h_20,w_20/png"}
    with pytest.raises(cloudinary.exceptions.Error, match="Invalid eager 'c_nothing'"):
        upload(picture, eager="c_nothing")


def test_coordinates_decide_the_crop(picture: Path) -> None:
    made = upload(
        picture, public_id="custom", custom_coordinates=[[200, 120, 60, 60]], face_coordinates=[[1, 2, 3, 4]]
    )
    assert made["coordinates"] == {"custom": [[200.0, 120.0, 60.0, 60.0]], "faces": [[1.0, 2.0, 3.0, 4.0]]}
    url = cloudinary.CloudinaryImage("custom").build_url(crop="crop", gravity="custom")
    assert httpx.get(url).headers["x-crop-box"] == "200,120,60,60"
    cloudinary.uploader.explicit("custom", type="upload", custom_coordinates=[[10, 20, 30, 40]])
    assert httpx.get(url).headers["x-crop-box"] == "10,20,30,40"
    cloudinary.api.update("custom", custom_coordinates=[5, 6, 70, 80])
    assert httpx.get(url).headers["x-crop-box"] == "5,6,70,80"


def test_signatures_of_every_kind(sdk: Server, picture: Path) -> None:
    for version in (1, 2):
        for algorithm in ("sha1", "sha256"):
            upload(
                picture, public_id="signed", context="a=b&c", signature_version=version, signature_algorithm=algorithm
            )
    cloudinary.config(oauth_token=TOKEN)
    assert upload(picture, public_id="bearer")["public_id"] == "bearer"
    assert cloudinary.api.ping()["status"] == "ok"
    cloudinary.config(oauth_token="another")
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match="Invalid token"):
        cloudinary.api.ping()
    cloudinary.config(oauth_token=None)


def test_a_wrong_signature_is_told_what_to_sign(picture: Path) -> None:
    said = r"Invalid Signature [0-9a-f]{40}. String to sign - 'public_id=x&timestamp=\d+'"
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match=said) as refused:
        upload(picture, public_id="x", api_secret="another")
    assert SECRET not in str(refused.value)
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match="Invalid api_key other"):
        upload(picture, api_key="other")


def test_an_old_timestamp(sdk: Server, picture: Path) -> None:
    signed = cloudinary.utils.sign_request({"timestamp": int(time.time()) - 3_700}, {})
    files = {"file": ("x.jpg", picture.read_bytes())}
    answer = httpx.post(f"{sdk.url}/v1_1/demo/image/upload", data=signed, files=files)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Stale request - reported time is ")


def test_unsigned_by_preset(picture: Path) -> None:
    api = cloudinary.api
    made = api.create_upload_preset(
        name="open", unsigned=True, folder="inbox", tags=["from preset"], context={"a": "1"}, eager="c_scale,w_10"
    )
    assert made["message"] == "created"
    api.create_upload_preset(name="closed", folder="inbox")
    up = cloudinary.uploader.unsigned_upload
    made = up(picture, "open", public_id="mine", tags=["own"], context={"b": "2"})
    assert made["public_id"] == "inbox/mine"
    assert made["tags"] == ["from preset", "own"]
    assert made["context"] == {"custom": {"a": "1", "b": "2"}}
    assert made["eager"][0]["width"] == 10
    assert up(picture, "open", public_id="mine")["existing"] is True
    for preset, options, said in (
        (
            "open",
            {"overwrite": True},
            "Overwrite parameter is not allowed when using unsigned upload. Only upload_preset,",
        ),
        ("open", {"detection": "coco"}, "Detection parameter is not allowed"),
        ("closed", {}, "Upload preset must be whitelisted for unsigned uploads"),
        ("nothing", {}, "Upload preset not found"),
        ("", {}, "Upload preset must be specified when using unsigned upload"),
    ):
        with pytest.raises(cloudinary.exceptions.Error, match=said):
            up(picture, preset, **options)
    signed = upload(picture, upload_preset="closed", public_id="signed", tags=["own"])
    assert signed["public_id"] == "inbox/signed"


def test_raw_and_auto(tmp_path: Path, picture: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    made = upload(str(text), resource_type="auto", use_filename=True, unique_filename=False)
    assert (made["resource_type"], made["public_id"], made["bytes"]) == ("raw", "notes.txt", 5)
    assert upload(picture, resource_type="auto")["resource_type"] == "image"
    with pytest.raises(cloudinary.exceptions.Error, match="Invalid image file"):
        upload(str(text))
    with pytest.raises(cloudinary.exceptions.Error, match="Resource type video is not offered"):
        upload(str(text), resource_type="video")


def test_in_the_background(picture: Path) -> None:
    pending = upload(picture, public_id="later", **{"async": True}, tags=["late"], eager="c_scale,w_11")
    assert pending["status"] == "pending"
    assert pending["batch_id"]
    made = eventually(lambda: cloudinary.api.resource("later"))
    assert made["tags"] == ["late"]
    eventually(lambda: cloudinary.api.resource("later")["derived"][0])
    upload(picture, public_id="eager later", eager="c_scale,w_12/png|c_scale,w_13", eager_async=True)
    widths = eventually(
        lambda: (
            {"widths": [d["width"] for d in cloudinary.api.resource("eager later")["derived"]]}
            if len(cloudinary.api.resource("eager later")["derived"]) == 2
            else {}["not yet"]
        )
    )
    assert sorted(widths["widths"]) == [12, 13]


def eventually(look: object, seconds: float = 20) -> dict:
    """What a look gives once it raises no more."""
    ends = time.monotonic() + seconds
    while True:
        try:
            return look()  # type: ignore[operator]
        except (cloudinary.exceptions.NotFound, KeyError, IndexError):
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


def test_a_large_upload_of_a_file_that_fits_in_one_part(picture: Path) -> None:
    for _ in range(2):
        made = cloudinary.uploader.upload_large(str(picture), public_id="in one", resource_type="image")
        assert (made["public_id"], made["bytes"]) == ("in one", picture.stat().st_size)
    assert httpx.get(made["url"]).content == picture.read_bytes()


def test_an_answer_says_that_something_was_overwritten(picture: Path) -> None:
    assert "overwritten" not in upload(picture, public_id="again")
    assert upload(picture, public_id="again")["overwritten"] is True
    kept = upload(picture, public_id="again", overwrite=False)
    assert kept["existing"] is True
    assert "overwritten" not in kept


def test_only_the_version_that_an_asset_has_is_immutable(sdk: Server, picture: Path, tmp_path: Path) -> None:
    def control(path: str) -> str:
        first, again = (sdk.get(f"/demo/image/upload/{path}").headers["cache-control"] for _ in range(2))
        assert first == again
        unchanged = sdk.get(f"/demo/image/upload/{path}", **{"If-None-Match": "*"})
        assert (unchanged.status_code, unchanged.headers["cache-control"]) == (304, first)
        return first

    first = upload(picture, public_id="in/versions")["version"]
    lasting, ordinary = "public, no-transform, immutable, max-age=2592000", "public, no-transform, max-age=2592000"
    for transformation in ("", "w_30/"):
        assert control(f"{transformation}v{first}/in/versions.jpg") == lasting
        for version in ("", "v1/", "v999/", f"v{first - 1}/", f"v{first + 1}/", f"v0{first}/"):
            assert control(f"{transformation}{version}in/versions.jpg") == ordinary, version
    other = tmp_path / "other.png"
    Image.new("RGB", (30, 20), "green").save(other)
    second = upload(other, public_id="in/versions")["version"]
    assert second > first
    assert control(f"w_30/v{first}/in/versions.png") == ordinary
    assert control(f"w_30/v{second}/in/versions.png") == lasting
    # No version says which bytes a layer has.
    assert control(f"l_in:versions,w_9/v{second}/in/versions.png") == ordinary
    assert control(f"l_text:Arial_9:x/v{second}/in/versions.png") == lasting


def test_one_name_in_both_normal_forms(sdk: Server, picture: Path) -> None:
    composed, decomposed = "unicode/K\u00fcche", "unicode/Ku\u0308che"
    assert upload(picture, public_id=decomposed)["public_id"] == composed
    assert upload(picture, public_id=composed)["overwritten"] is True
    for name in (composed, decomposed):
        assert sdk.get(f"/demo/image/upload/w_30/{quote(name)}.jpg").status_code == 200
        assert (
            sdk.get(f"/demo/image/upload/l_{quote(name.replace('/', ':'))},w_9/{quote(name)}.jpg").status_code == 200
        )
        assert cloudinary.api.resource(name)["public_id"] == composed
        assert [each["public_id"] for each in cloudinary.api.resources_by_ids([name])["resources"]] == [composed]
        assert cloudinary.uploader.add_tag("t", [name])["public_ids"] == [name]
    listed = cloudinary.api.resources(type="upload", prefix=decomposed)["resources"]
    assert [each["public_id"] for each in listed] == [composed]
    assert cloudinary.uploader.rename(decomposed, "unicode/Tu\u0308r")["public_id"] == "unicode/T\u00fcr"
    assert cloudinary.api.delete_resources(["unicode/Tu\u0308r"])["deleted"] == {"unicode/T\u00fcr": "deleted"}
