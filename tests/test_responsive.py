"""Many sizes of one picture: what is printed is what the official SDK would, and what the server reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import cloudinary
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.delivery.signature import is_signed_by
from keepsight.errors import BadRequest
from keepsight.responsive import (
    Component,
    Cut,
    Photo,
    Variant,
    art_directed,
    component_text,
    density_srcset,
    image,
    offered_widths,
    picture,
    signer,
    slot_widths,
    srcset,
)
from keepsight.transformation.build import build_plan
from keepsight.transformation.path import split_path
from keepsight.transformation.plan import Resize

SECRET = "abcd"
HOST = "http://127.0.0.1:8000"
OPTIONS = {
    "c": "crop",
    "g": "gravity",
    "w": "width",
    "h": "height",
    "ar": "aspect_ratio",
    "f": "fetch_format",
    "q": "quality",
}


class Tags(HTMLParser):
    """The elements of markup, in order, with their attributes unescaped."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def sdk() -> Iterator[None]:
    cloudinary.config(cloud_name="demo", api_secret=SECRET, cname="127.0.0.1:8000", secure=False)
    yield
    cloudinary.reset_config()


def candidates(text: str) -> list[tuple[str, int]]:
    return [(url, int(width.removesuffix("w"))) for url, width in (each.split() for each in text.split("," + "\n"))]


@pytest.mark.parametrize(
    "public_id", ["tom.jpg", "pets/tom.jpg", "v12/tom", "pets/tom & co.jpg", "tiere/Müller.jpg", "a/b/c"]
)
@pytest.mark.parametrize(
    "component",
    [
        {"c": "fill", "w": "300", "h": "200", "g": "auto:cat"},
        {"c": "thumb", "ar": "4:3", "w": "300", "g": "auto:person_avoid:dog_30", "f": "auto", "q": "auto"},
        {"c": "crop", "g": "cat:dog"},
        {},
    ],
)
@pytest.mark.usefixtures("sdk")
def test_addresses_are_those_of_the_official_sdk(public_id: str, component: Component) -> None:
    options = {OPTIONS[name]: value for name, value in component.items()}
    for sign in (None, signer(SECRET)):
        made = Photo(public_id, base=HOST, sign=sign).url(component)
        assert made == cloudinary.CloudinaryImage(public_id).build_url(**options, sign_url=sign is not None)


ids = st.lists(
    st.text(st.characters(exclude_characters="/?#\\\0", exclude_categories=["C", "Z"]), min_size=1, max_size=12),
    min_size=1,
    max_size=3,
)


@given(ids, st.sampled_from([None, "12"]))
def test_the_server_reads_what_was_written(parts: list[str], version: str | None) -> None:
    public_id = "/".join(f"x{part}" for part in parts)  # a part that looks like a version is the SDKs' own riddle
    photo = Photo(public_id, base=HOST, version=version, sign=signer(SECRET))
    url = photo.url({"c": "fill", "g": "auto:cat", "w": "10", "h": "20"})
    request = split_path(urlsplit(url).path, "demo")
    assert request.public_id == public_id
    assert request.components == ("c_fill,g_auto:cat,h_20,w_10",)
    assert is_signed_by(request, (SECRET,))
    assert not is_signed_by(request, ("another",))


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=9), st.none() | st.integers(1, 10_000))
def test_widths_are_ascending_and_never_beyond_the_original(widths: list[int], most: int | None) -> None:
    photo = Photo("tom.jpg", size=None if most is None else (most, 100))
    offered = offered_widths(widths, photo)
    assert list(offered) == sorted(set(offered))
    assert all(width in widths or width == most for width in offered)
    if most is not None:
        assert max(offered) <= most
        assert (max(widths) <= most) or most in offered


@pytest.mark.parametrize("mode", ["fill", "lfill", "thumb", "limit", "crop"])
def test_every_candidate_has_the_width_that_it_says(mode: str) -> None:
    gravity = None if mode == "limit" else "auto:cat" if mode != "crop" else "cat"
    cut = Cut(mode, gravity, None if mode in ("crop", "limit") else "4:3")
    for url, width in candidates(srcset(Photo("tom.jpg", base=HOST), cut, (200, 400))):
        plan = build_plan(split_path(urlsplit(url).path, "demo").components)
        resizes = [step for step in plan.steps if isinstance(step, Resize)]
        assert resizes[-1].width == width
        assert plan.negotiates


