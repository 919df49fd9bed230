"""HTTP as a CDN, a browser and a download manager expect it."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from PIL import Image

from end_to_end.conftest import Server, Start
from end_to_end.test_http import as_written, opened, photo
from tests.waiting import PATIENCE

PATH = "/demo/image/upload/w_80/plain.jpg"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    photo(640, 480).save(folder / "plain.jpg")
    (folder / "pets").mkdir()
    photo(100, 100).save(folder / "pets" / "Käse.png")
    photo(50, 40).save(folder / "default.jpg")
    return folder


@pytest.fixture(scope="module")
def server(start: Start, media: Path) -> Server:
    return start(media, KEEPSIGHT_MODELS__WEIGHTS=str(media), KEEPSIGHT_SERVER__TRUSTED_PROXIES="10.0.0.0/8")


def options(server: Server, path: str, **headers: str) -> httpx.Response:
    return httpx.options(server.url + path, headers=headers)


ALWAYS = {
    "access-control-allow-origin": "*",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 200),
        ("HEAD", PATH, 200),
        ("GET", "/demo/image/upload/plain.jpg", 200),
        ("OPTIONS", PATH, 204),
        ("POST", PATH, 405),
        ("GET", "/demo/image/upload/nobody", 404),
        ("GET", "/demo/image/upload/w_0/plain", 400),
    ],
)
def test_what_every_answer_carries(server: Server, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, server.url + path)
    assert answer.status_code == status
    assert answer.headers.items() >= ALWAYS.items()
    exposed = answer.headers["access-control-expose-headers"].split(",")
    assert {"Content-Disposition", "Content-Range", "X-Request-Id", "X-Crop-Box", "Vary"} <= set(exposed)
    assert answer.headers["x-request-id"]
    if method in ("HEAD", "OPTIONS"):
        assert answer.content == b""


def test_a_preflight_allows_what_is_offered(server: Server) -> None:
    answer = options(server, PATH, origin="https://a.test", **{"access-control-request-headers": "range"})
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "*"
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "content-length" not in answer.headers
    assert "Sec-CH-DPR" in answer.headers["accept-ch"]


@pytest.mark.parametrize("headers", [{"if-none-match": "{etag}"}, {"if-modified-since": "{modified}"}], ids=str)
def test_what_is_known_is_not_sent(server: Server, headers: dict[str, str]) -> None:
    for path in (PATH, "/demo/image/upload/plain.jpg"):
        known = server.get(path).headers
        given = {k: v.format(etag=known["etag"], modified=known["last-modified"]) for k, v in headers.items()}
        answer = server.get(path, **given)
        assert (answer.status_code, answer.content) == (304, b"")
        for name in ("etag", "cache-control", "last-modified", "access-control-allow-origin"):
            assert answer.headers[name] == known[name]
        assert "content-length" not in answer.headers


def test_a_part_of_a_picture(server: Server) -> None:
    whole = server.get(PATH)
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    for wanted, first, last in (
        ("0-9", 0, 9),
        ("10-", 10, size - 1),
        ("-7", size - 7, size - 1),
        ("5-999999", 5, size - 1),
    ):
        part = server.get(PATH, range=f"bytes={wanted}", **{"if-range": whole.headers["etag"]})
        assert part.status_code == 206
        assert part.content == whole.content[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.headers["content-type"] == "image/jpeg"
    for headers in ({"range": "bytes=0-1,4-5"}, {"range": "bytes=0-1", "if-range": '"other"'}, {"range": "lines=1-2"}):
        answer = server.get(PATH, **headers)
        assert (answer.status_code, answer.content) == (200, whole.content)
    beyond = server.get(PATH, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert httpx.head(server.url + PATH, headers={"range": "bytes=0-9"}).headers["content-length"] == str(size)


def test_a_download_goes_on_where_it_stopped(server: Server) -> None:
    whole = server.get(PATH)
    parts, at = b"", 0
    while at < len(whole.content):
        part = server.get(PATH, range=f"bytes={at}-{at + 199}", **{"if-range": whole.headers["last-modified"]})
        parts, at = parts + part.content, at + len(part.content)
    assert parts == whole.content


def test_another_version_than_expected_is_refused(server: Server) -> None:
    assert server.get(PATH, **{"if-match": '"other"'}).status_code == 412
    assert server.get(PATH, **{"if-match": server.get(PATH).headers["etag"]}).status_code == 200


@pytest.mark.parametrize("name", ["abc-1", "x" * 128])
def test_a_request_id_is_taken_over(server: Server, name: str) -> None:
    assert server.get(PATH, **{"x-request-id": name}).headers["x-request-id"] == name


@pytest.mark.parametrize("name", ["a b", "x" * 129, "a;b", "<script>"])
def test_an_odd_request_id_is_not(server: Server, name: str) -> None:
    ids = {server.get(PATH, **{"x-request-id": name}).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert name not in ids


def test_what_the_picture_is_stands_in_server_timing(server: Server) -> None:
    path = "/demo/image/upload/c_fill,w_91,h_50/plain.png"
    for _ in range(3):
        answer = server.get(path)
        size = len(answer.content)
        assert (
            f'content-info;desc="width=91,height=50,bytes={size},format=\\"png\\",owidth=640,oheight=480,'
            in answer.headers["server-timing"]
        )
        assert answer.headers["server-timing"].endswith('oformat=\\"jpg\\""')
    original = server.get("/demo/image/upload/plain.jpg").headers["server-timing"]
    assert "width=640,height=480," in original
    assert f"obytes={len(server.get('/demo/image/upload/plain.jpg').content)}" in original
    assert "content-info" not in server.get("/demo/image/upload/w_9/fl_getinfo/plain.jpg").headers["server-timing"]


@pytest.mark.parametrize(
    ("transformation", "public_id", "disposition"),
    [
        ("fl_attachment", "plain.jpg", 'attachment; filename="plain.jpg"'),
        ("w_9,fl_attachment", "plain.png", 'attachment; filename="plain.png"'),
        ("w_9,fl_attachment:my%20cat", "plain", 'attachment; filename="my cat.jpg"'),
        ("w_9,fl_attachment:a%252Eb", "plain", 'attachment; filename="a.b.jpg"'),
        ("fl_attachment", "pets/K%C3%A4se.png", "attachment; filename=\"Kase.png\"; filename*=UTF-8''K%C3%A4se.png"),
        ("w_9", "plain", None),
    ],
)
def test_names_to_save_by(server: Server, transformation: str, public_id: str, disposition: str | None) -> None:
    for _ in range(3):
        answer = as_written(server, f"/demo/image/upload/{transformation}/{public_id}")
        assert answer.status_code == 200, answer.text
        assert answer.headers.get("content-disposition") == disposition


@pytest.mark.parametrize("name", ["a%22b", "a%0D%0Ab", "a%250D%250ASet-Cookie:%20x=1", "%E2%80%AEa", "a%2Fb", "%00"])
def test_no_name_adds_a_header(server: Server, name: str) -> None:
    answer = as_written(server, f"/demo/image/upload/w_9,fl_attachment:{name}/plain")
    assert answer.status_code in (200, 400)
    assert "set-cookie" not in answer.headers
    assert re.fullmatch(r"attachment; [ -~]+", answer.headers.get("content-disposition", "attachment; none"))


def test_an_attachment_alone_leaves_the_bytes_as_they_are(server: Server, media: Path) -> None:
    answer = server.get("/demo/image/upload/fl_attachment/plain.jpg")
    assert answer.content == (media / "plain.jpg").read_bytes()


@pytest.mark.parametrize("path", ["fl_immutable_cache/plain.jpg", "w_9,fl_immutable_cache/plain"])
def test_what_never_changes_says_so(server: Server, path: str) -> None:
    for _ in range(2):
        control = server.get(f"/demo/image/upload/{path}").headers["cache-control"]
        assert control == "public, no-transform, immutable, max-age=2592000"


@pytest.mark.parametrize(
    ("transformation", "hints", "size", "vary"),
    [
        ("w_100,dpr_auto", {}, (100, 75), "Sec-CH-DPR, DPR"),
        ("w_100,dpr_auto", {"sec-ch-dpr": "2.0"}, (200, 150), "Sec-CH-DPR, DPR"),
        ("w_100,dpr_auto", {"dpr": "1.5", "width": "900"}, (150, 113), "Sec-CH-DPR, DPR"),
        ("c_limit,w_auto", {}, (640, 480), "Sec-CH-Width, Width, Sec-CH-Viewport-Width, Viewport-Width"),
        ("c_limit,w_auto", {"sec-ch-width": "230"}, (300, 225), None),
        ("c_limit,w_auto:50:200", {}, (200, 150), None),
        ("c_limit,w_auto:50:200", {"viewport-width": "230"}, (250, 188), None),
        ("c_limit,w_auto:50,dpr_auto", {"width": "230", "dpr": "2"}, (300, 225), None),
        ("c_limit,w_auto", {"width": "99999999"}, (640, 480), None),
        ("w_100", {"dpr": "2", "width": "30"}, (100, 75), ""),
    ],
)
def test_client_hints(
    server: Server, transformation: str, hints: dict[str, str], size: tuple[int, int], vary: str | None
) -> None:
    for _ in range(2):
        answer = server.image(transformation, "plain.jpg", **hints)
        assert opened(answer).size == size
        if vary is not None:
            assert answer.headers.get("vary", "") == vary
        assert ("accept-ch" in answer.headers) == (vary != "")


def test_answers_to_different_clients_are_never_mixed_up(server: Server) -> None:
    for _ in range(3):
        for dpr, accept, size, kind in (
            ("1", "image/webp", (60, 45), "image/webp"),
            ("2", "image/webp", (120, 90), "image/webp"),
            ("1", "*/*", (60, 45), "image/jpeg"),
            ("2", "*/*", (120, 90), "image/jpeg"),
        ):
            answer = server.image("w_60,dpr_auto,f_auto", "plain", dpr=dpr, accept=accept)
            assert (opened(answer).size, answer.headers["content-type"]) == (size, kind)
            assert answer.headers["vary"] == "Accept, Sec-CH-DPR, DPR"
    assert server.image("w_60,dpr_auto,f_auto", "plain", dpr="2", accept="*/*").headers["x-cache"] == "hit"
    # What has no say is no reason to make it again.
    hit = server.image("w_60,dpr_auto,f_auto", "plain", dpr="1.9", width="5", accept="image/webp,image/png")
    assert hit.headers["server-timing"].startswith("memory")


def test_a_default_stands_in_and_says_for_what(server: Server, media: Path) -> None:
    for _ in range(2):
        answer = server.image("w_20,d_default.jpg", "arriving.jpg")
        assert opened(answer).size == (20, 16)
        assert answer.headers["x-cld-error"] == "Resource not found - arriving.jpg"
        assert answer.headers["cache-control"] == "public, no-transform, max-age=60"
    photo(100, 100).save(media / "arriving.jpg")
    there = server.image("w_20,d_default.jpg", "arriving.jpg")
    assert opened(there).size == (20, 20)
    assert "x-cld-error" not in there.headers
    assert server.image("w_20,d_nobody.jpg", "gone.jpg").headers["x-cld-error"] == "Resource not found - gone.jpg"
    (media / "arriving.jpg").unlink()


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/w_30/plain.jpg", (30, 23)),
        ("/demo/w_30/pets/K%C3%A4se.png", (30, 30)),
        ("/w_30/plain.jpg/a-nice-picture.jpg", (30, 23)),
        ("/images/w_30/v1/plain/a-nice-picture.webp", (30, 23)),
        ("/iu/w_30/plain.jpg?_a=BAMAROfk0", (30, 23)),
    ],
)
def test_every_host_form(server: Server, path: str, size: tuple[int, int]) -> None:
    assert opened(server.get(path)).size == size


def test_a_missing_layer_is_named(server: Server) -> None:
    answer = server.image("w_50/l_pets:nobody,w_10", "plain")
    assert answer.status_code == 400
    assert answer.headers["x-cld-error"] == "Unknown or invalid referenced image pets/nobody of type upload"


def test_headers_that_come_twice_are_one_list(server: Server) -> None:
    connection = HTTPConnection(httpx.URL(server.url).host, httpx.URL(server.url).port, timeout=PATIENCE)
    connection.putrequest("GET", "/demo/image/upload/w_33,f_auto/plain", skip_accept_encoding=True)
    connection.putheader("Accept", "image/webp")
    connection.putheader("Accept", "image/png")
    connection.endheaders()
    assert connection.getresponse().headers["content-type"] == "image/webp"


@pytest.mark.parametrize("status", [400, 404, 405])
def test_errors_in_full(server: Server, status: int) -> None:
    paths = {400: "/demo/image/upload/w_abc/plain", 404: "/demo/image/upload/w_9/nobody", 405: PATH}
    answer = httpx.request("PUT" if status == 405 else "GET", server.url + paths[status])
    assert answer.status_code == status
    assert json.loads(answer.content)["error"]["message"] == answer.headers["x-cld-error"]
    assert answer.headers["cache-control"] == ("no-store" if status == 405 else "public, max-age=60")
    assert re.match("Invalid width|Resource not found - nobody|Method PUT", answer.headers["x-cld-error"])
    assert "etag" not in answer.headers


def test_a_drawing_never_runs_a_script(server: Server, media: Path) -> None:
    script = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    (media / "evil.svg").write_text(script, "utf-8")
    for path in ("evil.svg", "w_9/evil.svg", "fl_attachment/evil.svg"):
        answer = server.get(f"/demo/image/upload/{path}")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "script" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    Image.new("RGB", (9, 9)).save(media / "fine.png")
    assert server.get("/demo/image/upload/fine.png").status_code == 200
