"""What the answers carry, and what bad input gets; no detector is needed for this."""

from __future__ import annotations

import io
import random
import string
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import SHARED
from PIL import Image

from end_to_end.conftest import Server, Start
from tests.waiting import PATIENCE

CHROME = "image/avif,image/webp,image/apng,*/*;q=0.8"


def photo(width: int, height: int) -> Image.Image:
    """Something with structure everywhere, so that encoders and crops have work."""
    ys, xs = np.mgrid[0:height, 0:width]
    channels = (xs * 255 / width, ys * 255 / height, 127 + 127 * np.sin(xs / 9) * np.cos(ys / 7))
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    photo(640, 480).save(folder / "plain.jpg")
    photo(300, 300).save(folder / "ünï çödé (1).png")
    badge = Image.new("RGBA", (200, 100))
    badge.paste((200, 30, 40, 255), (50, 0, 150, 100))
    badge.save(folder / "badge.png")
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    (folder / "notes.txt").write_text("no picture", "utf-8")
    (folder / "empty.jpg").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def server(start: Start, media: Path) -> Server:
    return start(media, KEEPSIGHT_MODELS__WEIGHTS=str(media), KEEPSIGHT_MODELS__STARTER="false")


@pytest.fixture(autouse=True)
def still_answering(server: Server) -> Iterator[None]:
    """Whatever a test asks, the server answers the next request."""
    yield
    assert server.image("w_20", "plain").status_code == 200


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("w_100", (100, 75)),
        ("c_fill,w_100,h_100", (100, 100)),
        ("c_fit,w_100,h_100", (100, 75)),
        ("c_limit,w_2000", (640, 480)),
        ("c_mfit,w_800", (800, 600)),
        ("c_pad,w_100,h_100,b_red", (100, 100)),
        ("c_lpad,w_800,h_800", (800, 800)),
        ("c_mpad,w_800,h_500", (800, 500)),
        ("c_crop,w_50,h_40,x_5,y_6", (50, 40)),
        ("c_lfill,w_1000,h_200", (640, 200)),
        ("c_scale,w_0.5", (320, 240)),
        ("c_fill,ar_16:9,w_160", (160, 90)),
        ("w_100,dpr_2.0", (200, 150)),
        ("a_90", (480, 640)),
        ("c_fill,w_100,h_50/a_90", (50, 100)),
        ("c_thumb,g_auto,w_90,h_60", (90, 60)),
        ("c_fill_pad,g_auto,w_90,h_200", (90, 200)),
    ],
)
def test_sizes(server: Server, transformation: str, size: tuple[int, int]) -> None:
    assert opened(server.image(transformation, "plain.jpg")).size == size


@pytest.mark.parametrize(
    ("transformation", "public_id", "accept", "content_type", "vary"),
    [
        ("w_100", "plain.jpg", CHROME, "image/jpeg", None),
        ("w_100", "plain", CHROME, "image/jpeg", None),
        ("w_100", "plain.webp", "", "image/webp", None),
        ("w_100", "plain.avif", "", "image/avif", None),
        ("w_100", "plain.png", "", "image/png", None),
        ("w_100,f_gif", "plain.png", "", "image/gif", None),
        ("w_100,f_auto", "plain.jpg", CHROME, "image/avif", "Accept"),
        ("w_100,f_auto", "plain.jpg", "image/webp,*/*", "image/webp", "Accept"),
        ("w_100,f_auto", "plain.jpg", "*/*", "image/jpeg", "Accept"),
        ("w_100,f_auto", "badge.png", "*/*", "image/png", "Accept"),
    ],
)
def test_formats(
    server: Server, transformation: str, public_id: str, accept: str, content_type: str, vary: str | None
) -> None:
    answer = server.image(transformation, public_id, accept=accept)
    assert answer.headers["content-type"] == content_type
    assert answer.headers.get("vary") == vary
    assert f"image/{opened(answer).format}".lower() == content_type


def test_negotiated_answers_are_never_mixed_up(server: Server) -> None:
    for _ in range(2):
        for accept, kind in ((CHROME, "image/avif"), ("*/*", "image/jpeg"), ("image/webp", "image/webp")):
            assert server.image("w_120,f_auto", "plain", accept=accept).headers["content-type"] == kind