def test_a_cut_that_does_not_scale_is_scaled_after_it() -> None:
    url = Photo("tom.jpg").url(*Cut("crop", "cat", "1:1").at(300, {}))
    assert url == "/demo/image/upload/ar_1:1,c_crop,g_cat/c_scale,w_300/tom.jpg"


def test_densities_multiply_a_fixed_size() -> None:
    text = density_srcset(Photo("tom.jpg"), {"c": "fill", "w": "100", "h": "80"}, (1, 1.5, 2))
    assert text.split() == [
        "/demo/image/upload/c_fill,h_80,w_100/tom.jpg",
        "1x,",
        "/demo/image/upload/c_fill,dpr_1.5,h_80,w_100/tom.jpg",
        "1.5x,",
        "/demo/image/upload/c_fill,dpr_2.0,h_80,w_100/tom.jpg",
        "2x",
    ]
    assert slot_widths(100, (2, 1, 1.5)) == (100, 150, 200)
    with pytest.raises(BadRequest, match="expected a width or a height"):
        density_srcset(Photo("tom.jpg"), {"c": "crop", "g": "cat"})


def test_an_art_directed_picture() -> None:
    photo = Photo("pets/tom.jpg", base=HOST, size=(1600, 1200), sign=signer(SECRET))
    tags = Tags(picture(photo, art_directed("auto:cat"), 'Tom says "hi" & <b>')).found
    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    wide, medium, small = (attributes for _, attributes in tags[1:])
    assert (wide["media"], medium["media"]) == ("(min-width: 1024px)", "(min-width: 600px)")
    assert (wide["width"], wide["height"]) == ("1600", "1200")
    assert (medium["width"], medium["height"]) == ("1600", "1200")
    assert (small["width"], small["height"]) == ("1600", "1600")
    assert small["alt"] == 'Tom says "hi" & <b>'
    for attributes, mode in ((wide, "c_limit"), (medium, "c_fill"), (small, "c_thumb")):
        text = attributes["srcset"]
        assert text is not None
        for url, width in candidates(text):
            request = split_path(urlsplit(url).path, "demo")
            assert is_signed_by(request, (SECRET,))
            assert mode in request.components[0]
            assert width <= 1600
    assert small["src"] in [url for url, _ in candidates(small["srcset"] or "")]


def test_formats_as_sources_of_their_own() -> None:
    variants = (Variant(Cut("limit"), "(min-width: 600px)", (400,)), Variant(Cut("fill", "auto", "1:1"), None, (200,)))
    tags = Tags(picture(Photo("tom.jpg"), variants, "", ("avif", "webp", "jpg"))).found
    said = [(tag, each.get("media"), each.get("type")) for tag, each in tags[1:]]
    assert said == [
        ("source", "(min-width: 600px)", "image/avif"),
        ("source", "(min-width: 600px)", "image/webp"),
        ("source", "(min-width: 600px)", "image/jpeg"),
        ("source", None, "image/avif"),
        ("source", None, "image/webp"),
        ("img", None, None),
    ]
    assert "f_jpg" in (tags[-1][1]["src"] or "")


def test_words_of_any_script_travel_escaped() -> None:
    assert re.fullmatch(r"g_%E7%8C%AB", component_text({"g": "猫"}))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: srcset(Photo("x"), Cut(), ()), "widths"),
        (lambda: srcset(Photo("x"), Cut(), (0,)), "1 to 10000"),
        (lambda: srcset(Photo("x"), Cut(), (10,), "bmp"), "Invalid format 'bmp'"),
        (lambda: image(Photo("x"), Variant(Cut(ratio="4:0")), ""), "aspect ratio '4:0'"),
        (lambda: image(Photo("x"), Variant(Cut(ratio="wide")), ""), "aspect ratio 'wide'"),
        (lambda: picture(Photo("x"), (), ""), "variants"),
        (lambda: picture(Photo("x"), (Variant(Cut(), "print"),), ""), "the last, which has none"),
        (lambda: picture(Photo("x"), (Variant(Cut()), Variant(Cut())), ""), "media query for each"),
    ],
)
def test_bad_input_is_a_sentence(call: object, said: str) -> None:
    assert callable(call)
    with pytest.raises(BadRequest, match=said):
        call()
