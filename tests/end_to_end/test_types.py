"""Private and authenticated pictures, tokens, and pictures from other servers."""

from __future__ import annotations

import io
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import cloudinary
import httpx
import pytest
from cloudinary.auth_token import generate
from serving import Handler, Site, serving

from end_to_end.conftest import Server, Start
from end_to_end.test_http import as_written, opened, photo
from tests.waiting import PATIENCE, until

SECRET = "a secret that the tests made up"
KEY = "00112233FF99AABB"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pictures")
    for n, kind in enumerate(("upload", "private", "authenticated")):
        (root / kind).mkdir()
        photo(100 + 10 * n, 100).save(root / kind / f"{kind}.jpg")
    return root


@pytest.fixture(scope="module")
def server(start: Start, pictures: Path) -> Server:
    return start(
        pictures / "upload",
        KEEPSIGHT_STORAGE__PRIVATE=str(pictures / "private"),
        KEEPSIGHT_STORAGE__AUTHENTICATED=str(pictures / "authenticated"),
        KEEPSIGHT_CLOUD__API_SECRET=SECRET,
        KEEPSIGHT_SECURITY__AUTH_TOKEN_KEY=KEY,
        KEEPSIGHT_MODELS__WEIGHTS=str(pictures),
    )


@pytest.fixture(autouse=True)
def sdk() -> Iterator[None]:
    cloudinary.config(cloud_name="demo", api_secret=SECRET)
    yield
    cloudinary.reset_config()


def signed(public_id: str, **options: object) -> str:
    url = str(cloudinary.CloudinaryImage(public_id).build_url(sign_url=True, **options))
    return url.partition("res.cloudinary.com")[2]


def token(**options: object) -> str:
    return str(generate(**({"key": KEY, "duration": 300} | options)))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/demo/image/private/private.jpg", 401),
        ("/demo/image/private/fl_attachment/private.jpg", 401),  # the same bytes under another name
        ("/demo/image/private/a_ignore/private.jpg", 200),
        ("/demo/image/private/w_50/private.jpg", 200),
        ("/demo/private_images/w_50/private/nice.jpg", 200),
        ("/demo/image/private/w_50/upload.jpg", 404),
        ("/demo/image/upload/w_50/private.jpg", 404),
        ("/demo/image/authenticated/authenticated.jpg", 401),
        ("/demo/image/authenticated/w_50/authenticated.jpg", 401),
        ("/demo/authenticated_images/w_50/authenticated/nice.jpg", 401),
        ("/demo/image/upload/w_50/l_private:private,w_10/upload.jpg", 200),
        ("/demo/image/upload/w_50/l_authenticated:authenticated,w_10/upload.jpg", 401),
        ("/demo/image/upload/w_50/l_private:upload,w_10/upload.jpg", 400),
        ("/demo/image/list/upload.jpg", 400),
    ],
)
def test_who_may_see_what_without_a_signature(server: Server, path: str, status: int) -> None:
    answer = server.get(path)
    assert answer.status_code == status, answer.text
    if status == 400 and "l_private" in path:
        assert answer.headers["x-cld-error"] == "Unknown or invalid referenced image upload of type private"
    if status == 401:
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("public_id", "options", "width"),
    [
        ("private.jpg", {"type": "private"}, 110),
        ("authenticated.jpg", {"type": "authenticated"}, 120),
        ("authenticated.jpg", {"type": "authenticated", "width": 50, "crop": "scale"}, 50),
        ("upload.jpg", {"overlay": "authenticated:authenticated", "width": 60, "crop": "scale"}, 100),
    ],
)
def test_a_signature_opens(server: Server, public_id: str, options: dict[str, object], width: int) -> None:
    path = signed(public_id, **options)
    for _ in range(2):
        answer = server.get(path)
        assert opened(answer).width == width
        assert answer.headers["cache-control"].startswith("public")


