from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import Handler, file_server, serving
from weights_files import card_of, checkpoint, git_blob, sha256

from keepsight.errors import FetchError, FetchInterrupted, ModelError
from keepsight.fetch import Fetcher
from keepsight.models.pull import LIMITS, TRIES, Source, install, source_of

CONTENT = checkpoint(["lion", "tiger"]) + b"\0" * 300_000
OFFICIAL = "https://weights.example/v1/zoo.pt"


def silent(_done: int, _total: int | None) -> None:
    pass


def source(folder: Path, mirror: str, **known: str | int) -> Source:
    found = source_of(card_of(OFFICIAL, **known), folder, mirror)
    assert found is not None
    return found


def pull(folder: Path, mirror: str, **known: str | int) -> str:
    return install(source(folder, mirror, **known), Fetcher(LIMITS, allow_private=[mirror]), silent, pause=0)


@pytest.mark.parametrize(
    "known",
    [
        {"sha256": sha256(CONTENT)},
        {"git_blob": git_blob(CONTENT)},
        {"sha256": sha256(CONTENT), "bytes": len(CONTENT)},
    ],
)
def test_a_file_with_the_right_hash_is_put_in_place(tmp_path: Path, known: dict[str, str]) -> None:
    folder = tmp_path / "new" / "folder"
    with serving(file_server(CONTENT)) as site:
        assert pull(folder, f"{site.url}/mirror/", **known) == sha256(CONTENT)
        assert site.requests[0][0] == "/mirror/zoo.pt"
    assert [path.name for path in folder.iterdir()] == ["zoo.pt"]
    assert (folder / "zoo.pt").read_bytes() == CONTENT


def test_cuts_are_gone_on_from_at_once(tmp_path: Path) -> None:
    with serving(file_server(CONTENT, cut_after=[70_000, 1, 100_000])) as site:
        pull(tmp_path, site.url, sha256=sha256(CONTENT))
        assert [headers.get("Range") for _, headers in site.requests] == [
            None, "bytes=70000-", "bytes=70001-", "bytes=170001-",
        ]  # fmt: skip
    assert (tmp_path / "zoo.pt").read_bytes() == CONTENT


def test_the_next_call_goes_on_as_well(tmp_path: Path) -> None:
    with serving(file_server(CONTENT, cut_after=[1000] * TRIES)) as site:
        with pytest.raises(FetchInterrupted):
            pull(tmp_path, site.url, sha256=sha256(CONTENT))
        assert (tmp_path / "zoo.pt.part").stat().st_size == TRIES * 1000
        assert not (tmp_path / "zoo.pt").exists()
        pull(tmp_path, site.url, sha256=sha256(CONTENT))
        assert site.requests[-1][1]["Range"] == f"bytes={TRIES * 1000}-"
    assert (tmp_path / "zoo.pt").read_bytes() == CONTENT


@pytest.mark.parametrize("known", [{"sha256": "0" * 64}, {"git_blob": "0" * 40}])
def test_a_wrong_hash_leaves_nothing_behind(tmp_path: Path, known: dict[str, str]) -> None:
    with serving(file_server(CONTENT)) as site, pytest.raises(ModelError, match="another hash than its card says"):
        pull(tmp_path, site.url, **known)
    assert not list(tmp_path.iterdir())


def test_a_wrong_hash_keeps_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "zoo.pt").write_bytes(b"old")
    with serving(file_server(CONTENT)) as site, pytest.raises(ModelError):
        pull(tmp_path, site.url, sha256="0" * 64)
    assert (tmp_path / "zoo.pt").read_bytes() == b"old"


def test_another_size_than_the_card_says(tmp_path: Path) -> None:
    with serving(file_server(CONTENT)) as site, pytest.raises(FetchError, match=r"expected 7\)"):
        pull(tmp_path, site.url, sha256=sha256(CONTENT), bytes=7)


def test_without_a_hash_a_checkpoint_that_can_be_read_is_good(tmp_path: Path) -> None:
    content = checkpoint(["lion", "tiger"])
    with serving(file_server(content)) as site:
        assert pull(tmp_path, site.url) == sha256(content)
    assert (tmp_path / "zoo.pt").read_bytes() == content


def _damaged() -> bytes:
    content = bytearray(checkpoint(["lion"]))
    at = content.index(b"little")  # an entry that the reader of class names does not open
    content[at : at + 6] = b"LITTLE"
    return bytes(content)


@pytest.mark.parametrize("content", [b"<html>Sign in</html>", checkpoint(["lion"])[:200], _damaged()])
def test_without_a_hash_anything_else_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    with serving(file_server(content)) as site, pytest.raises(ModelError, match="not the network"):
        pull(tmp_path, site.url)
    assert not list(tmp_path.iterdir())


def test_without_a_hash_the_classes_have_to_be_those_of_the_card(tmp_path: Path) -> None:
    card = card_of(OFFICIAL).model_copy(update={"vocabulary": "coco"})
    with serving(file_server(checkpoint(["lion"]))) as site:
        found = source_of(card, tmp_path, site.url)
        assert found is not None
        with pytest.raises(ModelError, match="80"):
            install(found, Fetcher(LIMITS, allow_private=[site.url]), silent)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_verified_is_not_installed(tmp_path: Path) -> None:
    with serving(file_server(b"any")) as site:
        found = source_of(card_of("https://weights.example/zoo.onnx"), tmp_path, site.url)
        assert found is not None
        with pytest.raises(ModelError, match=r"no hash for zoo\.onnx"):
            install(found, Fetcher(LIMITS, allow_private=[site.url]), silent)
    assert not list(tmp_path.iterdir())


def _away(handler: Handler) -> None:
    handler.give(302, Location="http://169.254.169.254/latest/meta-data/")


@pytest.mark.parametrize(
    ("answer", "said"),
    [(_away, "without encryption"), (lambda handler: handler.give(404), "answers 404")],
)
def test_a_mirror_that_does_not_have_it(tmp_path: Path, answer: Callable[[Handler], None], said: str) -> None:
    with serving(answer) as site:
        with pytest.raises(FetchError, match=said):
            pull(tmp_path, site.url, sha256=sha256(CONTENT))
        assert len(site.requests) == 1


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    with serving(lambda handler: handler.give(503)) as site:
        with pytest.raises(FetchError, match="answers 503"):
            pull(tmp_path, site.url, sha256=sha256(CONTENT))
        assert len(site.requests) == TRIES


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with serving(file_server(CONTENT)) as site, pytest.raises(FetchError, match="cannot be written"):
        pull(tmp_path, site.url, sha256=sha256(CONTENT))


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with serving(file_server(CONTENT)) as site, pytest.raises(FetchError, match="cannot be written"):
        pull(tmp_path / "file", site.url, sha256=sha256(CONTENT))


def test_nothing_to_fetch() -> None:
    card = card_of(OFFICIAL)
    bare = card.model_copy(update={"files": tuple(f.model_copy(update={"address": None}) for f in card.files)})
    assert source_of(bare, Path("w")) is None
    found = source_of(card, Path("/w"))
    assert found is not None
    assert found.mirror is None
    assert found.by_hand == f"fetch {OFFICIAL} elsewhere and put it at /w/zoo.pt"