def test_an_original_is_served_as_it_is(server: Server, media: Path) -> None:
    answer = server.get("/demo/image/upload/plain.jpg")
    assert answer.content == (media / "plain.jpg").read_bytes()
    assert answer.headers["x-crop-box"] == "0,0,640,480"


def test_every_header_of_an_image(server: Server) -> None:
    first = server.image("c_fill,w_111,h_100,g_north", "plain")
    second = server.image("c_fill,w_111,h_100,g_north", "plain")
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "hit")
    assert first.content == second.content
    for answer in (first, second):
        assert answer.headers["etag"].startswith('"')
        assert answer.headers["cache-control"] == "public, no-transform, max-age=2592000"
        assert answer.headers["x-crop-box"] == "53,0,533,480"
        assert answer.headers["x-focus"] == "north"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["server-timing"]
    assert "render;dur=" in first.headers["server-timing"]


def test_of_padding_nothing_is_said_to_be_shown(server: Server) -> None:
    answer = server.image("c_pad,w_1000,h_480/c_crop,w_400,h_480,g_west", "plain")
    assert answer.headers["x-crop-box"] == "0,0,220,480"


def test_no_version_names_the_bytes_of_a_file_in_a_folder(server: Server) -> None:
    for _ in ("made", "kept"):
        answer = server.get("/demo/image/upload/w_30/v1700000000/plain")
        assert answer.headers["cache-control"] == "public, no-transform, max-age=2592000"


def test_the_bare_address_says_where_the_pictures_are(server: Server) -> None:
    assert server.get("/").json()["pictures"].startswith("/demo/image/upload/")


@pytest.mark.parametrize("decorate", ["{}", "W/{}", '"other", {}', "*"])
def test_an_unchanged_image_is_304(server: Server, decorate: str) -> None:
    etag = server.image("w_77", "plain").headers["etag"]
    answer = server.image("w_77", "plain", **{"if-none-match": decorate.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


def test_head_is_get_without_the_body(server: Server) -> None:
    path = "/demo/image/upload/w_55/plain"
    whole, head = server.get(path), httpx.head(server.url + path)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))


def test_other_methods_are_refused(server: Server) -> None:
    answer = httpx.post(server.url + "/demo/image/upload/w_55/plain")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_analytics_and_other_queries_change_nothing(server: Server) -> None:
    plain = server.image("w_60", "plain")
    assert server.image("w_60", "plain?_a=BAMAROfk0").content == plain.content


def test_names_in_any_script(server: Server) -> None:
    assert opened(server.image("w_50", "%C3%BCn%C3%AF%20%C3%A7%C3%B6d%C3%A9%20%281%29")).size == (50, 50)


def test_a_changed_original_is_rendered_anew(server: Server, media: Path) -> None:
    photo(100, 100).save(media / "changing.png")
    before = server.image("w_40", "changing").content
    photo(100, 50).save(media / "changing.png")
    after = server.image("w_40", "changing")
    assert after.headers["x-cache"] == "miss"
    assert opened(after).size == (40, 20)
    assert after.content != before
    (media / "changing.png").unlink()
    assert server.image("w_40", "changing").status_code == 404


def test_transparency_is_kept_or_laid_on_a_colour(server: Server) -> None:
    assert opened(server.image("w_100", "badge.png")).convert("RGBA").getpixel((2, 2))[3] == 0  # type: ignore[index]
    white = opened(server.image("w_100", "badge.jpg")).getpixel((2, 2))
    assert min(white) > 250  # type: ignore[type-var,arg-type]
    red, green, blue = opened(server.image("w_100,b_rgb:0000ff", "badge.jpg")).getpixel((2, 2))  # type: ignore[misc]
    assert blue > 240
    assert max(red, green) < 15


def test_an_animated_picture_is_cut_at_the_centre(server: Server) -> None:
    answer = server.image("c_fill,w_20,h_20,g_auto", "moving.gif")
    assert opened(answer).size == (20, 20)
    assert "animated" in answer.headers["x-focus"]
    refused = server.image("c_fill_pad,w_20,h_20,g_auto", "moving.gif")
    assert refused.status_code == 400
    assert "animated" in refused.headers["x-cld-error"]


