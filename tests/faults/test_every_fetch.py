"""Every way in which a request makes this server ask another one: none leads inside, whoever asks."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from keepsight.api.auth import string_to_sign
from keepsight.delivery.signature import sign
from tests.end_to_end.conftest import Server, Start, start  # noqa: F401 - a fixture
from tests.faults.origins import Origin, giving, talking
from tests.waiting import until

KEY, SECRET = "key", "abcd"
ADMIN = (KEY, SECRET)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("picture") / "tom.jpg"
    Image.new("RGB", (40, 30), "red").save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def inside(picture: bytes) -> Iterator[Origin]:
    """What only this machine can reach; it gives a picture, so that whoever gets through succeeds."""
    with talking(giving(picture, "Content-Type: image/jpeg")) as origin:
        yield origin


@pytest.fixture(scope="module")
def server(start: Start, tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Server:  # noqa: F811 - see above
    """Any host may be asked; nothing unsafe is."""
    media = tmp_path_factory.mktemp("media")
    (media / "tom.jpg").write_bytes(picture)
    return start(
        media,
        KEEPSIGHT_CLOUD__API_KEY=KEY,
        KEEPSIGHT_CLOUD__API_SECRET=SECRET,
        KEEPSIGHT_FETCH__ALLOWED_HOSTS="*",
        KEEPSIGHT_FETCH__TIMEOUT="2",
        KEEPSIGHT_MODELS__PRELOAD="false",
    )


def signed(**fields: str) -> dict[str, str]:
    said = {"timestamp": str(int(time.time())), **fields}
    signature = hashlib.sha256(f"{string_to_sign(tuple(said.items()))}{SECRET}".encode()).hexdigest()
    return {**said, "api_key": KEY, "signature": signature}


def spellings(port: int) -> list[str]:
    """One address in the ways in which it has been written to get past a guard."""
    hosts = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "[::1]", "0", "[::]",
             "[::ffff:127.0.0.1]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "x@127.0.0.1", "localhost.localdomain"]  # fmt: skip
    return [f"{scheme}://{host}:{port}/tom.jpg" for host in hosts for scheme in ("https", "http")]


def signed_path(transformation: str, public_id: str = "tom.jpg", kind: str = "upload") -> str:
    text = f"{transformation}/{public_id}" if transformation else public_id
    return f"/demo/image/{kind}/{sign(text, SECRET)}/{text}"


def test_type_fetch(server: Server, inside: Origin) -> None:
    for url in spellings(inside.port):
        answer = server.get(f"/demo/image/fetch/w_10/{url}")
        assert answer.status_code in (400, 401), (url, answer.text)
    assert not inside.talks


def test_a_signature_opens_nothing_inside(server: Server, inside: Origin) -> None:
    for url in spellings(inside.port)[:6]:
        assert server.get(signed_path("w_10", url, "fetch")).status_code in (400, 401)
    assert not inside.talks


def test_layers(server: Server, inside: Origin) -> None:
    """A watermark is as good a way as any."""
    for url in spellings(inside.port):
        hidden = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        for kind in ("l", "u"):
            answer = server.get(signed_path(f"{kind}_fetch:{hidden},w_10/fl_layer_apply"))
            assert answer.status_code in (400, 401), (url, answer.text)
    assert not inside.talks


def test_default_images(server: Server, inside: Origin) -> None:
    for url in spellings(inside.port)[:4]:
        name = url.replace("/", ":")
        answer = server.get(signed_path(f"d_{name},w_10", "nobody.jpg"))
        assert answer.status_code in (400, 401, 404), (url, answer.text)
    assert not inside.talks


def test_uploads_of_addresses(server: Server, inside: Origin) -> None:
    for url in spellings(inside.port):
        answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", data=signed(public_id="x") | {"file": url})
        assert answer.status_code == 400, (url, answer.text)
    assert not inside.talks


def test_analyses_of_addresses(server: Server, inside: Origin) -> None:
    url = f"http://127.0.0.1:{inside.port}/tom.jpg"
    bodies = {
        "/v2/demo/analysis/analyze/uri": {"analysis_type": "coco", "uri": url},
        "/v2/analysis/demo/analyze/coco": {"source": {"uri": url}},
    }
    for path, body in bodies.items():
        answer = httpx.post(server.url + path, json=body, auth=ADMIN)
        assert answer.status_code == 400, answer.text
    assert not inside.talks


def test_eager_images_with_layers(server: Server, inside: Origin, picture: bytes) -> None:
    hidden = base64.urlsafe_b64encode(f"http://127.0.0.1:{inside.port}/tom.jpg".encode()).decode().rstrip("=")
    fields = signed(public_id="eager", eager=f"w_20/l_fetch:{hidden},w_10/fl_layer_apply")
    answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", data=fields, files={"file": ("x.jpg", picture)})
    assert "127.0.0.1" not in str(answer.json().get("eager", "")) or answer.status_code == 400
    assert not inside.talks


def test_named_transformations_with_layers(server: Server, inside: Origin) -> None:
    hidden = base64.urlsafe_b64encode(f"http://127.0.0.1:{inside.port}/tom.jpg".encode()).decode().rstrip("=")
    made = {"name": "inside", "transformation": f"l_fetch:{hidden},w_10/fl_layer_apply"}
    httpx.post(f"{server.url}/v1_1/demo/transformations", json=made, auth=ADMIN)
    assert server.get(signed_path("t_inside")).status_code in (400, 401)
    assert not inside.talks


def test_webhooks(server: Server, inside: Origin, picture: bytes) -> None:
    """What is told afterwards, from the queue."""
    for number, url in enumerate(spellings(inside.port)[:8]):
        fields = signed(public_id=f"told{number}", notification_url=url)
        answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", data=fields, files={"file": ("x.jpg", picture)})
        assert answer.status_code == 200, answer.text
    until(lambda: waiting(server) == 0)
    assert not inside.talks


def waiting(server: Server) -> int:
    """Jobs that are not over."""
    told = re.findall(r'^keepsight_jobs\{state="(?:waiting|running)"\} (\S+)$', server.get("/metrics").text, re.M)
    assert told
    return int(sum(map(float, told)))


def test_a_page_of_another_host_is_not_taken_for_ours(server: Server, inside: Origin) -> None:
    """`Host` is what the client says: it makes an address ours only in that pictures of ours are made for it."""
    url = f"http://127.0.0.1:{inside.port}/demo/image/upload/tom.jpg"
    headers = {"Host": f"127.0.0.1:{inside.port}"}
    answer = httpx.post(
        f"{server.url}/v1_1/demo/image/upload", data=signed(public_id="mine") | {"file": url}, headers=headers
    )
    assert answer.status_code == 200
    assert not inside.talks


def test_errors_say_nothing_of_the_network(server: Server, inside: Origin) -> None:
    """Open and closed ports inside sound the same."""
    said = set()
    for port in (inside.port, 1):
        answer = server.get(f"/demo/image/fetch/w_10/https://localhost:{port}/x")
        said.add(answer.headers["x-cld-error"].replace(str(port), ""))
    assert len(said) == 1
    assert Path("/etc/passwd").read_text().split(":")[0] not in str(said)
