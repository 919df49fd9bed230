from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import quote, urlsplit

import pytest
from cloudinary.auth_token import generate
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from keepsight.delivery.client import client_of
from keepsight.delivery.token import Opened, open_token
from keepsight.errors import Unauthorized

KEY = "00112233FF99"
PATH = "/demo/image/authenticated/w_5/v1/folder/%C3%BC.jpg"
NOW = 1_500_000_000


def made(**options: object) -> str:
    return str(generate(**({"key": KEY, "start_time": NOW, "duration": 300} | options))).partition("=")[2]


def opened(token: str, path: str = PATH, address: str = "1.2.3.4", now: float = NOW) -> Opened:
    return open_token(token, (KEY,), (path, path.removeprefix("/demo")), address, now)


def test_tokens_of_the_vectors() -> None:
    vectors = json.loads(shared("vectors/api_auth.json").read_text("utf-8"))
    for vector in vectors["auth_token_urls"]:
        url, options = urlsplit(vector["url"]), vector["options"]["auth_token"]
        token = url.query.partition("=")[2]
        assert open_token(token, (options["key"],), (url.path,), "", options["start_time"]).exact
        with pytest.raises(Unauthorized):
            open_token(token, (options["key"],), (url.path + "x",), "", options["start_time"])
    for vector in vectors["auth_tokens"]:
        token, params = vector["token"].partition("=")[2], vector["params"]
        now = params.get("start_time", 0)
        assert not open_token(token, (vector["key_hex"],), ("/image/upload/tom",), params.get("ip", ""), now).exact


def test_a_token_for_one_url_is_for_that_url_only() -> None:
    token = made(url=PATH)
    assert opened(token) == Opened(NOW + 300, exact=True)
    with pytest.raises(Unauthorized, match="for another URL"):
        opened(token, PATH + "x")


@pytest.mark.parametrize(
    ("acl", "path", "opens"),
    [
        ("/image/*", PATH, True),  # with or without the cloud
        ("/demo/image/authenticated/*", PATH, True),
        (["/image/upload/*", "/image/authenticated/*"], PATH, True),
        ("/image/*/folder/*", PATH, True),
        ("/*", PATH, True),
        ("/image/upload/*", PATH, False),
        ("/image/authenticated", PATH, False),
        ("/image/authenticated/w_5/v1/folder/%C3%BC.jpg", PATH, True),  # escaped once
        ("/image.*", "/demo/imageX/a", False),  # no regular expression
    ],
)
def test_an_access_list_opens_what_it_matches(acl: str | list[str], path: str, opens: bool) -> None:
    token = made(acl=acl)
    if opens:
        assert opened(token, path) == Opened(NOW + 300, exact=False)
    else:
        with pytest.raises(Unauthorized, match="for other pictures"):
            opened(token, path)


@pytest.mark.parametrize(
    ("options", "now", "address", "reason"),
    [
        ({}, NOW + 299, "1.2.3.4", None),
        ({}, NOW + 300, "1.2.3.4", "has expired"),
        ({}, NOW - 1, "1.2.3.4", "not valid yet"),
        ({"ip": "1.2.3.4"}, NOW, "1.2.3.4", None),
        ({"ip": "1.2.3.4"}, NOW, "1.2.3.5", "another address"),
        ({"ip": "1.2.3.4"}, NOW, "", "another address"),
        ({"key": "00112233FF98"}, NOW, "1.2.3.4", "not made with the key"),
    ],
)
def test_time_address_and_key(options: dict[str, str], now: float, address: str, reason: str | None) -> None:
    token = made(acl="/*", **options)
    if reason is None:
        assert opened(token, now=now, address=address).until == NOW + 300
    else:
        with pytest.raises(Unauthorized, match=f"^deny or ACL failure: the token .*{reason}"):
            opened(token, now=now, address=address)


@given(st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_any_changed_character_closes_it(at: int, letter: str) -> None:
    token = made(acl="/image/*")
    at %= len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed.lower() == token.lower():  # hexadecimal digits in either case
        return
    with pytest.raises(Unauthorized):
        opened(changed)


@given(st.text(max_size=80))
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(Unauthorized):
        opened(text)


def test_where_a_token_is_found() -> None:
    token = made(acl="/*")
    assert client_of({}, f"_a=BAM&__cld_token__={token}".encode()).token == token
    assert client_of({}, f"__cld_token__={quote(token, safe='')}".encode()).token == token
    assert client_of({b"cookie": f"a=b; __cld_token__={token}; c=d".encode()}, b"").token == token
    assert client_of({b"cookie": b"__cld_token__=cookie~hmac=1"}, b"__cld_token__=q~hmac=1").token == "q~hmac=1"
    for query in (b"", b"__cld_token__", b"x__cld_token__=1", b"a=__cld_token__=1"):
        assert client_of({}, query).token is None


def test_it_opens_now() -> None:
    token = str(generate(key=KEY, acl="/*", duration=60)).partition("=")[2]
    assert opened(token, now=time.time()).until > time.time()


def test_keys_are_rotated() -> None:
    """A token of the key before is taken while it is listed, and one of another key never."""
    old, new, strange = ("aa" * 16, "bb" * 16, "cc" * 16)
    token = _signed(old)
    assert open_token(token, (new, old), ("/x",), "", 0).until == 9_999_999_999
    for keys in ((new,), (new, strange)):
        with pytest.raises(Unauthorized, match="not made with the key"):
            open_token(token, keys, ("/x",), "", 0)


def _signed(key: str) -> str:
    text = "exp=9999999999~acl=/*"
    return f"{text}~hmac={hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()}"
