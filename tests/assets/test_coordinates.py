from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.assets.originals import Originals

GOOD = "custom = [[1, 2, 3.5, 4]]\nfaces = [[5, 6, 7, 8], [-1, 0, 2, 2]]\n"
READ = Coordinates(((1, 2, 3.5, 4),), ((5, 6, 7, 8), (-1, 0, 2, 2)))


@pytest.fixture
def sidecar(tmp_path: Path) -> Path:
    """The place of the coordinates of the one picture in a library."""
    library = tmp_path / "media"
    library.mkdir()
    (library / "tom.jpg").write_bytes(b"Tom")
    return library / "tom.jpg.keepsight.toml"


@pytest.fixture
def originals(sidecar: Path) -> Originals:
    return Originals({"upload": sidecar.parent}, ("jpg",), max_bytes=1_000)


def read(originals: Originals) -> Coordinates:
    return originals.coordinates(originals.find("tom"))


@pytest.mark.parametrize(
    ("text", "coordinates"),
    [
        (GOOD, READ),
        ("", NONE),
        ("custom = []", NONE),
        ("custom = [[1, 2, 0, 0]]", Coordinates(custom=((1, 2, 0, 0),))),
    ],
)
def test_what_the_file_says(originals: Originals, sidecar: Path, text: str, coordinates: Coordinates) -> None:
    assert read(originals) is NONE
    sidecar.write_text(text, "utf-8")
    assert read(originals) == coordinates


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("custom = ", ("it is no TOML",)),
        ("\udcff", ("it is no TOML",)),
        (f"custom = {'[' * 20_000}", ("it is no TOML",)),
        (f"custom = [[{'9' * 5_000}]]", ("it is no TOML",)),
        (f"# {'x' * 70_000}", ("it is too large",)),
        ("custom = 5\nfases = []", ("custom: expected a list of boxes", "fases: no such entry")),
        ("custom = [1, 2, 3, 4]", tuple(f"custom[{i}]: expected [x, y, width, height]" for i in range(4))),
        ("custom = [[1, 2, 3], [1, 2, 3, 4, 5]]", ("custom[0]: expected [x", "custom[1]: expected [x")),
        ('faces = [[0, 0, 1, 1], ["1", true, inf, -1]]',
         ("faces[1] x: ", "faces[1] y: ", "faces[1] width: ", "faces[1] height: input should be greater than or eq")),
        (f"custom = [[0, 0, nan, {'9' * 400}]]", ("custom[0] width: ", "custom[0] height: ")),
    ],
)  # fmt: skip
def test_every_fault_is_told_by_name(originals: Originals, sidecar: Path, text: str, faults: tuple[str, ...]) -> None:
    sidecar.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = read(originals)
    assert (found.custom, found.faces) == ((), ())
    assert len(found.faults) == len(faults)
    assert all(told.startswith(expected) for told, expected in zip(found.faults, faults, strict=True)), found.faults


@pytest.mark.parametrize("make", ["folder", "pipe", "link"])
def test_what_is_no_file_of_the_library_is_a_fault(originals: Originals, sidecar: Path, make: str) -> None:
    outside = sidecar.parents[1] / "elsewhere.toml"
    outside.write_text(GOOD, "utf-8")
    {"folder": sidecar.mkdir, "pipe": lambda: os.mkfifo(sidecar), "link": lambda: sidecar.symlink_to(outside)}[make]()
    assert read(originals).faults
    assert read(originals).custom == ()


def test_an_original_stays_current_only_with_its_coordinates(originals: Originals, sidecar: Path) -> None:
    stages = [originals.find("tom")]
    for text in (GOOD, "faces = [[1, 1, 1, 1]]", None):
        if text is None:
            sidecar.unlink()
        else:
            sidecar.write_text(text, "utf-8")
        assert not originals.is_current(stages[-1])
        stages.append(originals.find("tom"))
        assert originals.is_current(stages[-1])
    assert originals.is_current(stages[0])  # without again


def test_a_file_that_went_away_since_it_was_found_says_nothing(originals: Originals, sidecar: Path) -> None:
    sidecar.write_text(GOOD, "utf-8")
    found = originals.find("tom")
    sidecar.unlink()
    assert originals.coordinates(found) is NONE


def test_a_broken_file_is_logged_once_per_change(originals: Originals, sidecar: Path) -> None:
    with capture_logs() as log:
        for text in ("custom = ", "custom = [", GOOD):
            sidecar.write_text(text, "utf-8")
            for _ in range(3):
                read(originals)
    assert [(e["event"], e["file"]) for e in log] == [("coordinates.broken", "tom.jpg.keepsight.toml")] * 2
    assert all("it is no TOML" in e["faults"][0] for e in log)
