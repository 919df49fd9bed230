"""Signatures, against what the official SDK writes and against what must not pass."""

from __future__ import annotations

import base64
import json
import time

import cloudinary.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.api.auth import (
    Credentials,
    check_admin,
    check_signed,
    response_signature,
    string_to_sign,
    webhook_signature,
)
from keepsight.errors import BadRequest, Unauthorized
from tests.conftest import shared

SECRET = "s3cr3t-of-the-house"
CREDENTIALS = Credentials("key", (SECRET, "the one before"), ("tok-en",))
NOW = 1_750_000_000


def _signed(parameters: dict[str, object], **how: object) -> list[tuple[str, str]]:
    """As pycloudinary sends it: signed, empty values dropped, lists as `name[]`."""
    options = {"api_key": "key", "api_secret": SECRET} | how
    sent = cloudinary.utils.sign_request({"timestamp": str(NOW), **parameters}, options)
    pairs: list[tuple[str, str]] = []
    for name, value in sent.items():
        pairs += [(f"{name}[]", each) for each in value] if isinstance(value, list) else [(name, str(value))]
    return pairs


def test_vectors() -> None:
    vectors = json.loads(shared("vectors/api_auth.json").read_text("utf-8"))
    for case in vectors["api_request_signatures"]:
        pairs = [(k, _text(v)) for k, v in case["params"].items() if v is not False]
        assert string_to_sign(pairs, case["signature_version"]) == case["string_to_sign"]
        sent = [*pairs, ("api_key", "key"), ("signature", case["signature"])]
        check_signed(sent, Credentials("key", (case["api_secret"],)), float(case["params"]["timestamp"]))
    for case in vectors["api_response_signatures"]:
        made = response_signature(case["public_id"], case["version"], case["api_secret"])
        assert made == case["response_signature"]
    for case in vectors["webhook_signatures"]:
        made = webhook_signature(case["body"].encode(), case["timestamp"], case["api_secret"])
        assert made == case["x_cld_signature"]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("version", [1, 2])
@given(
    parameters=st.dictionaries(
        st.sampled_from(["public_id", "tags", "context", "folder", "eager"]), st.text(max_size=20), max_size=4
    ),
    ids=st.lists(st.text(min_size=1, max_size=8), max_size=3),
)
def test_what_the_sdk_signs_passes(
    algorithm: str, version: int, parameters: dict[str, object], ids: list[str]
) -> None:
    if ids:
        parameters = parameters | {"public_ids": ids}
    sent = _signed(parameters, signature_algorithm=algorithm, signature_version=version)
    check_signed(sent, CREDENTIALS, NOW)


@given(st.sampled_from(["public_id", "tags", "timestamp", "overwrite"]), st.text(min_size=1, max_size=12))
def test_a_changed_parameter_does_not_pass(name: str, value: str) -> None:
    sent = dict(_signed({"public_id": "tom", "tags": "cat"}))
    if sent.get(name) == value:
        return
    with pytest.raises(Unauthorized, match=f"Invalid Signature {sent['signature']}. String to sign - '") as refused:
        check_signed(list((sent | {name: value}).items()), CREDENTIALS, NOW)
    assert SECRET not in str(refused.value)


def test_version_2_parts_what_version_1_joins() -> None:
    """`&` inside a value is another parameter to version 1: what was signed so must not open the other request."""
    one = [("context", "k=v&overwrite=1"), ("timestamp", str(NOW))]
    two = [("context", "k=v"), ("overwrite", "1"), ("timestamp", str(NOW))]
    assert string_to_sign(one, 1) == string_to_sign(two, 1)
    signature = cloudinary.utils.api_sign_request(dict(one), SECRET)
    check_signed([*one, ("api_key", "key"), ("signature", signature)], CREDENTIALS, NOW)
    with pytest.raises(Unauthorized):
        check_signed([*two, ("api_key", "key"), ("signature", signature)], CREDENTIALS, NOW)


def test_an_older_secret_passes() -> None:
    check_signed(_signed({"public_id": "tom"}, api_secret="the one before"), CREDENTIALS, NOW)


def test_tags_may_leave_the_notification_unsigned() -> None:
    sent = [*_signed({"public_ids": ["a", "b"], "command": "add", "tag": "x"}), ("notification_url", "https://a.test")]
    check_signed(sent, CREDENTIALS, NOW, action="tags")
    with pytest.raises(Unauthorized):
        check_signed(sent, CREDENTIALS, NOW, action="upload")


@pytest.mark.parametrize(
    ("late", "refused"), [(3_599, None), (3_601, "Stale request"), (-3_599, None), (-3_601, "Early request")]
)
def test_window(late: int, refused: str | None) -> None:
    sent = _signed({"public_id": "tom"})
    if refused is None:
        check_signed(sent, CREDENTIALS, NOW + late)
    else:
        with pytest.raises(BadRequest, match=f"{refused} - reported time is 2025-06-15 15:06:40 .0000"):
            check_signed(sent, CREDENTIALS, NOW + late)


@pytest.mark.parametrize("missing", ["api_key", "timestamp", "signature"])
def test_missing(missing: str) -> None:
    sent = [(name, value) for name, value in _signed({}) if name != missing]
    with pytest.raises(BadRequest, match=f"Missing required parameter - {missing}"):
        check_signed(sent, CREDENTIALS, NOW)


@pytest.mark.parametrize("timestamp", ["soon", "-5", "1e9", "٣", "9" * 30])
def test_no_timestamp(timestamp: str) -> None:
    with pytest.raises(BadRequest, match="Invalid timestamp"):
        check_signed(_signed({"timestamp": timestamp}), CREDENTIALS, NOW)


def test_without_a_secret_nobody_may_call() -> None:
    closed = Credentials(None, ())
    with pytest.raises(Unauthorized, match=r"set cloud.api_key and cloud.api_secret"):
        check_signed(_signed({}, api_secret="x"), closed, time.time())
    with pytest.raises(Unauthorized, match=r"set cloud.api_key and cloud.api_secret"):
        check_admin(_basic("key", ""), closed)


def _basic(key: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


def test_admin() -> None:
    check_admin(_basic("key", SECRET), CREDENTIALS)
    check_admin(_basic("key", "the one before"), CREDENTIALS)
    check_admin({"authorization": "Bearer tok-en"}, CREDENTIALS)
    for headers, refused in (
        ({}, "Authorization is missing"),
        ({"authorization": "Basic ???"}, "Authorization is missing"),
        ({"authorization": "Digest x"}, "Authorization is missing"),
        (_basic("other", SECRET), "unknown api_key other"),
        (_basic("key", "wrong"), "api_secret mismatch"),
        ({"authorization": "Bearer other"}, "Invalid token"),
        ({"authorization": "Bearer "}, "Invalid token"),
    ):
        with pytest.raises(Unauthorized, match=refused):
            check_admin(headers, CREDENTIALS)


def test_nothing_secret_in_the_repr() -> None:
    assert SECRET not in repr(CREDENTIALS)
    assert "tok-en" not in repr(CREDENTIALS)
