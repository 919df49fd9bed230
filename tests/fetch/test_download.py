from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from serving import Handler, Site, file_server, serving

from keepsight.errors import FetchError, FetchInterrupted
from keepsight.fetch import Fetcher, Limits
from keepsight.fetch.part import tag_of
from tests.waiting import PATIENCE

CONTENT = bytes(range(256)) * 2000
LIMITS = Limits(max_bytes=1_000_000, connect=PATIENCE, silence=PATIENCE, total=PATIENCE)


def fetcher(site: Site) -> Fetcher:
    return Fetcher(LIMITS, allow_private=[site.url])


def test_a_file_with_its_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    with serving(file_server(CONTENT)) as site:
        size = fetcher(site).download(
            site.url, tmp_path / "f", on_progress=lambda done, total: seen.append((done, total))
        )
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert size == len(CONTENT)
    assert seen[0] == (0, size)
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_what_a_break_left_is_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with serving(file_server(CONTENT, cut_after=[100_000, 50_000])) as site:
        for expected in (100_000, 150_000):
            with pytest.raises(FetchInterrupted, match="broke off"):
                fetcher(site).download(site.url, path, resume=True)
            assert path.stat().st_size == expected
        fetcher(site).download(site.url, path, resume=True)
        assert [headers.get("Range") for _, headers in site.requests] == [None, "bytes=100000-", "bytes=150000-"]
        assert {headers.get("If-Range") for _, headers in site.requests} == {None, '"one"'}
    assert path.read_bytes() == CONTENT


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"something else")
    with serving(file_server(CONTENT, cut_after=[1000])) as site:
        with pytest.raises(FetchInterrupted):
            fetcher(site).download(site.url, path)
        assert not tag_of(path).exists()
        fetcher(site).download(site.url, path)
        assert all("Range" not in headers for _, headers in site.requests)
    assert path.read_bytes() == CONTENT


def _interrupted(path: Path, url: str, site: Site) -> None:
    site.answer = file_server(CONTENT, cut_after=[100_000])
    with pytest.raises(FetchInterrupted):
        fetcher(site).download(url, path, resume=True)
    assert path.stat().st_size == 100_000


def _other_version(site: Site) -> None:
    site.answer = file_server(CONTENT[::-1], etag='"two"')


def _ignores_range(site: Site) -> None:
    site.answer = lambda handler: handler.give(200, CONTENT[::-1], ETag='"one"')


@pytest.mark.parametrize("change", [_other_version, _ignores_range])
def test_a_server_that_does_not_go_on_gives_all(tmp_path: Path, change: Callable[[Site], None]) -> None:
    path = tmp_path / "f"
    with serving(file_server(CONTENT)) as site:
        _interrupted(path, site.url, site)
        change(site)
        fetcher(site).download(site.url, path, resume=True)
    assert path.read_bytes() == CONTENT[::-1]


def _another_offset(handler: Handler) -> None:
    handler.give(206, CONTENT[7:], ETag='"one"', Content_Range=f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}")


def _another_tag(handler: Handler) -> None:
    last = len(CONTENT) - 1
    handler.give(206, CONTENT[100_000:], ETag='"two"', Content_Range=f"bytes 100000-{last}/{last + 1}")


def _no_range_said(handler: Handler) -> None:
    handler.give(206, CONTENT[100_000:], ETag='"one"')


def _less_than_it_said(handler: Handler) -> None:
    last = len(CONTENT) - 1
    handler.give(206, CONTENT[100_000:200_000], ETag='"one"', Content_Range=f"bytes 100000-{last}/{last + 1}")


def _has_less(handler: Handler) -> None:
    handler.give(416, Content_Range="bytes */5")


@pytest.mark.parametrize("answer", [_another_offset, _another_tag, _no_range_said, _less_than_it_said, _has_less])
def test_a_wrong_continuation_is_dropped(tmp_path: Path, answer: Callable[[Handler], None]) -> None:
    path = tmp_path / "f"
    with serving(file_server(CONTENT)) as site:
        _interrupted(path, site.url, site)
        site.answer = answer
        with pytest.raises(FetchInterrupted, match="begins anew"):
            fetcher(site).download(site.url, path, resume=True)
        site.answer = file_server(CONTENT)
        fetcher(site).download(site.url, path, resume=True)
    assert path.read_bytes() == CONTENT


def test_a_weak_tag_is_no_version_and_a_date_is_one(tmp_path: Path) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    headers = {"ETag": 'W/"weak"', "Last_Modified": date}

    def cut(handler: Handler) -> None:
        handler.head(200, 10, **headers)
        handler.wfile.write(b"12345")

    with serving(cut) as site:
        for _ in range(2):
            with pytest.raises(FetchInterrupted):
                fetcher(site).download(site.url, tmp_path / "f", resume=True)
        assert site.requests[1][1]["If-Range"] == date
        del headers["Last_Modified"]
        with pytest.raises(FetchInterrupted):
            fetcher(site).download(site.url, tmp_path / "f", resume=True)
    assert not tag_of(tmp_path / "f").exists()


