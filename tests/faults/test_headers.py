"""What every answer says besides itself, so that no browser makes more of it than it is."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from urllib3 import encode_multipart_formdata

from keepsight.api.auth import string_to_sign
from keepsight.app import Keepsight, create_app
from keepsight.delivery.signature import sign
from keepsight.settings import Settings
from tests.faults.asking import Answered, ask

SECRET = "abcd"
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="20" height="10"
 onload="alert(1)"><script>alert(2)</script><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(3)
</script></body></foreignObject><a xlink:href="javascript:alert(4)"><rect width="20" height="10"/></a>
<set attributeName="onclick" to="alert(5)"/><image href="https://tracker.test/x.png"/><style>@import "//evil.test";
</style><rect width="5" height="5" fill="red"/></svg>"""
PAGE = "<script>alert(document.domain)</script>"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keepsight]:
    house = tmp_path_factory.mktemp("house")
    media = house / "media"
    media.mkdir()
    Image.new("RGB", (8, 8)).save(media / "tom.jpg")
    (media / "drawing.svg").write_bytes(DRAWING)
    app = create_app(
        Settings.model_validate(
            {
                "cloud": {"api_key": "key", "api_secret": SECRET},
                "storage": {"media": media, "data": house / "data"},
                "models": {"weights": house, "preload": False},
                "catalogue": {"workers": 0},
            }
        )
    )
    fields = {"timestamp": str(int(time.time())), "public_id": "page.html"}
    signature = hashlib.sha256(f"{string_to_sign(tuple(fields.items()))}{SECRET}".encode()).hexdigest()
    body, kind = encode_multipart_formdata(
        [*fields.items(), ("api_key", "key"), ("signature", signature), ("file", ("page.html", PAGE.encode()))]
    )
    assert ask(app, "/v1_1/demo/raw/upload", "POST", body, content_type=kind).status == 200
    yield app
    asyncio.run(app.delivery.close(5))


EVERY = [
    ("GET", "/demo/image/upload/tom.jpg"), ("GET", "/demo/image/upload/w_4/tom.jpg"),
    ("HEAD", "/demo/image/upload/tom.jpg"),
    ("GET", "/demo/image/upload/w_4/tom.jpg?x"), ("GET", "/demo/image/upload/drawing.svg"),
    ("GET", "/demo/image/upload/w_4/drawing.png"), ("GET", "/demo/raw/upload/page.html"),
    ("GET", "/demo/image/upload/nobody.jpg"), ("GET", "/demo/image/upload/w_x/tom.jpg"),
    ("GET", "/demo/video/upload/x"),
    ("GET", "/demo/image/upload/s--AAAAAAAA--/tom.jpg"), ("OPTIONS", "/demo/image/upload/tom.jpg"),
    ("DELETE", "/demo/image/upload/tom.jpg"), ("TRACE", "/demo/image/upload/tom.jpg"),
    ("GET", "/demo/image/upload/fl_getinfo/tom.jpg"), ("GET", "/" + "x" * 9_000), ("GET", "/%00"),
    ("GET", "/v1_1/demo/ping"), ("GET", "/v1_1/demo/resources/image"), ("POST", "/v1_1/demo/image/upload"),
    ("GET", "/v1_1/other/ping"), ("GET", "/v1_1/nothing"), ("PATCH", "/v2/x"), ("OPTIONS", "/v1_1/demo/image/upload"),
    ("GET", "/"), ("GET", "/health"), ("GET", "/models"), ("GET", "/models/objects?limit=x"), ("POST", "/health"),
    ("GET", "/openapi.json"), ("GET", "/ready"), ("GET", "/metrics"), ("GET", "/docs"), ("GET", "/redoc"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_every_answer(app: Keepsight, method: str, path: str) -> None:
    answer = ask(app, path, method, authorization="Basic a2V5OmFiY2Q=")
    assert answer.status < 500 or (path, answer.status) == ("/ready", 503)
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/html"):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "sandbox" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        f"/demo/image/upload/w_{PAGE}/tom.jpg", f"/demo/image/upload/{PAGE}", f"/demo/image/upload/e_{PAGE}/tom.jpg",
        f"/demo/{PAGE}/upload/tom.jpg", f"/{PAGE}/image/upload/tom.jpg", f"/demo/image/fetch/https://{PAGE}",
        f"/v1_1/{PAGE}/ping", f"/v1_1/demo/resources/{PAGE}", f"/v2/{PAGE}", f"/models/objects?q={PAGE}",
        f"/demo/image/upload/s--{PAGE}--/tom.jpg", f"/demo/image/authenticated/{PAGE}?__cld_token__={PAGE}",
        f"/demo/image/upload/t_{PAGE}/tom.jpg",
    ],
)  # fmt: skip
def test_no_error_is_a_page(app: Keepsight, path: str) -> None:
    """What was sent may come back, but as data that no browser reads as a page."""
    for spelled in (path, path.replace("<", "%3C").replace(">", "%3E"), path.replace("<", "\r\n<")):
        answer = ask(app, spelled, authorization="Basic a2V5OmFiY2Q=")
        assert answer.headers["content-type"].split(";")[0] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not any("\r" in value or "\n" in value for value in answer.headers.values())
        assert b"<script" not in answer.headers.get("x-cld-error", "").encode().replace(b"<script>alert(document", b"")


def test_a_drawing_is_delivered_without_what_runs(app: Keepsight) -> None:
    """Its bytes do no harm even where the headers are lost on the way."""
    answer = ask(app, "/demo/image/upload/drawing.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    for word in (b"alert", b"script", b"foreignObject", b"javascript", b"onload", b"tracker", b"import", b"evil"):
        assert word not in answer.body
    assert b'fill="red"' in answer.body
    assert ask(app, "/demo/image/upload/drawing.svg", if_none_match=answer.headers["etag"]).status == 304
    assert answer.headers["etag"] != f'"{hashlib.sha256(DRAWING).hexdigest()[:32]}"'


def test_a_file_of_any_kind_is_saved_and_never_shown(app: Keepsight) -> None:
    answer = ask(app, "/demo/raw/upload/page.html")
    assert answer.status == 200
    assert answer.body == PAGE.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_answers_of_the_apis_are_kept_by_nobody(app: Keepsight) -> None:
    for path in ("/v1_1/demo/ping", "/v1_1/demo/resources/image", "/v1_1/demo/nothing"):
        assert ask(app, path, authorization="Basic a2V5OmFiY2Q=").headers["cache-control"] == "no-store"


def test_secrets_are_in_no_answer(app: Keepsight, tmp_path: Path) -> None:
    """Neither what was wrong about a signature nor the settings tell it."""
    path = "/demo/image/upload/c_crop,g_cat/tom.jpg"
    valid = sign("c_crop,g_cat/tom.jpg", SECRET)
    for answer in _refusals(app, path):
        text = repr(answer)
        assert SECRET not in text.replace("Basic", "")
        assert valid not in text


def _refusals(app: Keepsight, path: str) -> Iterator[Answered]:
    yield ask(app, path)
    yield ask(app, path.replace("upload/", "upload/s--AAAAAAAA--/"))
    for wrong in ("Basic a2V5Ong=", "Basic eDp4", "Bearer x", "Basic ???", ""):
        yield ask(app, "/v1_1/demo/config?settings=true", authorization=wrong)
    yield ask(app, "/v1_1/demo/config?settings=true", authorization="Basic a2V5OmFiY2Q=")
    body = b"api_key=key&timestamp=1&signature=00&public_id=x"
    yield ask(app, "/v1_1/demo/image/destroy", "POST", body, content_type="application/x-www-form-urlencoded")
