"""What pictures took is given back: in a process of its own, as the allocator's settings are for good."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
from keepsight.memory import give_back_memory, trim_memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4 // 1024

if sys.argv[1] == "given back":
    give_back_memory()
bytearray(30 << 20)  # after this, glibc by itself takes blocks of that size from its heap
def work(size, many):  # blocks that come between small things which stay
    blocks = [(bytearray(size), bytearray(4000)) for _ in range(many)]
    return [small for _, small in blocks]
before = resident()
kept = work(8 << 20, 20)
large = resident()
kept += work(1 << 20, 100)
medium = resident()
trim_memory()
print(json.dumps([large - before, medium - large, resident() - before]))
"""


def run(how: str) -> list[int]:
    """MiB more after large blocks were let go, more after smaller ones, and after trimming."""
    command = [sys.executable, "-c", SCRIPT, how]
    return [int(each) for each in json.loads(subprocess.run(command, capture_output=True, check=True).stdout)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the settings are those of glibc")
def test_what_large_blocks_took_is_given_back_and_the_rest_by_a_trim() -> None:
    large, _, trimmed = run("given back")
    assert large < 20
    assert trimmed < 20
    assert run("left alone")[0] > 100, "glibc has changed: the settings may be needless"
