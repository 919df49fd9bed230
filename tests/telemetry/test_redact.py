"""What opens a door is not written down, however it is spelled; everything else is."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.telemetry.redact import Redactor, redacted

SECRETS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=6, max_size=40).filter(str.strip)


@pytest.mark.parametrize(
    "text",
    [
        "/demo/image/upload/s--HIDDEN00--/w_10/tom.jpg",
        "/demo/image/upload/s%2D%2dHIDDEN00%2d%2D/w_10/tom.jpg",
        "/demo/image/upload/s--HIDDEN0000000000000000000000000--/tom.jpg",
        "/demo/image/authenticated/tom.jpg?__cld_token__=exp=1~hmac=HIDDEN",
        "GET /v1_1/demo/image/download?public_id=a&signature=HIDDEN&api_key=1",
        '{"signature": "HIDDEN", "public_id": "a"}',
        "{'api_secret': 'HIDDEN'}",
        "Authorization: Basic a2V5OkhJRERFTg==",
        "authorization=Bearer HIDDEN-TOKEN",
        "{'authorization': 'Bearer HIDDEN-TOKEN'}",
        "postgresql://keepsight:HIDDEN@db/keepsight",
        "/demo/image/fetch/https%3A%2F%2Fuser%3AHIDDEN%40host%2Fa.jpg",
        "/demo/image/fetch/https%3A%2F%2Fhost%2Fa.jpg%3FX-Amz-Signature%3DHIDDEN%26X-Amz-Date%3D1",
        "https://bucket.example/a.jpg?X-Amz-Credential=HIDDEN/20260101/eu/s3&X-Amz-Expires=60",
        "https://account.example/a.jpg?sv=2024&sig=HIDDEN%2Bmore&se=2026",
        "/demo/image/fetch/https%3A%2F%2Fhost%2Fa.jpg%3Fsig%3DHIDDEN%26se%3D2026",
        "password=HIDDEN",
        "Invalid Signature 0123456789abcdef0123456789abcdef01234567. String to sign - 'timestamp=1'",
    ],
)
def test_what_looks_like_a_secret_is_left_out(text: str) -> None:
    told = redacted(text)
    assert "HIDDEN" not in told
    assert "a2V5" not in told
    assert "***" in told


@pytest.mark.parametrize(
    "text",
    [
        "/demo/image/upload/c_fill,g_auto,w_10/pets/s--tom--cat.jpg",
        "/demo/image/upload/design/signal/token.jpg",
        "/demo/image/fetch/https://host.example/a@b/tom.jpg?size=1",
        "Invalid crop mode in transformation: fil (expected one of scale, fit)",
        "auto: cat (coco 0.91)",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert redacted(text) == text


def test_only_the_secret_goes() -> None:
    assert redacted("a?x=1&signature=abc&public_id=tom b") == "a?x=1&signature=***&public_id=tom b"
    assert redacted("https://me:pw@host/a.jpg") == "https://***@host/a.jpg"


@given(secrets=st.lists(SECRETS, min_size=1, max_size=3), before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_configured_secret_never_survives(secrets: list[str], before: str, after: str) -> None:
    redact = Redactor(secrets)
    for secret in secrets:
        spellings = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        for spelled in spellings | {quote(secret, safe="")}:
            assert spelled in "***" or spelled not in redact(f"{before} {spelled} {after}")


@given(st.text())
def test_any_text_can_be_told(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)
