from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from keepsight.errors import BadRequest, NotFound, RequestError, Unauthorized
from keepsight.transformation.path import DeliveryRequest, readings, split_path


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
    assert len(vectors) > 10
    for vector in vectors:
        options = vector["options"]
        found = readings(urlsplit(vector["url"]).path, options["cloud_name"])
        request = found[-1] if options.get("use_root_path") and options.get("url_suffix") else found[0]
        assert request.components == ("c_fill,g_auto:cat,w_100",), vector["url"]
        assert request.public_id == vector["public_id"], vector["url"]
        assert request.asset_type == options.get("resource_type", "image"), vector["url"]
        assert request.delivery_type == options.get("type", "upload"), vector["url"]
        assert request.extension == (options.get("format") if options.get("url_suffix") else None), vector["url"]
        assert (request.signature is not None) == bool(options.get("sign_url")), vector["url"]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("http://a.test/b.jpg", "http://a.test/b.jpg"),
        ("https:/a.test/b.jpg", "https://a.test/b.jpg"),  # a proxy made one slash of two
        ("HTTPS://A.test/b", "https://A.test/b"),
        ("https%3A%2F%2Fa.test%2Fb%20c.jpg%3Fq%3D1%26r%3Dx%2Cw_5", "https://a.test/b c.jpg?q=1&r=x,w_5"),
        ("w_5/https://a.test/x,w_9/w_7/b.jpg", "https://a.test/x,w_9/w_7/b.jpg"),  # what looks like components, too
        ("w_5,l_fetch:aHR0cDovL2EudGVzdA==/http://a.test//b", "http://a.test//b"),
        ("https://a.test/%FC.jpg", "https://a.test/ü.jpg"),  # Node's Latin-1
        ("https://a.test/" + "b" * 500, "https://a.test/" + "b" * 500),
        ("https://a.test/b%23part", "https://a.test/b"),
        ("https://[::1]:8/b", "https://[::1]:8/b"),
    ],
)
def test_the_address_of_a_remote_picture(path: str, address: str) -> None:
    request = split(f"/demo/image/fetch/{path}")
    assert (request.delivery_type, request.public_id, request.extension) == ("fetch", address, None)
    assert request.components == (() if path[0] in "hH" else (path.partition("/")[0],))


@pytest.mark.parametrize(
    "path", ["", "a.test/b.jpg", "ftp://a.test/b", "https://", "https:", "w_5", "file:///etc/passwd"]
)
def test_what_is_no_address(path: str) -> None:
    with pytest.raises(BadRequest, match="address of a picture"):
        split(f"/demo/image/fetch/{path}")


def test_on_the_root_path_the_last_segment_may_be_an_seo_suffix() -> None:
    whole, suffixed = readings("/demo/s--AbC-_123--/w_5/v1/pets/tom/a-cat.webp", "demo")
    assert (whole.public_id, whole.extension, whole.raw_ids) == ("pets/tom/a-cat.webp", None, ("pets/tom/a-cat.webp",))
    assert (suffixed.public_id, suffixed.extension) == ("pets/tom", "webp")
    assert suffixed.raw_ids == ("pets/tom", "pets/tom.webp")
    assert len(readings("/w_5/tom", "demo")) == len(readings("/demo/image/upload/a/b", "demo")) == 1


@pytest.mark.parametrize(
    ("path", "asset_type", "delivery_type"),
    [
        ("/private_images/v1/tom/nice.jpg", "image", "private"),
        ("/demo/authenticated_images/tom/nice", "image", "authenticated"),
        ("/demo/image/private/tom", "image", "private"),
        ("/videos/tom/nice", "video", "upload"),
        ("/demo/files/tom/nice", "raw", "upload"),
    ],
)
def test_types(path: str, asset_type: str, delivery_type: str) -> None:
    request = split(path)
    assert (request.asset_type, request.delivery_type, request.public_id) == (asset_type, delivery_type, "tom")


@pytest.mark.parametrize("address", ["http://a.test/b.jpg", "http:/a.test/b.jpg", "http%3A%2F%2Fa.test%2Fb.jpg"])
@pytest.mark.parametrize(
    ("before", "components", "version"),
    [
        ("v1/", (), "v1"),
        ("c_limit,w_20/f_auto/q_auto/v1/", ("c_limit,w_20", "f_auto", "q_auto"), "v1"),
        ("s--AbC-_123--/w_20/v1700000000/", ("w_20",), "v1700000000"),
        ("/w_20//v1//", ("w_20",), "v1"),  # joined by a careless hand
        ("w_20/", ("w_20",), None),
    ],
)
def test_a_version_may_stand_before_an_address(
    address: str, before: str, components: tuple[str, ...], version: str | None
) -> None:
    request = split(f"/demo/image/fetch/{before}{address}")
    assert request.components == components
    assert (request.raw_version, request.public_id) == (version, "http://a.test/b.jpg")


def test_what_looks_like_a_version_inside_of_an_address_belongs_to_it() -> None:
    request = split("/demo/image/fetch/v1/https://a.test/v2/v3/b.jpg")
    assert (request.raw_version, request.public_id) == ("v1", "https://a.test/v2/v3/b.jpg")
