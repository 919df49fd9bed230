from __future__ import annotations

import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from socketserver import TCPServer

import httpx
import pytest
from serving import Handler, serving

from keepsight.errors import FetchError, FetchRefused
from keepsight.fetch import Fetcher, Limits
from keepsight.fetch.transport import ADDRESSES_TRIED, origin_of
from tests.waiting import PATIENCE

LIMITS = Limits(max_bytes=1_000_000, connect=PATIENCE, silence=PATIENCE, total=PATIENCE)


class Names:
    """A name service of the test's own; a list of answers is given out one by one."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.answers:
            return (host.strip("[]"),)
        answers = self.answers[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """Requests that would have left the machine; none does."""
    left: list[httpx.Request] = []

    def keep(_: object, request: httpx.Request) -> httpx.Response:
        left.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"hello"), headers={"Content-Length": "5"})

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", keep)
    return left


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0",
        "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
    ],
)  # fmt: skip
def test_a_name_with_such_an_address_is_not_asked(
    tmp_path: Path, connected: list[httpx.Request], address: str
) -> None:
    fetcher = Fetcher(LIMITS, resolve=Names(evil_test=[[address]]))
    with pytest.raises(FetchRefused, match=r"evil\.test is no server on the public internet") as caught:
        fetcher.download("https://evil.test/", tmp_path / "f")
    assert address not in str(caught.value)
    assert not connected


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest",
        "https://localhost/", "https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://0/",
    ],
)  # fmt: skip
def test_the_system_may_read_an_address_as_it_likes(tmp_path: Path, connected: list[httpx.Request], url: str) -> None:
    with pytest.raises(FetchError):
        Fetcher(LIMITS).download(url, tmp_path / "f")
    assert not connected


@pytest.mark.parametrize(
    "url",
    ["http://example.test/", "ftp://example.test/", "file:///etc/passwd", "https:///x", "", "a/b", "https://u:p@a.test/",
     "https://example.test:99999/", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address_of_ours(tmp_path: Path, connected: list[httpx.Request], url: str) -> None:
    with pytest.raises(FetchError):
        Fetcher(LIMITS, resolve=lambda *_: ["8.8.8.8"]).download(url, tmp_path / "f")
    assert not connected


def test_connects_to_the_address_that_was_checked(tmp_path: Path, connected: list[httpx.Request]) -> None:
    # The second answer of the name service would be the one that a second look-up gets.
    names = Names(rebinding_test=[["8.8.8.8"], ["127.0.0.1"]])
    Fetcher(LIMITS, resolve=names).download("https://rebinding.test/a?b=c", tmp_path / "f")
    (request,) = connected
    assert str(request.url) == "https://8.8.8.8/a?b=c"
    assert request.headers["Host"] == "rebinding.test"
    assert request.extensions["sni_hostname"] == "rebinding.test"
    assert names.asked == ["rebinding.test"]
    with pytest.raises(FetchRefused):
        Fetcher(LIMITS, resolve=names).download("https://rebinding.test/", tmp_path / "f")


def test_of_many_addresses_only_the_public_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def refuse(_: object, request: httpx.Request) -> httpx.Response:
        tried.append(request.url.host)
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", refuse)
    public = [f"8.8.8.{n}" for n in range(1, 9)]
    with pytest.raises(FetchError, match=r"many\.test cannot be reached"):
        Fetcher(LIMITS, resolve=lambda *_: ["10.0.0.1", *public]).download("https://many.test/", tmp_path / "f")
    assert tried == public[:ADDRESSES_TRIED]


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://[::1]/", "https://internal.test/",
     "http://127.0.0.1:1/", "file:///etc/passwd"],
)  # fmt: skip
def test_a_redirect_is_checked_like_any_request(tmp_path: Path, target: str) -> None:
    with serving(lambda handler: handler.give(302, Location=target)) as site:
        fetcher = Fetcher(LIMITS, allow_private=[site.url], resolve=Names(internal_test=[["10.0.0.7"]]))
        with pytest.raises(FetchRefused):
            fetcher.download(f"{site.url}/weights", tmp_path / "f")
        assert len(site.requests) == 1


def test_the_exception_is_for_one_origin(tmp_path: Path) -> None:
    def secret(handler: Handler) -> None:
        handler.give(200, b"secret")

    with serving(secret) as inside, serving(lambda handler: handler.give(302, Location=f"{inside.url}/x")) as mirror:
        with pytest.raises(FetchRefused):
            Fetcher(LIMITS, allow_private=[mirror.url]).download(mirror.url, tmp_path / "f")
        assert not inside.requests
        Fetcher(LIMITS, allow_private=[mirror.url, inside.url]).download(mirror.url, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"secret"


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1", "224.0.0.1"])
def test_no_exception_for_what_is_never_a_server(tmp_path: Path, connected: list[httpx.Request], address: str) -> None:
    fetcher = Fetcher(LIMITS, allow_private=["http://mirror.test"], resolve=Names(mirror_test=[[address]]))
    with pytest.raises(FetchRefused):
        fetcher.download("http://mirror.test/f", tmp_path / "f")
    assert not connected


def test_redirects_end(tmp_path: Path) -> None:
    with serving(lambda handler: handler.give(302, Location="/again")) as site:
        with pytest.raises(FetchError, match="redirects too often"):
            Fetcher(LIMITS, allow_private=[site.url]).download(site.url, tmp_path / "f")
        assert len(site.requests) == LIMITS.redirects + 1


def test_proxies_of_the_environment_are_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(lambda handler: handler.give(200, b"direct")) as site:
        assert Fetcher(LIMITS, allow_private=[site.url]).download(site.url, tmp_path / "f") == 6


def test_origins() -> None:
    assert origin_of("https://Mirror.LAN/models/") == "https://mirror.lan:443"
    assert origin_of("http://[::1]:80") == "http://::1:80"


def test_the_certificate_is_one_for_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
               "2", "-subj", "/CN=models.test", "-addext", "subjectAltName=DNS:models.test",
               "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def wrap(server: TCPServer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)

    with serving(lambda handler: handler.give(200, b"safe"), wrap) as site:
        base = [f"https://{name}:{site.port}" for name in ("models.test", "other.test")]
        fetcher = Fetcher(LIMITS, allow_private=base, resolve=lambda *_: ["127.0.0.1"])
        assert fetcher.download(base[0], tmp_path / "f") == 4
        assert site.requests[0][1]["Host"] == f"models.test:{site.port}"
        with pytest.raises(FetchError, match="certificate"):
            fetcher.download(base[1], tmp_path / "f")
