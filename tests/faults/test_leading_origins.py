"""Other servers, and names, that lead to where only this machine can go: real connections over the loopback."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from keepsight.errors import FetchError, FetchRefused
from keepsight.fetch import Fetcher, Teller
from tests.faults.origins import PATIENT, SOON, certificate, giving, read, talking, within


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/",
        "http://0177.0.0.1:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/", "http://[fe80::1%25lo]:{port}/", "http://localhost:{port}/",
        "http://localhost.:{port}/", "http://LOCALHOST:{port}/", "//127.0.0.1:{port}/", "\\\\127.0.0.1:{port}\\",
        "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http://127.0.0.1.:{port}/", "http://0:{port}/",
        "http://0.0.0.0:{port}/", "http://user@127.0.0.1:{port}/", "http://127.0.0.1:{port}@127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:{port}/_GET%20/",
        "data:text/plain,secret", "javascript:alert(1)", "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/", "http://[fd00:ec2::254]/", "http://100.100.100.200/",
        "http://192.168.0.1/", "http://10.0.0.1/", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/",
    ],
)  # fmt: skip
def test_no_redirect_leads_inside(location: str) -> None:
    """From an origin that an administrator named to whatever else this machine can reach."""
    with talking(giving(b"secret")) as inside:
        target = location.format(port=inside.port)
        lead = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
        # One that leads back to itself ("\\\\host" is a path to some) may go in circles, but nowhere else.
        with talking(lambda talk: talk.say(lead)) as origin, within(SOON), pytest.raises(FetchError):
            read(origin)
        assert not inside.talks


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_looked_at(status: int) -> None:
    with (
        talking(giving(b"secret")) as inside,
        talking(giving(b"", f"Location: {inside.url}/", status=f"{status} Moved")) as origin,
        pytest.raises(FetchRefused),
    ):
        read(origin)
    assert not inside.talks


def test_nothing_that_is_told_is_told_to_another() -> None:
    with talking(giving(b"")) as inside:
        lead = giving(b"", f"Location: {inside.url}/", status="307 Moved")
        with talking(lead) as origin:
            assert Teller(5, allow_private=[origin.url, inside.url]).post(origin.url, b"said", {}) == 307
    assert not inside.talks


class Rebinding:
    """The name service of the machine, in which one name means something else each time it is asked for."""

    def __init__(self, name: str, *answers: list[str]) -> None:
        self.name, self.answers, self.asked = name, list(answers), 0
        self._system = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != self.name:
            return self._system(host, port, *rest, **more)
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [found for address in addresses for found in self._system(address, port, *rest, **more)]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections go. Those to 8.8.8.8 really go to the loopback: the test does not leave the machine."""
    went: list[tuple[str, int]] = []
    really = socket.create_connection

    def connect(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        went.append(address)
        return really(("127.0.0.1", address[1]) if address[0] == "8.8.8.8" else address, *rest, **more)

    monkeypatch.setattr(socket, "create_connection", connect)
    return went


def test_a_name_that_changes_its_mind_after_it_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """Public when it is checked, private a moment later: the connection goes where the check was."""
    tls = certificate(tmp_path, "rebinding.test", monkeypatch)
    names = Rebinding("rebinding.test", ["8.8.8.8"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with talking(giving(b"public"), tls=tls) as origin:
        url = f"https://rebinding.test:{origin.port}/"
        assert Fetcher(PATIENT).read(url).body == b"public"
        assert connected == [("8.8.8.8", origin.port)]
        assert names.asked == 1
        with pytest.raises(
            FetchRefused, match="no server on the public internet"
        ):  # asked for anew: it is private now
            Fetcher(PATIENT).read(url)
        assert len(origin.talks) == 1


def test_a_name_that_changes_its_mind_between_redirects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    tls = certificate(tmp_path, "rebinding.test", monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("rebinding.test", ["8.8.8.8"], ["127.0.0.1"]))
    with talking(giving(b"", "Location: /secret", status="302 Found"), tls=tls) as origin:
        with pytest.raises(FetchRefused):
            Fetcher(PATIENT).read(f"https://rebinding.test:{origin.port}/")
        assert len(connected) == len(origin.talks) == 1


def test_one_private_address_among_public_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """Private ones are never tried, not even when the public ones do not answer."""
    tls = certificate(tmp_path, "mixed.test", monkeypatch)
    answers = ["127.0.0.1", "::1", "10.0.0.1", "8.8.8.8", "169.254.169.254"]
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("mixed.test", answers))
    with talking(giving(b"public"), tls=tls) as origin:
        assert Fetcher(PATIENT).read(f"https://mixed.test:{origin.port}/").body == b"public"
    with pytest.raises(FetchError, match="cannot be reached"):
        Fetcher(PATIENT).read(f"https://mixed.test:{origin.port}/")
    assert {host for host, _ in connected} == {"8.8.8.8"}


def test_an_origin_that_was_named_is_not_followed_to_what_is_never_a_server(
    monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """The name of a private origin begins to mean the machine's metadata."""
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("media.test", ["127.0.0.1"], ["169.254.169.254"]))
    with talking(giving(b"Tom")) as origin:
        url = f"http://media.test:{origin.port}"
        fetcher = Fetcher(PATIENT, allow_private=[url])
        assert fetcher.read(url).body == b"Tom"
        with pytest.raises(FetchRefused):
            fetcher.read(url)
    assert connected == [("127.0.0.1", origin.port)]


def test_nothing_of_the_machine_goes_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, no password file, no cookie of another answer."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login tom password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with talking(giving(b"Tom", "Set-Cookie: a=b")) as origin:
        fetcher = Fetcher(PATIENT, allow_private=[origin.url])
        assert [fetcher.read(origin.url).body for _ in range(2)] == [b"Tom", b"Tom"]
        sent = b"".join(talk.request for talk in origin.talks).lower()
    assert b"authorization" not in sent
    assert b"cookie" not in sent
