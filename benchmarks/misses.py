"""How much work an image is that nobody has asked for before, beside thumbor and ipx.

    python -m benchmarks.misses PHOTO_OR_FOLDER [--rounds 5] [--requests 24] [--sources jpg png webp avif]
    python -m benchmarks.misses PHOTO_OR_FOLDER --published

The first cuts one photograph of 3000 x 2000 pixels, in each format, to a JPEG of 400 x 300 at quality 80, at 8
connections. The second is the published workload of imgproxy's image-servers-benchmark: photographs of 2040 pixels fit
into 512 x 512, same format out, at qualities 80 (progressive JPEG), 75 (WebP) and 65 (AVIF), as many connections as
cores. Peers are installed once under ~/.cache/keepsight-benchmarks (needs Python's venv, node and npm).

Everything is read from the local disk and nothing is kept by a peer. Each photograph is there in many copies that
differ by a few bytes at their ends, asked for in turn, so that nobody can use what was decoded for another request.
Keepsight is also asked to suggest another file name each time (`fl_attachment`), which changes nothing of the picture
but makes it one that is not in its cache; it still stores each answer as it always does.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import peers
from benchmarks.asking import Asked, ask
from benchmarks.measuring import Server, machine, ratios, table, turns
from benchmarks.photographs import find_photographs, write_originals

FORMATS = ("jpg", "png", "webp", "avif")
HEAD = ("source", "server", "CPU ms", "x ipx", "x thumbor", "req/s", "x ipx", "bytes", "x keepsight")
_SAME_BYTES = 0.10
_PUBLISHED_QUALITY = {"jpg": 80, "webp": 75, "avif": 65}
_PHOTOS = 8
"""Photographs of the published workload."""
_COPIES = 32
"""Files of each format; at the least reduction of these workloads more than twice what Keepsight remembers decoded."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of request to every server."""

    name: str
    files: tuple[str, ...]
    """Originals, asked for in turn."""
    paths: Mapping[str, str]
    """URL path by server, with {file} and {number}."""
    connections: int

    def asking(self, server: Server, requests: int, numbers: Iterator[int]) -> Callable[[], Asked]:
        """What puts so many requests to a server, each with another number."""
        files = itertools.cycle(self.files)

        def ask_once() -> Asked:
            template = self.paths[server.name]
            paths = [template.format(file=next(files), number=next(numbers)) for _ in range(requests)]
            return ask(server, paths, self.connections)

        return ask_once


def thumbnails(formats: Sequence[str]) -> Iterator[Work]:
    """3000 x 2000 of every format to a JPEG of 400 x 300, filled."""
    paths = {
        "keepsight": "/demo/image/upload/c_fill,w_400,h_300,q_80,f_jpg,fl_attachment:n{number}/{file}",
        "ipx": "/s_400x300,q_80,f_jpeg/{file}",
        "thumbor": "/unsafe/400x300/filters:quality(80):format(jpeg)/{file}",
    }
    for format_ in formats:
        yield Work(f"{format_} 3000x2000", _files(format_), paths, 8)


def published(formats: Sequence[str]) -> Iterator[Work]:
    """Fit into 512 x 512, same format out."""
    for format_ in formats:
        quality = _PUBLISHED_QUALITY.get(format_)  # none for PNG: for sharp it would mean a palette
        ours, ipx, thumbor = (
            form.format(quality) if quality else "" for form in (",q_{}", ",q_{}", "/filters:quality({})")
        )
        progressive = ",fl_progressive" if format_ == "jpg" else ""
        paths = {
            "keepsight": f"/demo/image/upload/c_fit,w_512,h_512{ours}{progressive},fl_attachment:n{{number}}/{{file}}",
            "ipx": f"/s_512x512,fit_inside{ipx}/{{file}}",
            "thumbor": f"/unsafe/fit-in/512x512{thumbor}/{{file}}",
        }
        yield Work(f"{format_} 2040x1360", _files(format_), paths, peers.CORES)


