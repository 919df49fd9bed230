"""No name leads out of its folder: neither one that is asked for nor one that is given."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import os
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from urllib3 import encode_multipart_formdata

from keepsight.api.auth import string_to_sign
from keepsight.api.upload.naming import base_name, checked
from keepsight.app import Keepsight, create_app
from keepsight.errors import BadRequest
from keepsight.settings import Settings
from tests.faults.asking import Answered, ask

SECRET = "abcd"
OUTSIDE, INSIDE = (200, 0, 0), (0, 0, 200)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A media library, and around it pictures that nobody may have."""
    house = tmp_path_factory.mktemp("house")
    for place, colour in {
        "media/tom.jpg": INSIDE, "media/pets/rex.png": INSIDE, "outside.jpg": OUTSIDE, "media-next/tom.jpg": OUTSIDE,
        "private/tom.jpg": OUTSIDE, "media/.hidden/tom.jpg": OUTSIDE, "media/.tom.jpg": OUTSIDE,
        "deep/er/tom.jpg": OUTSIDE,
    }.items():  # fmt: skip
        path = house / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), colour).save(path)
    (house / "media/link.jpg").symlink_to(house / "outside.jpg")
    (house / "media/up").symlink_to(house)
    (house / "media/deeper").symlink_to(house / "deep")
    (house / "media/loop").symlink_to(house / "media/loop")
    (house / "media/passwd.jpg").symlink_to("/etc/passwd")
    os.mkfifo(house / "media/pipe.jpg")
    return house


@pytest.fixture(scope="module")
def app(house: Path) -> Iterator[Keepsight]:
    """With a library of uploads."""
    app = create_app(
        Settings.model_validate(
            {
                "cloud": {"api_key": "key", "api_secret": SECRET},
                "storage": {"media": house / "media", "data": house / "data"},
                "models": {"weights": house, "preload": False},
                "catalogue": {"workers": 0},
            }
        )
    )
    yield app
    asyncio.run(app.delivery.close(5))


def is_outside(answer: Answered) -> bool:
    """Whether any byte of what lies outside came out: its colour, or the words of a file."""
    if b"root:" in answer.body:
        return True
    if answer.status != 200 or not answer.headers["content-type"].startswith("image/"):
        return False
    with Image.open(io.BytesIO(answer.body)) as image:
        red, _, blue = image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
    return red > blue


UP = ["..", ".", "...", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%2f..", "..%5c", "..\\", "%c0%ae%c0%ae", "．．",
      "‥", "..;", "..%00", "%2e%2e%2f", "..%252f", "....//", "~", "%7e", " ..", ".. ", "..%20", "%09.."]  # fmt: skip
NAMES = ["outside.jpg", "outside", "media-next/tom.jpg", "tom.jpg", "link.jpg", "link", "up/outside.jpg", "up", "loop",
         "deeper/er/tom.jpg", "passwd.jpg", "passwd", "pipe.jpg", "pipe", ".hidden/tom.jpg", ".tom.jpg", ".tom",
         "etc/passwd",
         "/etc/passwd", "//etc/passwd", "private/tom.jpg", "C:\\outside.jpg", "C:/outside.jpg", "NUL", "con.jpg",
         "outside.jpg::$DATA", "tom.jpg/", "tom.jpg/.", "tom.jpg%00.png", "tom.jpg\r\nX: y", "data/catalogue.sqlite",
         "file:///etc/passwd", "%2fetc%2fpasswd", "..%2foutside.jpg", "media/../outside.jpg"]  # fmt: skip
PATHS = st.builds(
    lambda ups, name, separator: separator.join([*ups, name]),
    st.lists(st.sampled_from(UP), max_size=5),
    st.sampled_from(NAMES),
    st.sampled_from(["/", "%2f", "%2F", "\\", "%5c", "//", "/./", "%252f", "∕", "／"]),
)
FORMS = [
    "/demo/image/upload/{}", "/demo/image/upload/w_4/{}", "/demo/image/upload/w_4/v1/{}", "/demo/raw/upload/{}", "/{}",
    "/demo/image/private/w_4/{}", "/image/upload/{}", "/demo/iu/{}", "/demo/images/{}/seo.jpg", "/demo/{}",
    "/demo/image/upload/w_4,d_{}/nobody", "/demo/image/upload/w_4,d_{}.jpg/nobody.jpg",
]  # fmt: skip


@given(PATHS, st.sampled_from(FORMS))
@settings(max_examples=300)
def test_no_path_leads_out(app: Keepsight, path: str, form: str) -> None:
    answer = ask(app, form.format(path))
    assert answer.status < 500
    assert not is_outside(answer)


@given(PATHS)
@settings(max_examples=200)
def test_no_layer_leads_out(app: Keepsight, path: str) -> None:
    spelled = path.replace("/", ":")
    hidden = base64.urlsafe_b64encode(f"file:///{path}".encode("utf-8", "replace")).decode().rstrip("=")
    for layer in (f"l_{spelled},w_8", f"u_{spelled},w_8", f"l_fetch:{hidden},w_8", f"l_private:{spelled},w_8"):
        answer = ask(app, f"/demo/image/upload/w_8/{layer}/fl_layer_apply/tom.jpg")
        assert answer.status < 500
        assert not is_outside(answer)


