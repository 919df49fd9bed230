"""Every transformation that tests of the official SDKs write: it renders or is refused by name, and never fails."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from PIL import Image, ImageDraw

from keepsight.app import open_origin, open_registry
from keepsight.delivery.client import Client
from keepsight.errors import BadRequest, NotFound, RequestError, Unauthorized
from keepsight.settings import load_settings
from tests.conftest import shared

NOT_ASKED_FOR = re.compile(
    "not offered|Unknown or invalid referenced image|Images of type fetch are restricted|Invalid flag in transform"
)
"""Add-ons, generative services, functions, documents, videos; layers that are not there; flags that do not exist."""
LEAST = 0.97


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, RequestError | None]]:
    """Each transformation of a still picture, and the refusal if there was one. Anything else is raised."""
    media = tmp_path_factory.mktemp("media")
    picture = Image.new("RGB", (640, 480), "white")
    ImageDraw.Draw(picture).ellipse((200, 100, 400, 300), fill="navy")
    picture.save(media / "plain.jpg")
    settings = load_settings(
        None,
        {
            "storage": {"media": media, "data": tmp_path_factory.mktemp("data")},
            "models": {"weights": media},
            "limits": {"max_output_pixels": 2_000_000},
        },
    )
    origin = open_origin(settings, open_registry(settings))
    seen: list[tuple[str, RequestError | None]] = []
    for entry in json.loads(shared("vectors/transformations.json").read_text("utf-8"))["transformations"]:
        text = entry["transformation"]
        escaped = quote(text, safe="/,:;$!*()%~=&{}[]'@+|") if entry["raw_space"] else text
        try:
            origin.deliver(f"/demo/image/upload/{escaped}/v1/plain.jpg", Client(b"image/avif,image/webp"))
        except (BadRequest, NotFound, Unauthorized) as refusal:
            answer: RequestError | None = refusal
        else:
            answer = None
        if not entry["video_or_animation_param"] and not entry["sdk_test_artifact"]:
            seen.append((text, answer))
    return seen


def test_refusals_say_what_is_wrong(answers: list[tuple[str, RequestError | None]]) -> None:
    for text, refusal in answers:
        if refusal is not None:
            assert len(str(refusal)) > 20, text


def test_what_the_server_offers_renders(answers: list[tuple[str, RequestError | None]]) -> None:
    asked = [(text, refusal) for text, refusal in answers if refusal is None or not NOT_ASKED_FOR.search(str(refusal))]
    refused = [f"{text}: {refusal}" for text, refusal in asked if refusal is not None]
    assert len(asked) > 200
    assert 1 - len(refused) / len(asked) >= LEAST, "\n".join(refused)