def _files(format_: str) -> tuple[str, ...]:
    return tuple(f"{number}.{format_}" for number in range(_COPIES))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a photograph, or a folder of them")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server")
    parser.add_argument("--requests", type=int, default=24, help="of one turn")
    parser.add_argument("--sources", nargs="+", choices=FORMATS, default=FORMATS)
    parser.add_argument("--servers", nargs="+", choices=("ipx", "thumbor"), default=("ipx", "thumbor"))
    parser.add_argument("--published", action="store_true", help="the workload of the image-servers-benchmark")
    asked = parser.parse_args()
    photos = find_photographs(asked.photos, _PHOTOS if asked.published else 1)
    size = (2040, 1360) if asked.published else (3000, 2000)
    works = published(asked.sources) if asked.published else thumbnails(asked.sources)
    with tempfile.TemporaryDirectory(prefix="keepsight-") as name, ExitStack() as stack:
        sources = Path(name)
        write_copies(photos, sources, size, asked.sources)
        servers = [stack.enter_context(peers.keepsight(sources))]
        if "ipx" in asked.servers:
            servers.append(stack.enter_context(peers.ipx(sources)))
        if "thumbor" in asked.servers:
            servers.append(stack.enter_context(peers.thumbor(sources)))
        rows = [row for work in works for row in measured(work, servers, asked.rounds, asked.requests)]
        print(f"{machine()}; {peers.versions()}\n\n{table(HEAD, rows)}")
        if unlike := [row for row in rows if abs(float(str(row[-1])) - 1) > _SAME_BYTES]:
            names = ", ".join(f"{row[1]} of {row[0]}" for row in unlike)
            print(f"\nAnswers more than {_SAME_BYTES:.0%} larger or smaller than those of keepsight: {names}")


def write_copies(photos: Sequence[Path], folder: Path, size: tuple[int, int], formats: Sequence[str]) -> None:
    """The photographs in turn, as `0.jpg` and so on; each file has a number in a box at its end that nobody reads."""
    for number, photo in enumerate(photos):
        write_originals(photo, folder / f"photo{number}", size, formats)
        for format_ in formats:
            made = folder / f"photo{number}.{format_}"
            for copy in range(number, _COPIES, len(photos)):
                end = b"\0\0\0\x10free" + copy.to_bytes(8)
                (folder / f"{copy}.{format_}").write_bytes(made.read_bytes() + end)
            made.unlink()


def measured(work: Work, servers: Sequence[Server], rounds: int, requests: int) -> Iterator[tuple[object, ...]]:
    """A row of figures for each server; medians over the rounds."""
    numbers = itertools.count()
    for server in servers:
        # Keepsight gets to know the digest of every file, which it then remembers as long as the file stays.
        work.asking(server, len(work.files) if server.name == "keepsight" else work.connections, numbers)()
    seen: dict[str, list[Asked]] = {server.name: [] for server in servers}

    def turn(server: Server) -> Callable[[], float]:
        asking = work.asking(server, requests, numbers)

        def take() -> float:
            seen[server.name].append(asking())
            return seen[server.name][-1].cpu

        return take

    cpu = turns(rounds, {server.name: turn(server) for server in servers})
    rate = {name: [each.rate for each in those] for name, those in seen.items()}
    to = {peer: ratios(cpu, peer) if peer in cpu else {} for peer in ("ipx", "thumbor")}
    faster = ratios(rate, "ipx") if "ipx" in rate else {}
    size = {name: median(each.bytes for each in those) for name, those in seen.items()}
    for name in seen:
        yield (
            work.name,
            name,
            median(cpu[name]),
            to["ipx"].get(name, "-"),
            to["thumbor"].get(name, "-"),
            median(rate[name]),
            faster.get(name, "-"),
            size[name],
            size[name] / size["keepsight"],
        )


if __name__ == "__main__":
    main()
