"""How long `keepsight check` takes for a long access log.

    python -m benchmarks.check [--lines 100000] [--rounds 3] [--markdown FILE]

Three logs in combined format are made: one as a site writes it, where a few pictures are asked for most (as Zipf says)
in the handful of transformations of its templates; one in which no two paths and no two transformations are the same,
as a resizer in the browser asks; and one whose transformations differ in more than sizes, so that each is judged on
its own. Each is read by a process of its own, from its command to its end.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measuring import machine, table, turns

_PICTURES = 20_000
_WIDTHS = (64, 128, 256, 320, 384, 480, 640, 750, 828, 1080, 1200, 1920, 2048, 3840)
_TEMPLATES = (
    "f_auto,q_auto,c_fit,w_{w},h_{h}",
    "c_limit,w_{w},h_{h}/f_auto/q_auto",
    "c_fill,g_auto,ar_16:9,w_{w}/c_crop,h_{h}/f_auto,q_auto",
    "c_thumb,g_face,w_{w},h_{h}/r_max/f_auto",
    "c_fill,g_auto,w_{w},h_{h}/l_text:Arial_60_bold:Sale,co_white/fl_layer_apply,g_south_west,x_60,y_60/f_jpg",
    "if_w_gt_900,c_scale,w_{w}/if_end/c_pad,h_{h}/e_sharpen:80/q_auto:good",
    "c_pad,b_auto:predominant,w_{w},h_{h},dpr_2.0/f_auto",
)
_LINE = (
    '203.0.113.{ip} - - [01/Dec/2026:10:00:00 +0000] "GET /demo/image/upload/{what}/v1700000000/shop/item-{id}.jpg '
    'HTTP/1.1" 200 48213 "https://shop.example/p/{id}" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"\n'
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", type=Path, help="append the table to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        logs = {name: Path(temporary, f"{at}.log") for at, name in enumerate(_LOGS)}
        for name, path in logs.items():
            path.write_text("".join(_LOGS[name](given.lines)), "utf-8")
            print(f"{name}: {path.stat().st_size:,} bytes", file=sys.stderr)
        results = turns(given.rounds, {name: partial(seconds, path) for name, path in logs.items()})
    rows = [
        (name, f"{given.lines:,}", *(f"{median(column):.1f}" for column in zip(*times, strict=True)))
        for name, times in results.items()
    ]
    report = f"{machine()}\n`python -m benchmarks.check {' '.join(sys.argv[1:])}`\n\n"
    report += table(("log", "lines", "seconds", "processor seconds"), rows)
    print(report)
    if given.markdown:
        with given.markdown.open("a", encoding="utf-8") as file:
            file.write(report + "\n")


def seconds(log: Path) -> tuple[float, float]:
    """From the command to its end, and of a processor. Raises RuntimeError where not every line renders."""
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [sys.executable, "-m", "keepsight", "check", str(log)], capture_output=True, text=True, check=False
    )
    took, after = time.perf_counter() - began, os.times()
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return took, used


def _site(lines: int) -> Iterator[str]:
    chance = random.Random(1)
    ids = chance.choices(range(_PICTURES), [1 / (n + 1) for n in range(_PICTURES)], k=lines)
    for each in ids:
        width = chance.choice(_WIDTHS)
        what = chance.choice(_TEMPLATES).format(w=width, h=width * 3 // 4)
        yield _LINE.format(ip=each % 250, what=what, id=each)


def _distinct(lines: int) -> Iterator[str]:
    for each in range(lines):
        what = _TEMPLATES[each % len(_TEMPLATES)].format(w=100 + each % 1_900, h=100 + each // 1_900)
        yield _LINE.format(ip=each % 250, what=what, id=each)


def _effects(lines: int) -> Iterator[str]:
    for each in range(lines):
        what = f"c_fill,g_auto,w_400,h_300/e_brightness:{each % 100}/r_{each // 100}/f_auto,q_auto"
        yield _LINE.format(ip=each % 250, what=what, id=each)


_LOGS = {
    "as sites write it": _site,
    "any size, no two lines alike": _distinct,
    "any effect, no two lines alike": _effects,
}


if __name__ == "__main__":
    main()
