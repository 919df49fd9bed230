from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from keepsight.errors import BadRequest, NotFound, RequestError, Unauthorized
from keepsight.transformation.path import DeliveryRequest, split_path


def split(path: str) -> DeliveryRequest:
    return split_path(path, "demo")


def test_every_part_of_a_full_url() -> None:
    request = split("/demo/image/upload/s--AbC-_123--/c_fill,w_10/a_90/v12/pets/tom%20cat.jpg")
    assert request.asset_type == "image"
    assert request.delivery_type == "upload"
    assert request.signature == "AbC-_123"
    assert request.components == ("c_fill,w_10", "a_90")
    assert request.raw_version == "v12"
    assert request.public_id == "pets/tom cat.jpg"


@pytest.mark.parametrize(
    "path",
    [
        "/image/upload/w_5/tom",
        "/demo/iu/w_5/tom",
        "/iu/w_5/tom",
        "/demo/w_5/tom",
        "/w_5/tom",
        "//demo/image/upload//w_5//tom",
    ],
)
def test_short_forms_mean_the_same(path: str) -> None:
    request = split(path)
    assert (request.asset_type, request.delivery_type) == ("image", "upload")
    assert (request.components, request.public_id) == (("w_5",), "tom")


def test_an_seo_suffix_is_not_part_of_the_id() -> None:
    request = split("/images/c_fill,w_5/v1/pets/tom/a-sleeping-cat.webp")
    assert (request.public_id, request.extension) == ("pets/tom", "webp")
    assert request.raw_ids == ("pets/tom", "pets/tom.webp")


@pytest.mark.parametrize(
    ("path", "components", "public_id"),
    [
        ("/demo/image/upload/v1/w_100/tom.jpg", (), "w_100/tom.jpg"),  # a version ends the components
        ("/demo/image/upload/w_100/tom.jpg", ("w_100",), "tom.jpg"),
        ("/demo/image/upload/pets/w_100/tom.jpg", (), "pets/w_100/tom.jpg"),  # so does the first other segment
        ("/demo/image/upload/t_shirt.jpg", (), "t_shirt.jpg"),  # the last segment is the id
        ("/demo/image/upload/h_2.jpg", (), "h_2.jpg"),
        ("/demo/image/upload/v2023", (), "v2023"),
        (
            "/demo/image/upload/c_fill%2Cw_5%2Cg_auto%3Acat/tom",
            ("c_fill,w_5,g_auto:cat",),
            "tom",
        ),  # escaped by a proxy
        ("/demo/image/upload/caf%C3%A9", (), "café"),
        ("/demo/image/upload/caf%E9", (), "café"),  # Node's Latin-1
        ("/demo/image/upload/100%2525", (), "100%25"),  # decoded once
    ],
)
def test_where_components_end(path: str, components: tuple[str, ...], public_id: str) -> None:
    request = split(path)
    assert (request.components, request.public_id) == (components, public_id)


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("/", BadRequest, "expected a public id"),
        ("/demo/image/upload", BadRequest, "expected a public id"),
        ("/demo/image/upload/", BadRequest, "expected a public id"),
        ("/demo/image/upload/c_fill,w_5", BadRequest, "expected a public id after c_fill,w_5"),
        ("/demo/image/upload/c_fill,w_5/", BadRequest, "expected a public id after"),
        ("/demo/image/download/tom", BadRequest, "delivery type such as upload"),
        ("/demo/image/upload/a%00b", BadRequest, "NUL"),
        ("/demo/image/upload/" + "a" * 300, BadRequest, "public_id is too long"),
        ("/demo/image/upload/" + "a" * 9000, BadRequest, "8192"),
        ("/images/tom", BadRequest, "SEO suffix"),
        ("/other/image/upload/tom", NotFound, "Unknown cloud name - other"),
        ("/demo/image/upload/s--short--/tom", Unauthorized, "Invalid signature"),
    ],
)
def test_malformed_paths_say_what_was_expected(path: str, error: type[RequestError], message: str) -> None:
    with pytest.raises(error, match=message):
        split(path)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_any_path_is_a_request_or_a_request_error(path: str) -> None:
    try:
        assert split(f"/{path}").public_id
    except RequestError as error:
        assert str(error)


def test_every_host_form_that_sdks_write() -> None:
    vectors = json.loads(shared("vectors/delivery_hosts.json").read_text("utf-8"))["vectors"]
    for vector in vectors:
        request = split_path(urlsplit(vector["url"]).path, vector["options"]["cloud_name"])
        assert request.components == ("c_fill,g_auto:cat,w_100",), vector["url"]
        assert request.public_id.startswith(vector["public_id"]), vector["url"]
