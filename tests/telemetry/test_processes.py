"""Counts of several processes, some of them dead: real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from keepsight.telemetry.processes import VARIABLE, shared_values

COUNTS = """
import sys, time
from keepsight.telemetry.metrics import EVICTED_IMAGES, PROCESSES, STEP_SECONDS
EVICTED_IMAGES.inc(int(sys.argv[1]))
PROCESSES.set(1)
STEP_SECONDS.labels("read").observe(0.003)
print("counted", flush=True)
sys.stdin.read()
"""
READS = """
from keepsight.telemetry.metrics import REGISTRY
from keepsight.telemetry.processes import reading, registry_of_all
with reading():
    registry = registry_of_all(REGISTRY)
    for name in ("evicted_images_total", "processes", "step_seconds_count"):
        labels = {"step": "read"} if name.startswith("step") else {}
        print(registry.get_sample_value(f"keepsight_{name}", labels))
    print(registry.get_sample_value("keepsight_step_seconds_bucket", {"step": "read", "le": "0.005"}))
"""


def counting(amount: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COUNTS, str(amount)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    return process


def read() -> list[float | None]:
    done = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True)
    return [None if word == "None" else float(word) for word in done.stdout.split()]


def test_the_dead_keep_their_counts_and_lose_their_gauges(tmp_path: Path) -> None:
    with shared_values(tmp_path):
        folder = Path(os.environ[VARIABLE])
        one, two = counting(3), counting(4)
        assert read() == [7, 2, 2, 2]
        one.kill()
        one.wait()
        assert read() == [7, 1, 2, 2]
        assert read() == [7, 1, 2, 2], "read twice, counted once"
        assert not list(folder.glob(f"*_{one.pid}.db"))
        three = counting(5)
        for process in (two, three):
            process.kill()
            process.wait()
        assert read()[0] == 12
        assert len(list(folder.glob("counter_*.db"))) <= 2, "of the dead, and of the one that reads"
    assert not folder.exists()
    assert VARIABLE not in os.environ


def test_folders_of_dead_servers_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    dead, living = tmp_path / "metrics" / "dead", tmp_path / "metrics" / "living"
    for folder in (dead, living):
        folder.mkdir(parents=True)
        (folder / "counter_1.db").write_bytes(b"")
    with FileLock(living / "owner.lock"), shared_values(tmp_path):
        assert not dead.exists()
        assert living.exists()


def test_the_folder_goes_when_the_server_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), shared_values(tmp_path):
        raise RuntimeError
    assert [path for path in (tmp_path / "metrics").iterdir() if path.is_dir()] == []
