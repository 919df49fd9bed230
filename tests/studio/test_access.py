"""Who may see the studio, what a page of it may load, and what never leaves it."""

from __future__ import annotations

import re
import time
from http.cookies import SimpleCookie

import pytest

from keepsight.api.auth import Credentials
from keepsight.studio import session
from tests.studio.conftest import KEY, MARK, SECRET, Open

CLOUD = {"cloud": {"api_key": KEY, "api_secret": SECRET}}
OPEN = CLOUD | {"studio": {"enabled": True}}
LOGIN = "/studio/login"


def test_development_mode_is_open_to_this_machine(opened: Open) -> None:
    client = opened()
    assert client.get("/studio").status_code == 200
    assert client.get("/studio/api/about").json()["development"] is True
    assert client.get("/studio/", follow_redirects=False).headers["location"] == "/studio"


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:8000", "192.168.1.7", "", "127.0.0.1.nip.io"])
def test_development_mode_is_closed_to_names_of_others(opened: Open, host: str) -> None:
    answer = opened().get("/studio/api/about", headers={"Host": host})
    assert answer.status_code == 403
    assert "for this machine only" in answer.json()["error"]["message"]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:1", "[::1]:8000"])
def test_loopback_has_several_names(opened: Open, host: str) -> None:
    assert opened().get("/studio/api/about", headers={"Host": host}).status_code == 200


def test_it_can_be_turned_off(opened: Open) -> None:
    answer = opened(studio={"enabled": False}).get("/studio")
    assert answer.status_code in (400, 404)
    assert b"<html" not in answer.content


def test_with_a_secret_it_is_off(opened: Open) -> None:
    client = opened(**CLOUD)
    for path in ("/studio", LOGIN, "/studio/api/about", "/studio/static/js/main.js"):
        answer = client.get(path, auth=(KEY, SECRET))
        assert answer.status_code in (400, 404)
        assert "content-type" not in answer.headers or "html" not in answer.headers["content-type"]


def test_with_a_secret_nothing_is_shown_before_the_login(opened: Open) -> None:
    client = opened(**OPEN)
    to_login = client.get("/studio", follow_redirects=False)
    assert (to_login.status_code, to_login.headers["location"]) == (303, LOGIN)
    assert client.get(LOGIN).status_code == 200
    closed = {
        "GET": ["about", "photos", "view?photo=upload/nobody.jpg", "nearest?word=cat"],
        "POST": ["crop", "drop", "seen", "detect", "picture", "library/search", "library/upload"],
    }
    for method, names in closed.items():
        for name in names:
            answer = client.request(method, f"/studio/api/{name}", headers=MARK)
            assert answer.status_code == 401, name
            assert "www-authenticate" not in answer.headers
    for path in ("/studio/frame", "/studio/try/upload/demo/image/upload/nobody.jpg"):
        assert client.get(path).status_code == 401


def test_a_login_sets_a_cookie_that_no_script_and_no_other_page_can_use(opened: Open) -> None:
    client = opened(**OPEN)
    answer = client.post(LOGIN, json={"key": KEY, "secret": SECRET}, headers=MARK)
    cookie = SimpleCookie(answer.headers["set-cookie"])[session.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/studio"
    assert not cookie["secure"]
    assert SECRET not in answer.headers["set-cookie"]
    assert client.get("/studio").status_code == 200
    assert client.get("/studio/api/about").json()["apis"] is True
    client.post("/studio/logout", headers=MARK)
    assert client.get("/studio/api/about").status_code == 401


def test_over_tls_the_cookie_is_for_tls_only(opened: Open) -> None:
    client = opened("https://pictures.example", **OPEN)
    answer = client.post(LOGIN, json={"key": KEY, "secret": SECRET}, headers=MARK)
    assert SimpleCookie(answer.headers["set-cookie"])[session.COOKIE]["secure"]


@pytest.mark.parametrize("given", [{"key": KEY, "secret": "wrong"}, {"key": "wrong", "secret": SECRET}])
def test_a_wrong_secret_opens_nothing(opened: Open, given: dict[str, str]) -> None:
    client = opened(**OPEN)
    answer = client.post(LOGIN, json=given, headers=MARK)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "This is not the API key and secret of this server"
    assert "set-cookie" not in answer.headers


def test_the_credentials_of_the_admin_api_open_it_too(opened: Open) -> None:
    client = opened(**OPEN)
    assert client.get("/studio/api/about", auth=(KEY, SECRET)).status_code == 200
    assert client.get("/studio/api/about", auth=(KEY, "wrong")).status_code == 401


def test_sessions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials(KEY, (SECRET,))
    cookie = session.issue(credentials)
    assert session.is_valid(cookie, credentials)
    assert not session.is_valid(cookie, Credentials(KEY, ("another",)))
    # Not the last letter: two of its six bits say nothing, so that another one may mean the same signature.
    rest, signature = cookie.rsplit(".", 1)
    assert not session.is_valid(f"{rest}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}", credentials)
    assert not session.is_valid("", credentials)
    later = time.time() + session.SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert not session.is_valid(cookie, credentials)


def test_what_changes_something_needs_a_header_that_other_pages_cannot_send(opened: Open) -> None:
    client = opened()
    answer = client.post("/studio/api/drop", content=b"x", headers={"Origin": "https://attacker.example"})
    assert answer.status_code == 403
    # Nor are they allowed to: a preflight gets no permission.
    asked = {
        "Origin": "https://attacker.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-keepsight-studio",
    }
    preflight = client.options("/studio/api/drop", headers=asked)
    assert not any(name.startswith("access-control") for name in preflight.headers)


@pytest.mark.parametrize("path", ["/studio", "/studio/api/about", "/studio/static/js/main.js", "/studio/none"])
def test_a_strict_policy_on_every_answer(opened: Open, path: str) -> None:
    answer = opened().get(path)
    (policy,) = answer.headers.get_list("content-security-policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_no_page_has_a_script_or_a_style_in_it_or_asks_elsewhere(opened: Open) -> None:
    client = opened()
    for path in ("/studio", "/studio/static/login.html"):
        page = client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
        addresses = re.findall(r'(?:src|href)="([^"#]+)"', page)
        assert addresses
        for address in addresses:
            assert address.startswith("/studio/static/")
            assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "js/../../app.py",
        "js/..%2f..%2fapp.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "..\\app.py",
        "js/main.js%00",
        "js",
        "",
    ],
)
def test_static_files_are_those_of_the_page(opened: Open, path: str) -> None:
    answer = opened().get(f"/studio/static/{path}", follow_redirects=False)
    assert answer.status_code >= 400
    assert b"import" not in answer.content


def test_static_files_are_asked_for_again_and_not_sent_again(opened: Open) -> None:
    client = opened()
    first = client.get("/studio/static/js/main.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/studio/static/js/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
