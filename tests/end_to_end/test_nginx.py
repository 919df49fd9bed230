"""The nginx configuration that ships, run by a real nginx before a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cloudinary.utils import api_sign_request
from PIL import Image

from keepsight.api.auth import webhook_signature
from tests.end_to_end.conftest import Server, Start
from tests.waiting import free_port, until

DOCKER = Path(__file__).resolve().parents[2] / "docker"
SECRET = "nginx secret"


@dataclass(frozen=True)
class Proxy:
    url: str
    cache: Path
    log: Path

    def image(self, transformation: str, public_id: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.url}/demo/image/upload/{transformation}/{public_id}", headers=headers)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    (folder / "pets").mkdir()
    Image.linear_gradient("L").convert("RGB").resize((640, 480)).save(folder / "pets" / "tom.jpg")
    Image.effect_noise((640, 480), 60).convert("RGB").save(folder / "jerry.jpg")
    return folder


@pytest.fixture(scope="module")
def origin(start: Start, media: Path) -> Server:
    return start(media)


@pytest.fixture
def proxy(origin: Server, tmp_path: Path) -> Iterator[Proxy]:
    with nginx_before(origin, tmp_path) as proxy:
        yield proxy


@contextmanager
def nginx_before(origin: Server, tmp_path: Path) -> Iterator[Proxy]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("needs nginx (Debian: nginx-light)")
    text, port = (DOCKER / "nginx.conf").read_text(), free_port()
    for stands, here in (
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("server keepsight:8000;", f"server {origin.url.removeprefix('http://')};"),
        ("/var/cache/nginx", str(tmp_path / "cache")),
        ("/tmp/nginx.pid", str(tmp_path / "nginx.pid")),
        ("/dev/stderr", str(tmp_path / "log")),
    ):
        assert stands in text
        text = text.replace(stands, here)
    more = "".join(f"    {kind}_temp_path {tmp_path}/{kind};\n" for kind in ("fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {\n", f"http {{\n{more}", 1)
    if os.geteuid() == 0:
        text = f"user root;\n{text}"  # the folders of the test are its own
    (tmp_path / "cache").mkdir()
    (tmp_path / "nginx.conf").write_text(text)
    process = subprocess.Popen([program, "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;", "-e", "/dev/null"])
    proxy = Proxy(f"http://127.0.0.1:{port}", tmp_path / "cache" / "images", tmp_path / "log")
    until(lambda: _answers(proxy.url))
    yield proxy
    process.terminate()
    process.wait()


def _answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return bool(httpx.get(f"{url}/health"))
    return False


def test_the_second_time_nginx_answers(proxy: Proxy) -> None:
    first, second = (proxy.image("c_fill,w_100,h_80", "pets/tom.jpg") for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert (first.headers["x-proxy-cache"], second.headers["x-proxy-cache"]) == ("MISS", "HIT")
    assert first.content == second.content
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["x-crop-box"] == first.headers["x-crop-box"]


def test_a_browser_that_has_it_gets_304_from_nginx(proxy: Proxy) -> None:
    etag = proxy.image("c_fill,w_101,h_80", "pets/tom.jpg").headers["etag"]
    again = proxy.image("c_fill,w_101,h_80", "pets/tom.jpg", **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    part = proxy.image("c_fill,w_101,h_80", "pets/tom.jpg", Range="bytes=0-9")
    assert (part.status_code, len(part.content)) == (206, 10)


def test_spellings_of_accept_share_a_copy_and_formats_do_not(proxy: Proxy) -> None:
    chrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
    other = "text/html,image/webp;q=0.9,image/avif"
    seen = [
        (answer.headers["content-type"], answer.headers["x-proxy-cache"], answer.headers["vary"])
        for accept in (chrome, other, "image/webp", "*/*", "image/webp,image/avif;q=0")
        for answer in [proxy.image("w_200/f_auto", "jerry.jpg", Accept=accept)]
    ]
    assert seen == [
        ("image/avif", "MISS", "Accept"),
        ("image/avif", "HIT", "Accept"),
        ("image/webp", "MISS", "Accept"),
        ("image/jpeg", "MISS", "Accept"),
        ("image/webp", "HIT", "Accept"),
    ]


def test_where_nothing_is_negotiated_all_share_a_copy(proxy: Proxy) -> None:
    states = [
        proxy.image("c_fill,w_102,h_80", f"jerry.jpg{query}", Accept=accept).headers["x-proxy-cache"]
        for accept, query in (("image/avif", ""), ("image/webp", "?_a=BAMAAA"), ("*/*", "?utm=1"))
    ]
    assert states == ["MISS", "HIT", "HIT"]


def test_hints_have_a_say(proxy: Proxy) -> None:
    def width(dpr: str) -> tuple[int, str]:
        answer = proxy.image("c_fill,w_50,h_50/dpr_auto", "jerry.jpg", **{"Sec-CH-DPR": dpr})
        return answer.headers["content-length"], answer.headers["x-proxy-cache"]

    assert [width("1")[1], width("2")[1], width("2")[1]] == ["MISS", "MISS", "HIT"]
    assert width("1")[0] != width("2")[0]


def test_tokens_are_never_kept(proxy: Proxy) -> None:
    path = "jerry.jpg?__cld_token__=exp=1~acl=*~hmac=00"
    first, second = (proxy.image("c_fill,w_103,h_80", path) for _ in range(2))
    assert first.headers["x-proxy-cache"] == second.headers["x-proxy-cache"] == "BYPASS"


def test_a_missing_picture_is_said_and_not_kept_for_long(proxy: Proxy) -> None:
    answer = proxy.image("c_fill,w_104,h_80", "nobody.jpg")
    assert answer.status_code == 404
    assert "nobody" in answer.headers["x-cld-error"]


def test_what_is_of_no_concern_is_not_there(proxy: Proxy) -> None:
    for path in ("/metrics", "/ready", "/studio", "/studio/app.js", "/docs", "/openapi.json"):
        assert httpx.get(proxy.url + path).status_code == 404
    assert httpx.get(f"{proxy.url}/health").json()["status"] == "ok"


@pytest.fixture
def purger(proxy: Proxy) -> Iterator[str]:
    with purging(proxy.cache, free_port()) as url:
        yield url


@contextmanager
def purging(cache: Path, port: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(DOCKER / "purge.py"), "--cache", str(cache), "--port", str(port)],
        env={**os.environ, "KEEPSIGHT_CLOUD__API_SECRET": SECRET},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def notice(public_id: str, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"public_id": public_id, "urls": []}).encode()
    return body, signed(body, secret)


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    now = int(time.time())
    return {"X-Cld-Timestamp": str(now), "X-Cld-Signature": webhook_signature(body, now, secret)}


def test_a_purge_takes_all_of_an_asset_and_nothing_else(proxy: Proxy, purger: str) -> None:
    def state(transformation: str, public_id: str) -> str:
        return proxy.image(transformation, public_id).headers["x-proxy-cache"]

    asked = [
        ("c_fill,w_60,h_60", "pets/tom.jpg"),
        ("c_fill,w_60,h_60", "v123/pets/tom"),
        ("c_fill,w_60,h_60/l_pets:tom,w_20/fl_layer_apply", "jerry.jpg"),
        ("c_fill,w_60,h_60", "jerry.jpg"),
    ]
    assert [state(*each) for each in asked] == ["MISS"] * 4
    for _ in range(4):  # each of nginx's processes has the files open then
        assert [state(*each) for each in asked] == ["HIT"] * 4
    body, headers = notice("pets/tom")
    assert httpx.post(purger, content=body, headers=headers).status_code == 204
    assert [state(*each) for each in asked] == ["MISS", "MISS", "MISS", "HIT"]
    assert not re.search(r"\[(alert|emerg|crit)\]", proxy.log.read_text())


def test_a_purge_needs_the_secret(proxy: Proxy, purger: str) -> None:
    assert proxy.image("c_fill,w_61,h_60", "jerry.jpg").headers["x-proxy-cache"] == "MISS"
    body, headers = notice("jerry", "another secret")
    assert httpx.post(purger, content=body, headers=headers).status_code == 401
    assert httpx.post(purger, content=body).status_code == 401
    old = {**notice("jerry")[1], "X-Cld-Timestamp": "1000000000"}
    assert httpx.post(purger, content=body, headers=old).status_code == 401
    assert httpx.post(purger, content=b"{}", headers=signed(b"{}")).status_code == 400
    assert proxy.image("c_fill,w_61,h_60", "jerry.jpg").headers["x-proxy-cache"] == "HIT"


def test_an_overwrite_reaches_those_behind_nginx(start: Start, media: Path, tmp_path: Path) -> None:
    port = free_port()
    origin = start(
        media,
        KEEPSIGHT_CLOUD__API_KEY="key",
        KEEPSIGHT_CLOUD__API_SECRET=SECRET,
        KEEPSIGHT_CDN__PURGE_URL=f"http://127.0.0.1:{port}/",
    )

    def upload(colour: str) -> None:
        file = tmp_path / "flag.png"
        Image.new("RGB", (60, 40), colour).save(file)
        url = f"{origin.url}/v1_1/demo/image/upload"
        parameters = {"public_id": "flag", "invalidate": "true", "timestamp": str(int(time.time()))}
        told = parameters | {"signature": api_sign_request(parameters, SECRET), "api_key": "key"}
        with file.open("rb") as content:
            assert httpx.post(url, data=told, files={"file": content}).status_code == 200

    with nginx_before(origin, tmp_path) as proxy, purging(proxy.cache, port):
        upload("red")
        before = proxy.image("w_30", "flag.png")
        assert proxy.image("w_30", "flag.png").headers["x-proxy-cache"] == "HIT"
        upload("blue")
        until(lambda: proxy.image("w_30", "flag.png").content != before.content)
