"""Reading URLs, this code beside another commit of it: from a raw path to a plan, without a picture.

    python -m benchmarks.parsing [--against 38bb44a] [--rounds 40] [FILE]

Both run in processes of their own that take turns, the one that begins changing from round to round, so that whatever
else the machine does falls on both. FILE holds a transformation a line; without it those below are read. What either
commit refuses is left out.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from benchmarks.measuring import machine, table

ROOT = Path(__file__).resolve().parents[1]
URLS = (
    "c_fill,g_auto,h_300,w_400/f_auto/q_auto",
    "c_limit,f_auto,fl_progressive,q_auto,w_880",
    "c_thumb,g_face,h_150,r_max,w_150/f_png",
    "ar_16:9,c_fill,dpr_2.0,f_auto,g_auto:cat,q_auto:good,w_640",
    "c_pad,b_auto:predominant_gradient:2,h_628,w_1200/e_improve/e_sharpen:80",
    "l_text:Arial_40_bold:Hello%20you,co_white/fl_layer_apply,g_south_east,x_10,y_10/c_scale,w_500",
    "$size_200/if_w_gt_500_and_ar_lt_1.5/c_crop,g_north,h_$size,w_$size/if_else/w_$size_mul_2/if_end",
    "c_scale,w_400/l_brand:badge/c_scale,e_grayscale,o_60,w_80/fl_layer_apply,g_north_east/q_80",
    "e_distort:0:0:232:3:232:327:0:329,h_329/a_12/bo_4px_solid_rgb:3333ff/f_webp",
    "w_0.5",
)
_WORKER = """
import json, sys, time
from keepsight.errors import KeepsightError
from keepsight.transformation.build import build_plan
from keepsight.transformation.path import readings
def read(url):
    return build_plan(readings(url, "demo")[0].components)
def works(url):
    try:
        return bool(read(url))
    except KeepsightError:
        return False
urls, passes = json.loads(sys.stdin.readline())
print(json.dumps([url for url in urls if works(url)]), flush=True)
urls = json.loads(sys.stdin.readline())
for line in sys.stdin:
    began = time.process_time()
    for _ in range(passes):
        for url in urls:
            read(url)
    print(time.process_time() - began, flush=True)
"""


def main() -> None:
    """Print a table of both, and the ratio of the medians."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path, nargs="?", help="Transformations, one a line.")
    options.add_argument("--against", default="38bb44a", help="Commit to compare with.")
    options.add_argument("--rounds", type=int, default=40)
    given = options.parse_args()
    lines = given.file.read_text("utf-8").splitlines() if given.file else URLS
    urls = [f"/demo/image/upload/{line}/v1/folder/photo.jpg" for line in lines if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        _unpack(given.against, Path(folder))
        then, now = _compared(urls, (Path(folder) / "src", ROOT / "src"), given.rounds)
    print(f"{machine()}; processor time, medians of {given.rounds} turns of each\n")
    print(table(("code", "microseconds a URL"), [(given.against, f"{then:.1f}"), ("this", f"{now:.1f}")]))
    print(f"\n{now / then - 1:+.1%}")


def _unpack(commit: str, folder: Path) -> None:
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit, "src"],  # noqa: S607 - git of whoever measures
        check=True,
        capture_output=True,
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")


def _compared(urls: Sequence[str], sources: Sequence[Path], rounds: int) -> list[float]:
    """Median microseconds a URL of each code."""
    passes = max(1, 300 // len(urls))
    workers = [_Worker(source) for source in sources]
    try:
        for worker in workers:
            worker.say([urls, passes])
        both = [worker.works() for worker in workers]
        shared = [url for url in urls if all(url in works for works in both)]
        for worker in workers:
            worker.say(shared)
        taken: list[list[float]] = [[] for _ in workers]
        for turn in range(rounds + 1):
            for at in sorted(range(len(workers)), reverse=bool(turn % 2)):
                workers[at].say("go")
                seconds = workers[at].seconds()
                if turn:  # the first one warms caches
                    taken[at].append(seconds)
        print(f"{len(shared)} of {len(urls)} URLs, {passes} passes a turn")
        return [statistics.median(each) / passes / len(shared) * 1e6 for each in taken]
    finally:
        for worker in workers:
            worker.close()


class _Worker:
    """A process that reads URLs by one code."""

    def __init__(self, source: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WORKER],
            env={"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, value: object) -> None:
        """Send one line."""
        pipe: IO[str] | None = self._process.stdin
        assert pipe is not None
        pipe.write(json.dumps(value) + "\n")
        pipe.flush()

    def works(self) -> set[str]:
        """The URLs that it can read."""
        return set(json.loads(self._heard()))

    def seconds(self) -> float:
        """Processor time of a turn."""
        return float(json.loads(self._heard()))

    def _heard(self) -> str:
        pipe: IO[str] | None = self._process.stdout
        assert pipe is not None
        return pipe.readline()

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    main()