@pytest.mark.parametrize(
    ("acl", "path", "status"),
    [
        ("/image/authenticated/*", "/demo/image/authenticated/w_50/authenticated.jpg", 200),
        ("/image/authenticated/*", "/image/authenticated/authenticated.jpg", 200),
        ("/image/private/*", "/demo/image/private/private.jpg", 200),
        ("/image/private/*", "/demo/image/authenticated/authenticated.jpg", 401),
        ("/image/*", "/demo/image/authenticated/w_51/nobody.jpg", 404),
        ("/*", "/demo/image/upload/w_50/l_authenticated:authenticated,w_10/upload.jpg", 200),
        # A pattern says nothing about what the models may be asked.
        ("/*", "/demo/image/authenticated/c_fill,g_auto:cat,w_50/authenticated.jpg", 401),
    ],
)
def test_a_token_opens_in_the_query_and_in_a_cookie(server: Server, acl: str, path: str, status: int) -> None:
    given = token(acl=acl)
    for answer in (server.get(f"{path}?_a=BAM&{given}"), server.get(path, cookie=f"x=1; {given}")):
        assert answer.status_code == status, answer.text
        if status == 200:
            age = int(answer.headers["cache-control"].removeprefix("private, no-transform, max-age="))
            assert 200 < age <= 300
    # What was made for its bearer is for nobody else.
    assert server.get(path).status_code == 401


def test_a_token_for_one_url_opens_what_a_signature_would(server: Server) -> None:
    path = "/demo/image/authenticated/c_fill,g_auto:cat,w_50/authenticated.jpg"
    assert server.get(f"{path}?{token(url=path)}").status_code == 200
    assert server.get(f"{path.replace('w_50', 'w_51')}?{token(url=path)}").status_code == 401


def test_the_sdk_makes_urls_with_tokens(server: Server) -> None:
    path = signed(
        "authenticated.jpg", type="authenticated", auth_token={"key": KEY, "duration": 300}, width=40, crop="fit"
    )
    assert "__cld_token__" in path
    assert "s--" not in path
    assert opened(server.get(path)).width == 40


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"start_time": 1_000, "duration": 5}, "has expired"),
        ({"start_time": int(time.time()) + 86_400}, "not valid yet"),
        ({"key": "00"}, "not made with the key"),
        ({"ip": "9.9.9.9"}, "another address"),
    ],
)
def test_why_a_token_does_not_open(server: Server, options: dict[str, object], reason: str) -> None:
    answer = server.get(f"/demo/image/private/private.jpg?{token(acl='/*', **options)}")
    assert answer.status_code == 401
    assert answer.headers["x-cld-error"].startswith("deny or ACL failure: ")
    assert reason in answer.headers["x-cld-error"]
    assert server.get(f"/demo/image/upload/w_5/upload.jpg?{token(acl='/*', **options)}").status_code == 200


def test_the_address_is_that_behind_a_trusted_proxy(server: Server) -> None:
    path = f"/demo/image/private/private.jpg?{token(acl='/*', ip='9.9.9.9')}"
    assert server.get(path, **{"x-forwarded-for": "9.9.9.9"}).status_code == 200  # the tests come from 127.0.0.1
    assert server.get(path, **{"x-forwarded-for": "9.9.9.9, 8.8.8.8"}).status_code == 401
    assert server.get(path).status_code == 401


def test_strict_transformations_hold_for_every_type(start: Start, pictures: Path) -> None:
    server = start(
        pictures / "upload",
        KEEPSIGHT_STORAGE__PRIVATE=str(pictures / "private"),
        KEEPSIGHT_CLOUD__API_SECRET=SECRET,
        KEEPSIGHT_SECURITY__STRICT_TRANSFORMATIONS="true",
    )
    for path in (
        "/demo/image/private/w_50/private.jpg",
        "/demo/image/upload/w_50/upload.jpg",
        "/w_5/upload.jpg/x.jpg",
    ):
        assert server.get(path).status_code == 401, path
    assert server.get(signed("private.jpg", type="private", width=50, crop="fit")).status_code == 200
    root = signed(
        "upload", width=50, crop="fit", use_root_path=True, url_suffix="nice", format="jpg", private_cdn=True
    )
    assert server.get(root.partition("cloudinary.com")[2] or root).status_code == 200


