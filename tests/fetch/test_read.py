"""Reading a whole file, and asking whether it is still the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from serving import Answer, Handler, Site, serving

from keepsight.errors import FetchError, FetchInterrupted, FetchMissing, FetchRefused
from keepsight.fetch import Fetcher, Limits, Reply, Validators
from keepsight.fetch.transport import is_among
from tests.waiting import PATIENCE

LIMITS = Limits(max_bytes=1_000, connect=PATIENCE, silence=PATIENCE, total=PATIENCE)
DATE = "Wed, 01 Jan 2025 00:00:00 GMT"


def fetcher(site: Site, hosts: tuple[str, ...] | None = ()) -> Fetcher:
    return Fetcher(LIMITS, allow_private=[site.url], hosts=hosts)


def test_a_file_and_what_names_its_version() -> None:
    with serving(lambda handler: handler.give(200, b"Tom", ETag='"one"', Last_Modified=DATE)) as site:
        assert fetcher(site).read(site.url) == Reply(b"Tom", Validators('"one"', DATE))
        (_, headers) = site.requests[0]
        assert headers["Accept-Encoding"] == "identity"
        assert not {"If-None-Match", "If-Modified-Since"} & headers.keys()


def test_what_is_known_is_not_sent_again() -> None:
    def unless_known(handler: Handler) -> None:
        known = handler.headers.get("If-None-Match") == '"one"'
        handler.give(304 if known else 200, b"" if known else b"Tom", ETag='"one"')

    known = Validators('"one"', DATE)
    with serving(unless_known) as site:
        assert fetcher(site).read(site.url, known) == Reply(None, known)
        assert site.requests[0][1]["If-Modified-Since"] == DATE
        assert fetcher(site).read(site.url, Validators('"two"')).body == b"Tom"


def short(handler: Handler) -> None:
    handler.head(200, 100)
    handler.wfile.write(b"x" * 50)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (lambda h: h.give(404), FetchMissing, "answers 404"),
        (lambda h: h.give(410), FetchMissing, "answers 410"),
        (lambda h: h.give(403), FetchError, "answers 403"),
        (lambda h: h.give(206, b"x"), FetchError, "answers 206"),
        (lambda h: h.give(304), FetchError, "answers 304"),  # nothing was known
        (lambda h: h.give(503), FetchInterrupted, "answers 503"),
        (lambda h: h.head(200, 5_000), FetchError, "more than 1000 bytes"),
        (lambda h: (h.head(200, None), h.wfile.write(b"x" * 5_000)), FetchError, "more than 1000 bytes"),
        (short, FetchInterrupted, "broke off|50 bytes of 100"),
        (lambda h: h.give(200, b"x", Content_Encoding="gzip"), FetchError, "encoding that nobody asked for"),
    ],
)
def test_what_goes_wrong_is_said(answer: Answer, error: type[FetchError], message: str) -> None:
    with serving(answer) as site, pytest.raises(error, match=message):
        fetcher(site).read(site.url)


def test_the_whole_has_an_end() -> None:
    def endless(handler: Handler) -> None:
        handler.head(200, None)
        while True:  # until its client leaves
            handler.wfile.write(b"x")
            time.sleep(0.02)

    with serving(endless) as site, pytest.raises(FetchError, match=r"took longer than 0\.3 s"):
        Fetcher(replace(LIMITS, total=0.3), allow_private=[site.url]).read(site.url)


@pytest.mark.parametrize(
    ("host", "patterns", "among"),
    [
        ("a.test", ("a.test",), True),
        ("a.test", ("b.test", "*"), True),
        ("x.a.test", ("*.a.test",), True),
        ("x.y.a.test", ("*.a.test",), True),
        ("a.test", ("*.a.test",), False),  # below it only
        ("xa.test", ("*.a.test",), False),
        ("a.test.evil.test", ("a.test", "*.a.test"), False),
        ("a.test", (), False),
    ],
)
def test_hosts(host: str, patterns: tuple[str, ...], among: bool) -> None:
    assert is_among(host, patterns) == among


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://images.test/x", True),
        ("https://IMAGES.test./x", True),
        ("https://other.test/x", False),
        ("https://images.test.other.test/x", False),
        ("https://images.test:8443/x", True),
        ("https://images.test@other.test/x", False),
        ("https://other.test/?images.test", False),
        ("http://images.test/x", False),  # without encryption
    ],
)
def test_only_hosts_that_are_allowed_are_looked_up(url: str, asked: bool) -> None:
    names: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        names.append(host)
        return ["10.0.0.1"]

    with pytest.raises(FetchRefused):
        Fetcher(LIMITS, hosts=["Images.test"], resolve=resolve).read(url)
    assert bool(names) == asked


@pytest.mark.parametrize("target", ["{other}/x", "https://elsewhere.test/x", "https://169.254.169.254/"])
def test_a_redirect_leads_to_no_other_host(target: str) -> None:
    with serving(lambda handler: handler.give(200, b"secret")) as other:
        redirect: Callable[[Handler], None] = lambda h: h.give(302, Location=target.format(other=other.url))  # noqa: E731
        with serving(redirect) as site, pytest.raises(FetchRefused, match="not among the hosts"):
            fetcher(site).read(site.url)
        assert not other.requests