def test_what_another_address_left_is_not_mixed_in(tmp_path: Path) -> None:
    with serving(file_server(CONTENT)) as site:
        _interrupted(tmp_path / "f", f"{site.url}/one", site)
        fetcher(site).download(f"{site.url}/two", tmp_path / "f", resume=True)
        assert "Range" not in site.requests[-1][1]


@pytest.mark.parametrize("status", [301, 403, 404, 410])
def test_a_status_that_stays(tmp_path: Path, status: int) -> None:
    with serving(lambda handler: handler.give(status)) as site, pytest.raises(FetchError) as caught:
        fetcher(site).download(site.url, tmp_path / "f")
    assert str(caught.value) == f"127.0.0.1 answers {status}"
    assert not isinstance(caught.value, FetchInterrupted)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_status_that_passes(tmp_path: Path, status: int) -> None:
    with serving(lambda handler: handler.give(status)) as site, pytest.raises(FetchInterrupted, match=str(status)):
        fetcher(site).download(site.url, tmp_path / "f")


def _without_length(handler: Handler) -> None:
    handler.head(200, None)
    handler.wfile.write(b"x" * 1_000_001)


@pytest.mark.parametrize("answer", [lambda handler: handler.head(200, 1_000_001), _without_length])
def test_too_large_said_or_not(tmp_path: Path, answer: Callable[[Handler], None]) -> None:
    with serving(answer) as site, pytest.raises(FetchError, match="1000000"):
        fetcher(site).download(site.url, tmp_path / "f")
    assert (tmp_path / "f").stat().st_size == 0


@pytest.mark.parametrize("said", [True, False])
def test_another_size_than_expected(tmp_path: Path, said: bool) -> None:
    def answer(handler: Handler) -> None:
        handler.head(200, 5 if said else None)
        handler.wfile.write(b"hello")

    with serving(answer) as site, pytest.raises(FetchError, match=r"5 bytes \(expected 6\)"):
        fetcher(site).download(site.url, tmp_path / "f", expected_bytes=6)


def test_a_compressed_answer_is_refused(tmp_path: Path) -> None:
    with serving(lambda handler: handler.give(200, b"?", Content_Encoding="gzip")) as site:
        with pytest.raises(FetchError, match="encoding"):
            fetcher(site).download(site.url, tmp_path / "f")
        assert site.requests[0][1]["Accept-Encoding"] == "identity"


def test_silence_ends(tmp_path: Path) -> None:
    over = threading.Event()

    def silent(handler: Handler) -> None:
        handler.head(200, 10)
        over.wait(PATIENCE)

    hasty = replace(LIMITS, silence=0.5)
    with serving(silent) as site, pytest.raises(FetchInterrupted, match="broke off"):
        Fetcher(hasty, allow_private=[site.url]).download(site.url, tmp_path / "f")
    over.set()


@pytest.mark.parametrize("where", ["head", "body", "body of any length"])
def test_a_trickle_ends(tmp_path: Path, where: str) -> None:
    def trickle(handler: Handler) -> None:
        if where != "head":
            handler.head(200, 1000 if where == "body" else None)
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:  # until its client leaves
            handler.wfile.write(b"x")
            time.sleep(0.02)

    limits = replace(LIMITS, total=0.3)
    with serving(trickle) as site, pytest.raises(FetchError, match=r"longer than 0\.3 s"):
        Fetcher(limits, allow_private=[site.url]).download(site.url, tmp_path / "f")


def test_nobody_listens(tmp_path: Path) -> None:
    with serving(file_server(b"")) as site:
        gone = site
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 cannot be reached"):
        fetcher(gone).download(gone.url, tmp_path / "f")


def test_what_is_not_http(tmp_path: Path) -> None:
    with serving(lambda handler: handler.wfile.write(b"SSH-2.0-server\r\n")) as site, pytest.raises(FetchError):
        fetcher(site).download(site.url, tmp_path / "f")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with serving(file_server(CONTENT)) as site, pytest.raises(FetchError, match="cannot be written"):
        fetcher(site).download(site.url, tmp_path / "no" / "f")


def test_two_at_once_do_not_mix(tmp_path: Path) -> None:
    with serving(file_server(CONTENT)) as site, (tmp_path / "f").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FetchError, match="another process"):
            fetcher(site).download(site.url, tmp_path / "f")
        assert not site.requests