@given(st.text(max_size=400), st.sampled_from(FORMS))
@settings(max_examples=300)
def test_any_text_at_all_leads_nowhere(app: Keepsight, text: str, form: str) -> None:
    answer = ask(app, form.format(text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")))
    assert answer.status < 500
    assert not is_outside(answer)


@pytest.mark.parametrize("name", ["tom.jpg", "pets/rex.png"])
def test_what_is_inside_is_there(app: Keepsight, name: str) -> None:
    """So that the tests above mean something."""
    answer = ask(app, f"/demo/image/upload/w_4/{name}")
    assert answer.status == 200
    assert not is_outside(answer)


def test_a_link_that_leads_out_after_it_was_answered(app: Keepsight, house: Path) -> None:
    """An answer in memory is not given for what has become a link to something else."""
    path = house / "media/changing.jpg"
    Image.new("RGB", (8, 8), INSIDE).save(path)
    assert ask(app, "/demo/image/upload/w_4/changing.jpg").status == 200
    path.unlink()
    path.symlink_to(house / "outside.jpg")
    answer = ask(app, "/demo/image/upload/w_4/changing.jpg")
    assert answer.status == 404


def upload(app: Keepsight, picture: bytes, filename: str, kind: str = "image", **fields: str) -> Answered:
    said = {"timestamp": str(int(time.time())), **fields}
    signature = hashlib.sha256(f"{string_to_sign(tuple(said.items()))}{SECRET}".encode()).hexdigest()
    body, content_type = encode_multipart_formdata(
        [*said.items(), ("api_key", "key"), ("signature", signature), ("file", (filename, picture))]
    )
    return ask(app, f"/v1_1/demo/{kind}/upload", "POST", body, content_type=content_type)


def files_of(house: Path) -> set[str]:
    return {
        path.relative_to(house).as_posix() for path in house.rglob("*") if path.is_file() and not path.is_symlink()
    }


@given(PATHS, PATHS, PATHS, st.sampled_from(["image", "raw"]))
@settings(max_examples=25)
def test_no_upload_leaves_its_folder(
    app: Keepsight, house: Path, name: str, folder: str, filename: str, kind: str
) -> None:
    """Whatever it is called: bytes lie under names that Keepsight chose, in the folder of originals."""
    before = files_of(house)
    picture = (house / "media/tom.jpg").read_bytes()
    for fields in (
        {"public_id": name},
        {"public_id": "x", "folder": folder},
        {"public_id": "x", "asset_folder": folder},
        {"use_filename": "1", "unique_filename": "0"},
    ):
        answer = upload(app, picture, filename, kind, **fields)
        assert answer.status in (200, 400), answer.body
    new = files_of(house) - before
    assert all(path.startswith("data/") for path in new)
    kept = house / "data/originals"
    assert all(part.isascii() for path in kept.rglob("*") for part in path.relative_to(kept).parts)


def test_names_that_look_alike_are_one(app: Keepsight, house: Path) -> None:
    """No second asset hides behind the other normal form of a name: an upload by either replaces the one asset."""
    composed, decomposed = (unicodedata.normalize(form, "tést") for form in ("NFC", "NFD"))
    picture = (house / "media/tom.jpg").read_bytes()
    uploads = [upload(app, picture, "x.jpg", public_id=name) for name in (composed, decomposed)]
    ids = {json.loads(answered.body)["asset_id"] for answered in uploads}
    assert len(ids) == 1
    assert upload(app, (house / "outside.jpg").read_bytes(), "x.jpg", public_id=decomposed).status == 200
    for name in (composed, decomposed):
        assert is_outside(ask(app, f"/demo/image/upload/{quote(name)}.jpg"))


@given(st.text(max_size=300))
def test_a_public_id_that_passes_is_one(text: str) -> None:
    try:
        public_id = checked(text)
    except BadRequest:
        return
    parts = public_id.split("/")
    assert not {"", ".", ".."} & set(parts)
    assert not set(public_id) & set("?&#\\%<>+\0\r\n\t")
    assert (Path("/library") / public_id).is_relative_to("/library")
    assert os.path.normpath(f"/library/{public_id}").startswith("/library/")


@given(st.text(max_size=300))
def test_the_name_of_a_file_has_no_folder(text: str) -> None:
    name = base_name(text)
    assert "/" not in name
    assert "\\" not in name
    assert name.isprintable()


@pytest.mark.parametrize("call", ["generate_archive", "download_backup", "generate_sprite", "multi", "explode"])
def test_archives_are_not_offered(app: Keepsight, call: str) -> None:
    """No name ever becomes one in an archive."""
    answer = ask(app, f"/v1_1/demo/image/{call}", "POST")
    assert answer.status == 404