def test_a_signature_is_for_the_reading_that_it_was_made_for(start: Start, tmp_path: Path) -> None:
    # `a` with the suffix `b`, and the picture `a/b`, have one path.
    media = tmp_path / "media"
    (media / "a").mkdir(parents=True)
    photo(20, 20).save(media / "a.jpg")
    photo(30, 30).save(media / "a" / "b.jpg")
    server = start(media, KEEPSIGHT_CLOUD__API_SECRET=SECRET, KEEPSIGHT_SECURITY__STRICT_TRANSFORMATIONS="true")
    for public_id, box in (("a.jpg", "5,5,10,10"), ("a/b.jpg", "10,10,10,10"), ("b.jpg", None)):
        signature = signed(public_id, crop="crop", width=10, height=10).split("/")[4]
        answer = server.get(f"/{signature}/c_crop,h_10,w_10/a/b.jpg")
        assert answer.headers.get("x-crop-box") == box
        assert answer.status_code == (200 if box else 401)


def jpeg(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    photo(width, height).save(buffer, "JPEG")
    return buffer.getvalue()


class Elsewhere:
    """Another server, on the loopback as the tests have no other."""

    def __init__(self) -> None:
        self.body, self.etag, self.goes = jpeg(90, 60), '"one"', Event()
        self.goes.set()

    def __call__(self, handler: Handler) -> None:
        self.goes.wait(PATIENCE)
        if handler.path == "/missing.jpg":
            handler.give(404)
        elif handler.path == "/broken.jpg":
            handler.give(500)
        elif handler.path.startswith("/page"):
            handler.give(200, b"<script>alert(1)</script>", Content_Type="text/html")
        elif handler.path == "/away":
            handler.give(302, Location="http://169.254.169.254/latest/meta-data/")
        elif handler.path == "/other":
            handler.give(302, Location="http://127.0.0.1:1/x.jpg")
        elif handler.headers.get("If-None-Match") == self.etag:
            handler.give(304)
        else:
            handler.give(200, self.body, ETag=self.etag)


@pytest.fixture(scope="module")
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture(scope="module")
def site(elsewhere: Elsewhere) -> Iterator[Site]:
    with serving(elsewhere) as site:
        yield site


@pytest.fixture(scope="module")
def fetching(start: Start, pictures: Path, site: Site) -> Server:
    return start(
        pictures / "upload",
        KEEPSIGHT_FETCH__UNSAFE_ORIGINS=site.url,
        KEEPSIGHT_FETCH__ALLOWED_HOSTS="*.example.test",
        KEEPSIGHT_FETCH__MAX_AGE="2",
        KEEPSIGHT_CACHE__ERROR_MAX_AGE="0",
        KEEPSIGHT_LIMITS__THREADS="1",
        KEEPSIGHT_MODELS__WEIGHTS=str(pictures),
    )


def fetched(server: Server, url: str, transformation: str = "w_30") -> httpx.Response:
    return as_written(server, f"/demo/image/fetch/{transformation}/{url}")


def test_a_picture_from_another_server(fetching: Server, site: Site) -> None:
    url = f"{site.url}/tom%20cat.jpg"
    before = len(site.requests)
    first, second = (fetched(fetching, url) for _ in range(2))
    assert opened(first).size == opened(second).size == (30, 20)
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "hit")
    assert first.headers["cache-control"] == "public, no-transform, max-age=2"
    assert len(site.requests) == before + 1
    assert site.requests[-1][0] == "/tom%20cat.jpg"
    whole = as_written(fetching, f"/demo/image/fetch/{url}")
    assert opened(whole).size == (90, 60)
    assert (
        fetched(fetching, url, "fl_attachment").headers["content-disposition"] == 'attachment; filename="tom cat.jpg"'
    )


