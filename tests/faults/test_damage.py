"""Files and index of the derived cache are damaged under a running server."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.waiting import until

from .servers import LONG, SOURCES, Server, fault_of

ROUNDS = 200 if LONG else 4
WIDTHS = range(20, 32)


def cut(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])


def flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def zero_blocks(path: Path, chance: random.Random) -> None:
    """What a power cut leaves of a file that was not synced: its length, and nothing in it."""
    path.write_bytes(bytes(path.stat().st_size))


def swap(path: Path, chance: random.Random) -> None:
    other = chance.choice([p for p in path.parent.parent.parent.glob("*/*/*") if p != path] or [path])
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


def remove(path: Path, chance: random.Random) -> None:
    path.unlink()


def test_what_is_damaged_is_made_anew(server: Callable[..., Server], tmp_path: Path) -> None:
    chance = random.Random(2)  # noqa: S311 - repeatable
    one = server(KEEPSIGHT_CACHE__MEMORY_BYTES="0").start()
    asked = [(source, width) for source in SOURCES for width in WIDTHS]

    def look() -> list[str]:
        answers = [(one.get(f"c_fill,w_{width},h_40/{source}.png"), source, width) for source, width in asked]
        assert [fault for r, source, width in answers if (fault := fault_of(r, source, (width, 40)))] == []
        return [r.headers["x-cache"] for r, _, _ in answers]

    assert set(look()) == {"miss"}
    index = one.data / "derived.sqlite3"
    damaged = 0
    for number in range(ROUNDS):
        files = sorted((one.data / "derived").glob("*/*/*"))
        for path in chance.sample(files, len(files) // 4):
            if path.exists():
                chance.choice((cut, flip, zero_blocks, swap, remove))(path, chance)
                damaged += 1
        if number % 4 == 1:
            chance.choice((lambda: index.write_bytes(b"no database" * 999), index.unlink))()
        seen = look()
        assert "miss" in seen
        assert "hit" in seen
    assert set(look()) == {"hit"}
    print(f"{damaged} files damaged, {ROUNDS // 4} times the index; {ROUNDS * len(asked)} answers")

    until(lambda: "derived.reconciled" in one.told(), "the index is made anew from the files")
