"""What is printed parses to the same plan, and whatever is written is a plan or a 400."""

from __future__ import annotations

import json
import os
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import autos, plans

from keepsight.errors import RequestError
from keepsight.transformation.build import build_plan
from keepsight.transformation.gravity_parser import gravity
from keepsight.transformation.gravity_text import gravity_text
from keepsight.transformation.parameters import PARAMETERS
from keepsight.transformation.path import decode, split_path
from keepsight.transformation.plan import Plan
from keepsight.transformation.plan_text import plan_text
from tests.conftest import shared

CASES = int(os.environ.get("KEEPSIGHT_PROPERTY_CASES", "300"))


def parsed(text: str) -> Plan:
    """As a server reads it: from a path."""
    request = split_path(f"/demo/image/upload/{text}/v1/tom.jpg", "demo")
    assert request.public_id == "tom.jpg"
    return build_plan(request.components)


@settings(max_examples=CASES)
@given(plans())
def test_a_plan_prints_to_a_url_that_parses_to_the_same_plan(plan: Plan) -> None:
    assert parsed(plan_text(plan)) == plan


@given(autos())
def test_a_gravity_prints_to_text_that_parses_to_the_same(auto: object) -> None:
    assert gravity(gravity_text(auto)) == auto  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["custom:faces", "face:auto:cat", "faces:center", "dog:cat:auto:bird_avoid_20"])
def test_nested_gravities_print(text: str) -> None:
    assert gravity_text(gravity(text)) == text


def test_what_sdks_write_prints_to_the_same_plan() -> None:
    for entry in json.loads(shared("vectors/transformations.json").read_text("utf-8"))["transformations"]:
        try:
            plan = build_plan([decode(c) for c in entry["transformation"].split("/")])
        except RequestError:
            continue
        again = [unquote(c) for c in plan_text(plan).split("/") if c]
        assert build_plan(again) == plan, entry["transformation"]


KEYS = [p.key for p in PARAMETERS] + ["if", "$a", "fn", "xx"]
WORDS = (
    "auto cat face 100 0.5 -7 16:9 max iw w fc $a $(a) !text! !a:b! mul div add gt eq and or in tags else end "
    "text:Arial_20:hi north layer_apply relative blur sepia:50 rgb:f00 red : . _ , % é × 1e9 ½ ٣"
)
PIECES = st.sampled_from([*WORDS.split(), "\x00"])


@settings(max_examples=CASES)
@given(
    st.lists(
        st.tuples(st.sampled_from(KEYS), st.lists(PIECES, max_size=5), st.sampled_from(["", "_", ":"])), max_size=6
    )
)
def test_any_heap_of_words_is_a_plan_or_a_refusal(items: list[tuple[str, list[str], str]]) -> None:
    text = ",".join(f"{key}_{joint.join(words)}" for key, words, joint in items)
    try:
        plan = build_plan([c for c in text.split("/") if c])
    except RequestError as refusal:
        assert str(refusal)
        return
    assert build_plan([unquote(c) for c in plan_text(plan).split("/") if c]) == plan


@settings(max_examples=CASES)
@given(st.text(max_size=80))
def test_any_path_is_a_request_or_a_refusal(text: str) -> None:
    try:
        request = split_path(f"/demo/image/upload/{text}", "demo")
        build_plan(request.components)
    except RequestError as refusal:
        assert str(refusal)
