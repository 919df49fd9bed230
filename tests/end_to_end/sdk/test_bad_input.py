"""What must not pass, over plain HTTP: every refusal is JSON with a sentence."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import cloudinary.utils
import httpx
import pytest

from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import secrets

ADMIN = ("key", "abcd")


def signed(**parameters: object) -> dict[str, object]:
    options = {"api_key": "key", "api_secret": "abcd"}
    return cloudinary.utils.sign_request({"timestamp": int(time.time()), **parameters}, options)


def refused(answer: httpx.Response, status: int, said: str) -> None:
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]
    assert answer.headers["x-request-id"]


def test_no_file(server: Server) -> None:
    refused(
        httpx.post(f"{server.url}/v1_1/demo/image/upload", data=signed()), 400, "Missing required parameter - file"
    )


def test_unknown_parameters(server: Server, picture: Path) -> None:
    files = {"file": ("x.jpg", picture.read_bytes())}
    answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", data=signed(tagz="a"), files=files)
    refused(answer, 400, "Unknown parameter tagz (expected tags?)")
    answer = httpx.get(f"{server.url}/v1_1/demo/resources/image?max_result=3", auth=ADMIN)
    refused(answer, 400, "Unknown parameter max_result (expected max_results?)")


def test_unknown_actions_and_types(server: Server) -> None:
    refused(httpx.post(f"{server.url}/v1_1/demo/image/sprite", data=signed()), 404, "is not offered by this server")
    refused(httpx.get(f"{server.url}/v1_1/demo/image/upload"), 405, "is not offered by this server")
    refused(
        httpx.post(f"{server.url}/v1_1/demo/audio/destroy", data=signed(public_id="x")), 400, "Invalid resource type"
    )
    refused(httpx.post(f"{server.url}/v1_1/demo/audio/upload", data=signed()), 400, "Invalid resource type")
    refused(httpx.get(f"{server.url}/v1_1/demo/resources/image/fetch/x", auth=ADMIN), 400, "Invalid type 'fetch'")


def test_bad_json(server: Server) -> None:
    address = f"{server.url}/v1_1/demo/resources/search"
    for content, said in (
        (b"{", "Invalid JSON"),
        (b"[]", "Invalid JSON: expected an object"),
        (b"[" * 100_000, "Invalid JSON"),
        (b'{"expression": "a\\ud800b"}', "Invalid JSON: half of a surrogate pair"),
        (b'{"expression": 5}', "Invalid expression"),
        (b'{"max_results": 1e400}', "Invalid JSON: 1e400 is no number that can be kept"),
    ):
        answer = httpx.post(address, content=content, headers={"Content-Type": "application/json"}, auth=ADMIN)
        refused(answer, 400, said)


def test_wrong_content_types(server: Server) -> None:
    address = f"{server.url}/v1_1/demo/image/upload"
    for kind in ("text/plain", "application/octet-stream", "image/jpeg", ""):
        answer = httpx.post(address, content=b"x=1", headers={"Content-Type": kind})
        refused(answer, 400, "Unsupported content type")
    answer = httpx.post(address, content=b"x", headers={"Content-Type": "multipart/form-data"})
    refused(answer, 400, "names no boundary")


@pytest.mark.parametrize("kept", [0, 40, 200, -30])
def test_truncated_multipart(server: Server, picture: Path, kept: int) -> None:
    request = httpx.Request("POST", server.url, data=signed(), files={"file": ("x.jpg", picture.read_bytes())})
    body = request.read()[:kept]
    headers = {"Content-Type": request.headers["content-type"]}
    answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", content=body, headers=headers)
    refused(answer, 400, "Invalid multipart body")


def test_a_client_that_hangs_up_leaves_nothing(server: Server, picture: Path) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = "POST /v1_1/demo/image/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        connection.sendall(f"{head}Content-Length: 100000\r\n\r\n--b\r\n".encode())
        connection.sendall(b'Content-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\nabc')
        time.sleep(0.3)
    for _ in range(50):
        if not list((server.data / "incoming").iterdir()):
            break
        time.sleep(0.1)
    assert list((server.data / "incoming").iterdir()) == []
    assert httpx.get(f"{server.url}/v1_1/demo/ping", auth=ADMIN).status_code == 200


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            b'--b\r\nContent-Disposition: form-data; name="x"; filename="a"\r\n\r\nq\r\n--b--',
            "Unexpected file in the field x",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nq\r\n' * 2 + b"--b--",
            "more than one file",
        ),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nq\r\n--b--", "Invalid multipart body"),
        (b"--b\r\n\r\nq\r\n--b--", "Invalid multipart body"),
        (
            b'--b\r\nContent-Disposition: form-data; name="tags"\r\n\r\n\xff\xfe\r\n--b--',
            "Invalid tags: expected UTF-8",
        ),
        (b"nothing like it", "Invalid multipart body"),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * (5 << 20) + b"\r\n--b--",
            "fields are too large",
        ),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 2_500 + b"--b--", "over a limit"),
    ],
)
def test_damaged_multipart(server: Server, parts: bytes, said: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", content=parts, headers=headers)
    refused(answer, 400, said)


@pytest.mark.parametrize("content", [b"GIF89a", b"\xff\xd8\xff", b"not a picture", b"<html/>", b"\0" * 100, b""])
def test_not_an_image(server: Server, content: bytes) -> None:
    answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", data=signed(), files={"file": ("x.jpg", content)})
    refused(answer, 400, "Invalid image file" if content else "Empty file")


def test_oversize(start: Start, picture: Path, tmp_path: Path) -> None:
    small = start(tmp_path, **secrets(KEEPSIGHT_LIMITS__MAX_BYTES="10KB"))
    address = f"{small.url}/v1_1/demo/image/upload"
    for size in (10_001, 39_000, 3_000_000):
        answer = httpx.post(address, data=signed(), files={"file": ("x.jpg", b"x" * size)})
        refused(answer, 400, "File size too large. Got ")
    data = "data:image/jpeg;base64," + "A" * 40_000
    refused(
        httpx.post(address, data=signed() | {"file": data}), 400, "File size too large. Got 30000. Maximum is 10000."
    )
    headers = {"Content-Range": "bytes 0-9999/20000", "X-Unique-Upload-Id": "a"}
    answer = httpx.post(address, data=signed(), files={"file": ("x.jpg", b"x" * 10_000)}, headers=headers)
    refused(answer, 400, "File size too large. Got 20000. Maximum is 10000.")
    assert list((small.data / "incoming").iterdir()) == []


def test_without_a_secret_the_apis_are_off(start: Start, tmp_path: Path) -> None:
    open_ = start(tmp_path)
    for answer in (
        httpx.get(f"{open_.url}/v1_1/demo/ping", auth=ADMIN),
        httpx.post(f"{open_.url}/v1_1/demo/image/upload", data=signed()),
    ):
        refused(answer, 401, "set cloud.api_key and cloud.api_secret")


def test_nobody_gets_in_without_credentials(server: Server) -> None:
    for method, path in (
        ("GET", "ping"),
        ("GET", "resources/image"),
        ("DELETE", "resources/image/upload?all=true"),
        ("POST", "resources/search"),
        ("POST", "upload_presets"),
        ("DELETE", "folders/x"),
    ):
        answer = httpx.request(method, f"{server.url}/v1_1/demo/{path}")
        refused(answer, 401, "Authorization is missing")
    for action in ("explicit", "destroy", "rename", "tags", "context", "metadata"):
        answer = httpx.post(f"{server.url}/v1_1/demo/image/{action}", data={"public_id": "x"})
        refused(answer, 401, "needs a signature")


def test_browsers_may_upload(server: Server) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    asked = httpx.options(f"{server.url}/v1_1/demo/image/upload", headers=headers)
    assert asked.headers["access-control-allow-origin"] == "*"
    answer = httpx.post(f"{server.url}/v1_1/demo/image/upload", data={"upload_preset": "x"}, headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
