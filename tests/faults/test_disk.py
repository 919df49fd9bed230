"""Disks that are full, read-only, or shared by servers with more to store than they may keep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.waiting import until

from .servers import LONG, SOURCES, Server, fault_of, size_on_disk

Make = Callable[..., Server]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of that size in memory; skips where this user may not mount one."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"needs the right to mount a disk in memory: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def ask(server: Server, width: int, source: str = "red") -> str:
    """X-Cache of an answer that is as it should be."""
    response = server.get(f"c_fill,w_{width},h_60/{source}.png")
    assert fault_of(response, source, (width, 60)) == ""
    return str(response.headers["x-cache"])


NO_MEMORY = {"KEEPSIGHT_CACHE__MEMORY_BYTES": "0"}


def test_a_full_disk_is_said_and_served_without(server: Make, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        one = server(data=disk / "data", **NO_MEMORY).start()
        assert ask(one, 50) == "miss"
        until((disk / "data" / "derived.sqlite3").exists)
        hog = disk / "hog"
        with pytest.raises(OSError, match="No space"), hog.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        assert ask(one, 50) == "hit"
        for width in range(60, 80):
            assert ask(one, width) == "miss"
        assert one.told().count("derived.not_stored") == 1, "once a minute"
        assert "No space left" in one.told()
        hog.unlink()
        assert ask(one, 100) == "miss"
        assert ask(one, 100) == "hit"
        one.kill()


def test_a_full_disk_is_shared_with_what_comes(server: Make, tmp_path: Path) -> None:
    """A cache that may be larger than its disk evicts when the disk is full, and does not stay as it is for ever."""
    with small_disk(tmp_path / "disk", "3m") as disk:
        one = server(data=disk / "data", **NO_MEMORY).start()
        for width in range(20, 160):
            for source in SOURCES:
                ask(one, width, source)
        assert "No space left" in one.told()
        until(lambda: [ask(one, 155), ask(one, 155)][1] == "hit")
        one.kill()


def test_a_disk_that_becomes_read_only(server: Make, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        one = server(data=disk / "data", **NO_MEMORY).start()
        assert ask(one, 50) == "miss"
        one.stop()  # so that nothing is open for writing, which a remount refuses
        remount(disk, "ro")
        again = server(data=disk / "data", **NO_MEMORY).start()
        assert ask(again, 50) == "hit"
        assert [ask(again, width) for width in (60, 60)] == ["miss", "miss"]
        until(lambda: "derived.not_counted" in again.told())
        assert again.told().count("derived.not_stored") == 1
        command = ["-m", "keepsight.cli", "doctor"]
        assert "cannot be written (Read-only file system)" in run(again, command)
        remount(disk, "rw")
        assert [ask(again, width) for width in (60, 60)] == ["miss", "hit"]
        again.kill()


def run(server: Server, command: list[str]) -> str:
    environment = os.environ | {
        "KEEPSIGHT_STORAGE__DATA": str(server.data),
        "KEEPSIGHT_STORAGE__MEDIA": str(server.media),
        "KEEPSIGHT_MODELS__WEIGHTS": str(server.log.parent),
    }
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    ).stdout


def test_the_data_folder_goes_away_under_a_server(server: Make, tmp_path: Path) -> None:
    one = server(**NO_MEMORY).start()
    assert [ask(one, 50), ask(one, 50)] == ["miss", "hit"]
    one.data.rename(tmp_path / "gone")
    assert [ask(one, 50), ask(one, 50)] == ["miss", "hit"]
    until((one.data / "derived.sqlite3").exists)


def at_one_moment(servers: list[Server]) -> int:
    """Bytes on disk while nobody writes: files that come while others are counted would make it more than there is."""
    processes = [one.process.pid for one in servers if one.process is not None]
    for process in processes:
        os.killpg(process, signal.SIGSTOP)
    try:
        return size_on_disk(servers[0].data)
    finally:
        for process in processes:
            os.killpg(process, signal.SIGCONT)


def test_two_servers_over_one_folder_keep_the_limit(server: Make, tmp_path: Path) -> None:
    limit = 40_000_000
    media = tmp_path / "noise"
    media.mkdir()
    Image.effect_noise((700, 500), 90).convert("RGB").save(media / "noise.png")
    settings = {**NO_MEMORY, "KEEPSIGHT_CACHE__MAX_BYTES": str(limit)}
    servers = [server(media=media, **settings).start() for _ in range(2)]
    faults: list[str] = []
    widths = iter(range(300, 700) if LONG else range(650, 700))
    lock = threading.Lock()

    def load(one: Server) -> None:
        with httpx.Client() as client:
            while True:
                with lock:
                    width = next(widths, None)
                if width is None:
                    return
                for height in (500, 499, 498):
                    response = one.get(f"c_fill,w_{width},h_{height},f_bmp/noise", client)
                    if response.status_code != 200 or len(response.content) < 100_000:
                        faults.append(f"{response.status_code} {len(response.content)}")

    threads = [threading.Thread(target=load, args=(one,)) for one in servers for _ in range(2)]
    for thread in threads:
        thread.start()
    largest = 0
    while any(thread.is_alive() for thread in threads):
        largest = max(largest, at_one_moment(servers))
        time.sleep(0.1)
    print(f"largest {largest / limit:.3f} of the limit")
    assert faults == []
    assert 0.9 * limit < largest <= 1.05 * limit