def test_a_changed_picture_is_seen_when_its_time_is_over(fetching: Server, site: Site, elsewhere: Elsewhere) -> None:
    url = f"{site.url}/changing.jpg"
    assert opened(fetched(fetching, url)).size == (30, 20)
    time.sleep(2.1)
    assert opened(fetched(fetching, url)).size == (30, 20)
    assert site.requests[-1][1]["If-None-Match"] == '"one"'
    elsewhere.body, elsewhere.etag = jpeg(60, 60), '"two"'
    time.sleep(2.1)
    assert opened(fetched(fetching, url)).size == (30, 30)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("{site}/missing.jpg", 404, "Resource not found - {site}/missing.jpg"),
        ("{site}/broken.jpg", 400, "Error in loading - {site}/broken.jpg"),
        ("{site}/page.html", 400, "Invalid image file"),
        ("{site}/away", 401, "Images of type fetch are restricted in this account"),
        ("{site}/other", 401, "Images of type fetch are restricted in this account"),
        ("https://elsewhere.test/x.jpg", 401, "not among the hosts"),
        ("http://127.0.0.1:1/x.jpg", 401, "not among the hosts"),
        ("http://169.254.169.254/latest/meta-data/", 401, "restricted"),
        ("http://[::1]/x.jpg", 401, "restricted"),
        ("http://images.example.test/x.jpg", 401, "without encryption"),
        ("https://images.example.test/x.jpg", 400, "Error in loading - https://images.example.test/x.jpg"),
        ("https://u:p@images.example.test/x.jpg", 401, "user name"),
        ("file:///etc/passwd", 400, "expected the address of a picture"),
        ("ftp://a.test/x", 400, "expected the address of a picture"),
    ],
)
def test_what_is_not_fetched(fetching: Server, site: Site, path: str, status: int, message: str) -> None:
    answer = fetched(fetching, path.format(site=site.url))
    assert answer.status_code == status, answer.text
    assert message.format(site=site.url) in answer.headers["x-cld-error"]


def test_a_layer_from_another_server(fetching: Server, site: Site) -> None:
    layer = urlsafe_b64encode(f"{site.url}/badge.jpg".encode()).decode()
    answer = fetching.image(f"w_50/l_fetch:{layer},w_10", "upload.jpg")
    assert opened(answer).size == (50, 50)
    missing = urlsafe_b64encode(f"{site.url}/missing.jpg".encode()).decode()
    answer = fetching.image(f"w_50/l_fetch:{missing},w_10", "upload.jpg")
    assert answer.status_code == 400
    assert answer.headers["x-cld-error"].startswith("Unknown or invalid referenced image http")


def test_a_default_stands_in_for_what_no_server_has(fetching: Server, site: Site) -> None:
    answer = fetched(fetching, f"{site.url}/missing.jpg", "w_20,d_upload.jpg")
    assert opened(answer).size == (20, 20)
    assert answer.headers["x-cld-error"].startswith("Resource not found - http")


def test_a_slow_server_elsewhere_holds_up_no_picture_of_ours(
    fetching: Server, site: Site, elsewhere: Elsewhere
) -> None:
    elsewhere.goes.clear()
    before = len(site.requests)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(fetching.get, f"/demo/image/fetch/w_9/{site.url}/slow{n}.jpg") for n in range(3)]
        try:
            until(lambda: len(site.requests) == before + 3)
            assert fetching.image("w_37", "upload.jpg").status_code == 200
            assert not any(each.done() for each in asked)
        finally:
            elsewhere.goes.set()
        assert {each.result().status_code for each in asked} == {200}


def test_fetching_is_off_unless_hosts_are_allowed(server: Server, site: Site) -> None:
    before = len(site.requests)
    answer = fetched(server, f"{site.url}/tom.jpg")
    assert answer.status_code == 401
    assert answer.headers["x-cld-error"] == "Images of type fetch are restricted in this account"
    assert len(site.requests) == before
