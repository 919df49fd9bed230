from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st

from keepsight.delivery.signature import is_signed_by, sign
from keepsight.errors import Unauthorized
from keepsight.transformation.path import split_path

VECTORS = SHARED / "vectors" / "signed_urls.json"
FACTS: dict[str, Any] = json.loads(VECTORS.read_text("utf-8")) if VECTORS.exists() else {"vectors": [], "mutated": []}
PATH = "/demo/image/upload/s--{}--/c_fill,w_50/v7/pets/tom%20(1).jpg"
SECRET = "hush"


def is_valid(url: str, *secrets: str, cloud: str = "demo") -> bool:
    return is_signed_by(split_path(urlsplit(url).path, cloud), secrets)


@pytest.mark.skipif(not VECTORS.exists(), reason="needs the development material, which is not here: shared/vectors")
@pytest.mark.parametrize("vector", FACTS["vectors"] + FACTS["mutated"], ids=lambda v: v["id"])
def test_vector_of_an_official_sdk(vector: dict[str, Any]) -> None:
    # The cloud name is not signed; a server with another name refuses the path before it looks at the signature.
    cloud = "other_cloud" if "/other_cloud/" in vector["url"] else vector["cloud"]
    assert is_valid(vector["request_url"], vector["api_secret"], cloud=cloud) is vector["valid"]


@pytest.mark.parametrize(
    "form", ["c_fill,w_50/pets/tom%20(1).jpg", "c_fill,w_50/pets/tom (1).jpg", "c_fill,w_50/pets/tom%20%281%29.jpg"]
)
@pytest.mark.parametrize("options", [{}, {"sha256": True}, {"long": True}])
def test_every_escaping_and_algorithm_is_accepted(form: str, options: dict[str, bool]) -> None:
    signature = sign(form, SECRET, **options)[3:-2]
    assert is_valid(PATH.format(signature), SECRET)


def test_version_and_cloud_are_not_signed_but_everything_else_is() -> None:
    path = PATH.format(sign("c_fill,w_50/pets/tom%20(1).jpg", SECRET)[3:-2])
    assert is_valid(path.replace("v7", "v8"), SECRET)
    assert not is_valid(path.replace("w_50", "w_51"), SECRET)
    assert not is_valid(path.replace("c_fill,w_50", "w_50,c_fill"), SECRET)
    assert not is_valid(path.replace(".jpg", ".png"), SECRET)
    assert not is_valid(path, "another secret")


def test_rotation_accepts_previous_secrets() -> None:
    path = PATH.format(sign("c_fill,w_50/pets/tom%20(1).jpg", "old")[3:-2])
    assert is_valid(path, "new", "old")
    assert not is_valid(path, "new")


def test_an_id_that_begins_like_a_version_is_signed_with_it() -> None:
    signature = sign("v2023/report.jpg", SECRET)
    assert is_valid(f"/demo/image/upload/{signature}/v2023/report.jpg", SECRET)


def test_no_signature_is_not_a_valid_one() -> None:
    assert not is_valid("/demo/image/upload/tom.jpg", SECRET)


@pytest.mark.parametrize("options", [{}, {"sha256": True}, {"long": True}])
@given(data=st.data())
def test_a_part_of_a_signature_is_none(options: dict[str, bool], data: st.DataObject) -> None:
    """Neither its beginning, nor it with more behind, nor one of another length that begins like it."""
    form = "c_fill,w_50/pets/tom%20(1).jpg"
    signature = sign(form, SECRET, **options)[3:-2]
    longer = sign(form, SECRET, long=True)[3:-2]
    other = data.draw(
        st.sampled_from([signature[:cut] for cut in range(len(signature))] + [longer[:cut] for cut in range(32)])
        | st.text("AZaz09-_", min_size=1, max_size=24).map(lambda more: signature + more)
    )
    if other not in (signature, sign(form, SECRET, sha256=True)[3:-2], longer):
        with suppress(Unauthorized):  # of a length that no signature has
            assert not is_valid(PATH.format(other), SECRET)
