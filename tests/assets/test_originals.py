from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.assets.normal_form import path_spellings
from keepsight.assets.originals import Originals
from keepsight.errors import BadImage, BadRequest, NotFound, Unavailable

EXTENSIONS = ("jpg", "png", "webp")
Form = Literal["NFC", "NFD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    for name in ("tom.jpg", "tom.png", "pets/rex.PNG", "my.photo.webp", ".hidden.jpg", ".git/x.jpg", "plain"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    (root / "alias.jpg").symlink_to(root / "tom.jpg")
    return root


@pytest.fixture
def originals(library: Path) -> Originals:
    return Originals({"upload": library}, EXTENSIONS, max_bytes=1_000)


@pytest.mark.parametrize(
    ("public_id", "key", "extension"),
    [
        ("tom.jpg", "tom.jpg", None),
        ("tom.png", "tom.png", None),  # the exact path wins
        ("tom", "tom.jpg", None),  # then the first extension in order
        ("tom.webp", "tom.jpg", "webp"),  # the rest is the wanted format
        ("tom.jpg.webp", "tom.jpg", "webp"),
        ("pets/rex", "pets/rex.PNG", None),
        ("pets/rex.JPG", "pets/rex.PNG", "jpg"),
        ("my.photo", "my.photo.webp", None),
        ("plain", "plain", None),
        ("alias", "alias.jpg", None),  # a link inside the library is fine
    ],
)
def test_a_public_id_finds_its_file(originals: Originals, public_id: str, key: str, extension: str | None) -> None:
    found = originals.find(public_id)
    assert (found.key, found.extension) == (key, extension)


def test_an_extension_apart_from_the_id_is_the_wanted_format(originals: Originals) -> None:
    assert originals.find("tom", "webp").extension == "webp"


@pytest.mark.parametrize(
    "public_id",
    [
        "nobody", "pets", "pets/", "/tom.jpg", "../outside.jpg", "pets/../tom.jpg", "..", ".", "./tom.jpg",
        "pets//rex", ".hidden.jpg", ".hidden",
        ".git/x.jpg", "..\\outside.jpg", "link.jpg", "link", "a" * 5_000, "to\0m",
    ],
)  # fmt: skip
def test_nothing_outside_the_library_and_nothing_hidden_is_found(originals: Originals, public_id: str) -> None:
    with pytest.raises(NotFound):
        originals.find(public_id)


def test_bytes_digest_and_stamp_follow_the_file(originals: Originals, library: Path) -> None:
    before = originals.find("tom")
    assert originals.read(before) == b"tom.jpg"
    assert originals.digest(before) == hashlib.sha256(b"tom.jpg").hexdigest()
    assert originals.is_current(before)
    (library / "tom.jpg").write_bytes(b"another Tom")
    assert not originals.is_current(before)
    assert originals.digest(originals.find("tom")) == hashlib.sha256(b"another Tom").hexdigest()
    (library / "tom.jpg").unlink()
    assert not originals.is_current(before)
    with pytest.raises(NotFound):
        originals.read(before)


@pytest.mark.parametrize("change", ["written over", "replaced"])
def test_a_file_that_changed_after_it_was_found_is_not_taken_for_it(
    originals: Originals, library: Path, change: str
) -> None:
    found = originals.find("tom")
    if change == "replaced":
        (library / "new").write_bytes(b"tom.jpg")
        (library / "new").replace(library / "tom.jpg")
    else:
        (library / "tom.jpg").write_bytes(b"longer than it was")
    with pytest.raises(Unavailable, match="changed"):
        originals.read(found)
    assert originals.read(originals.find("tom"))


def test_a_file_over_the_limit_is_not_read(originals: Originals, library: Path) -> None:
    os.truncate(library / "tom.jpg", 1_001)
    with pytest.raises(BadImage, match="File size too large"):
        originals.read(originals.find("tom"))


@pytest.fixture
def typed(library: Path, tmp_path: Path) -> Originals:
    """A library with private pictures, and none that are authenticated."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "secret.png").write_bytes(b"secret")
    return Originals({"upload": library, "private": tmp_path / "private"}, EXTENSIONS, max_bytes=1_000)


def test_each_delivery_type_has_a_folder_of_its_own(typed: Originals) -> None:
    found = typed.find("secret", type_="private")
    assert (found.type, typed.read(found)) == ("private", b"secret")
    for public_id, type_ in (("secret", "upload"), ("tom", "private"), ("tom", "authenticated")):
        with pytest.raises(NotFound):
            typed.find(public_id, type_=type_)


def test_what_a_layer_shows_is_named_when_it_is_missing(typed: Originals) -> None:
    assert typed.find_layer("secret", "private").key == "secret.png"
    with pytest.raises(BadRequest, match=r"^Unknown or invalid referenced image secret of type upload$"):
        typed.find_layer("secret")


def test_a_default_stands_in_for_what_is_missing(typed: Originals) -> None:
    missing = NotFound("Resource not found - nobody")
    instead = typed.find_default("pets/rex.png", "webp", missing)
    assert (instead.key, instead.extension) == ("pets/rex.PNG", "webp")
    for default in ("secret.png", "nobody/else"):  # it is of type upload, and there
        with pytest.raises(NotFound) as caught:
            typed.find_default(default, None, missing)
        assert caught.value is missing


@pytest.mark.parametrize("type_", ["facebook", "twitter_name", "gravatar", "youtube", "list"])
def test_types_of_other_services_are_refused_with_what_is_there(originals: Originals, type_: str) -> None:
    with pytest.raises(BadRequest, match=f"type {type_} are not offered by this server .expected upload, private"):
        originals.find("tom", type_=type_)


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("in_url", ["NFC", "NFD"])
def test_a_file_is_found_in_either_normal_form(
    originals: Originals, library: Path, on_disk: Form, in_url: Form
) -> None:
    folder, file = normalize(on_disk, "Küche"), normalize("NFC" if on_disk == "NFD" else "NFD", "Töpfe が.jpg")
    (library / folder).mkdir()
    (library / folder / file).write_bytes(b"mixed")  # as archives bring them
    for public_id in ("Küche/Töpfe が.jpg", "Küche/Töpfe が", "Küche/Töpfe が.webp"):
        assert originals.find(normalize(in_url, public_id)).key == f"{folder}/{file}"
    with pytest.raises(NotFound):
        originals.find(normalize(in_url, "Küche/Topfe が.jpg"))


def test_of_two_files_the_one_that_is_spelt_so_is_found(originals: Originals, library: Path) -> None:
    for form in FORMS:
        (library / normalize(form, "zwölf.jpg")).write_bytes(form.encode())
    for form in FORMS:
        assert originals.read(originals.find(normalize(form, "zwölf"))) == form.encode()


@given(st.text(st.sampled_from("aüが/é\u0308"), max_size=40))
def test_spellings_of_a_path_look_the_same_and_are_few(path: str) -> None:
    spelt = path_spellings(path)
    assert spelt[0] == path
    assert len(spelt) == len(set(spelt)) <= 16
    assert {normalize("NFC", each) for each in spelt} == {normalize("NFC", path)}