def test_without_a_model_the_result_is_not_kept_and_says_so(server: Server) -> None:
    for _ in range(2):
        answer = server.image("c_fill,g_auto:cat,w_64,h_64", "plain")
        assert answer.headers["x-cache"] == "miss"
        assert answer.headers["cache-control"] == "public, no-transform, max-age=60"
        assert "without" in answer.headers["x-focus"]
        assert "coco" in answer.headers["x-focus"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/demo/image/upload/nobody.jpg", 404),
        ("/demo/image/upload/w_10/../plain.jpg", 404),
        ("/demo/image/upload/w_10/%2e%2e/plain.jpg", 404),
        ("/demo/image/upload/w_10/..%2f..%2fetc/passwd", 404),
        ("/demo/image/upload/notes.txt", 400),
        ("/demo/image/upload/w_10/empty.jpg", 400),
        ("/demo/image/upload/w_10/plain.exe", 400),
        ("/demo/image/upload/bo_1000px_solid_red/w_40000,h_1/bo_1000px_solid_red/plain", 400),
        ("/demo/image/fetch/http://127.0.0.1/x.jpg", 401),
        ("/demo/image/private/plain", 404),
        ("/demo/video/upload/plain", 400),
        ("/other/image/upload/plain", 404),
    ],
)
def test_refusals(server: Server, path: str, status: int) -> None:
    check_refusal(as_written(server, path), status)


def as_written(server: Server, path: str) -> httpx.Response:
    """Send a path as it is: httpx would tidy dots and escapes away."""
    connection = HTTPConnection(httpx.URL(server.url).host, httpx.URL(server.url).port, timeout=PATIENCE)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    headers = [(k.lower(), v) for k, v in answer.getheaders()]
    return httpx.Response(answer.status, headers=headers, content=answer.read())


def check_refusal(answer: httpx.Response, status: int | None = None) -> None:
    assert answer.status_code == (status or answer.status_code)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert len(answer.headers["x-cld-error"]) > 10
    assert answer.json()["error"]["message"]
    assert answer.headers["cache-control"] in ("no-store", "public, max-age=60")


def malformed() -> Iterator[str]:
    """200 paths that mean nothing, from a fixed seed."""
    dice = random.Random(7)  # noqa: S311 - no secret
    letters = string.ascii_letters + string.digits + "_-.,:;!$&'()*+=@~%|^{}[]\"<>"
    words = (
        "c_fill",
        "w_",
        "h_0",
        "g_auto:",
        "ar_1:0",
        "q_auto:x",
        "s--x--",
        "v1",
        "f_",
        "$a_",
        "if_w",
        "l_x",
        "..",
        "%00",
        "%FF",
    )
    for _ in range(200):
        parts = ["".join(dice.choices(letters, k=dice.randint(0, 12))) for _ in range(dice.randint(0, 3))]
        parts.insert(dice.randint(0, len(parts)), ",".join(dice.choices(words, k=dice.randint(1, 4))))
        yield "/demo/image/upload/" + "/".join(parts) + dice.choice(("", "/", "/plain/nobody", "?x"))


def test_200_malformed_paths_get_a_sentence(server: Server) -> None:
    paths = list(malformed())
    assert len(paths) == 200
    for path in paths:
        check_refusal(as_written(server, path))


@pytest.mark.skipif(
    not (SHARED / "odd").is_dir(), reason="needs the development material, which is not here: shared/odd"
)
def test_odd_files_are_pictures_or_get_a_sentence(start: Start) -> None:
    server = start(SHARED / "odd")
    refused = set()
    for path in sorted((SHARED / "odd").iterdir()):
        for transformation in ("c_fill,g_auto,w_64,h_64", "w_32,f_auto", "c_pad,w_50,h_60,b_auto"):
            answer = server.image(transformation, path.name)
            if answer.status_code == 200:
                assert opened(answer).size[0] in (64, 32, 50)
            else:
                check_refusal(answer)
                refused.add(path.name)
        assert server.get("/health").status_code == 200
    assert {
        "odd.json",
        "thumbor-16383x16383.png",
    } <= refused
    assert len(refused) < 15
