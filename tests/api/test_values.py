"""Texts of parameters, and what is said of those that are none."""

from __future__ import annotations

import cloudinary.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.api import values
from keepsight.api.parsing import parsed
from keepsight.api.upload.eager import Eager, read_eager
from keepsight.api.upload.parameters import UpdateParameters, UploadParameters
from keepsight.errors import BadRequest

_KEYS = st.text(
    st.characters(blacklist_categories=("Cs", "Z", "C"), blacklist_characters="\\="), min_size=1, max_size=8
)
_VALUES = st.text(st.characters(blacklist_categories=("Cs", "C"), blacklist_characters="\\"), max_size=12)


@given(st.dictionaries(_KEYS.filter(lambda key: "|" not in key), _VALUES, min_size=1, max_size=4))
def test_context_as_the_sdk_writes_it(context: dict[str, str]) -> None:
    assert values.pairs(cloudinary.utils.encode_context(context)) == context


@given(st.lists(st.lists(st.integers(0, 9_999), min_size=4, max_size=4), min_size=1, max_size=4))
def test_coordinates_as_the_sdk_writes_them(boxes: list[list[int]]) -> None:
    assert values.rectangles(cloudinary.utils.encode_double_array(boxes)) == tuple(map(tuple, boxes))
    assert values.rectangles(boxes) == tuple(map(tuple, boxes))


def test_one_box_without_brackets() -> None:
    assert values.rectangles([1, 2, 3, 4.5]) == ((1, 2, 3, 4.5),)
    assert values.rectangles("") == ()


def test_metadata_lists() -> None:
    given = cloudinary.utils.encode_context({"sku": "A|B", "colours": '["red","blue"]'})
    assert values.metadata(given) == {"sku": "A|B", "colours": ["red", "blue"]}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("overwrite", "perhaps", "Invalid overwrite 'perhaps': expected true or false"),
        ("auto_tagging", "1.5", "Invalid auto_tagging '1.5': expected a number from 0 to 1, or default"),
        ("context", "alt", "Invalid context 'alt': 'alt' is no pair"),
        ("custom_coordinates", "1,2,3", "'1', '2', '3'] is no box (expected x,y,width,height)"),
        ("custom_coordinates", "1,2,-3,4", "width and height at least 0"),
        ("custom_coordinates", "1,2,nan,4", "expected finite numbers"),
        ("type", "fetch", "Invalid type 'fetch': input should be 'upload', 'private' or 'authenticated'"),
        ("notification_url", "ftp://x", "Invalid notification_url 'ftp://x': expected an address with https://"),
        ("folder", "a/../b", "Invalid folder 'a/../b': expected names joined by /"),
        ("format", "exe", "Invalid format 'exe': expected one of jpg"),
        ("ocr", "adv_ocr", "Invalid ocr 'adv_ocr': this server does not offer it"),
        ("backup", "1", "Invalid backup '1': this server does not offer it"),
        ("tagz", "a", "Unknown parameter tagz (expected tags?)"),
        ("in_background", "1", "Unknown parameter in_background"),
    ],
)
def test_faults(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parsed(UploadParameters, {name: value} | ({"detection": "coco"} if name == "auto_tagging" else {}))
    assert said in str(refused.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(BadRequest, match=r"Invalid type .*; Invalid overwrite .*"):
        parsed(UploadParameters, {"type": "x", "overwrite": "x"})


def test_tagging_needs_something_to_tag_by() -> None:
    with pytest.raises(BadRequest, match="auto_tagging goes with detection"):
        parsed(UploadParameters, {"auto_tagging": "0.6"})


def test_the_parameters_of_the_documents() -> None:
    said = {
        "public_id": "pets/tom",
        "async": "1",
        "tags": "cat, black ,,cat",
        "auto_tagging": "0.6",
        "detection": "cld-fashion_v2,coco",
        "eager": "c_fill,w_200/e_sepia|c_pad,w_300/jpg|w_10/",
        "backup": "0",
    }
    read = parsed(UploadParameters, said)
    assert read.tags == ("cat", "black")
    assert read.in_background
    assert read.auto_tagging == 0.6
    assert read.detection == ("cld-fashion_v2", "coco")
    assert read.eager == (Eager("c_fill,w_200/e_sepia"), Eager("c_pad,w_300", "jpg"), Eager("w_10", ""))
    assert [str(e) for e in read.eager] == ["c_fill,w_200/e_sepia", "c_pad,w_300/jpg", "w_10/"]


def test_eager_as_the_sdk_writes_it() -> None:
    written = cloudinary.utils.build_eager([{"width": 10, "crop": "fit", "format": "png"}, {"effect": "sepia"}, "t_x"])
    assert read_eager(written) == (Eager("c_fit,w_10", "png"), Eager("e_sepia"), Eager("t_x"))


def test_an_update_knows_what_was_not_said() -> None:
    assert parsed(UpdateParameters, {"tags": ""}).model_fields_set == {"tags"}
