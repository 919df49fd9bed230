"""How long the catalogue takes at a given size.

python -m benchmarks.catalogue sqlite:////tmp/bench.sqlite 100000
"""

from __future__ import annotations

import itertools
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import text

from keepsight.assets.catalogue import assets, usage
from keepsight.assets.catalogue.asset import AssetName, Bytes, Described
from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.catalogue.listing import Listing, list_assets
from keepsight.assets.catalogue.migrate import migrate
from keepsight.assets.catalogue.query import Aggregate, And, Compare, How, Match, RelativeDate, SortBy
from keepsight.assets.catalogue.search import Search, search
from keepsight.assets.jobs import Work, open_queue
from keepsight.assets.library import AssetLibrary, Uploads
from keepsight.assets.store import open_store

_WORDS = tuple(
    f"{a}{b}" for a in ("sun", "sea", "cat", "dog", "red", "old", "new", "big") for b in ("", "set", "house", "ly")
)
_BATCH = 500


def place(database: Database, numbers: range) -> None:
    """That many assets in one transaction."""
    chance = random.Random(numbers.start)
    with database.write() as connection:
        for number in numbers:
            tags = tuple(chance.sample(_WORDS, 4))
            said = Described(
                asset_folder=f"f{number % 50}", tags=tags, context={"alt": " ".join(chance.sample(_WORDS, 3))}
            )
            held = Bytes(
                f"originals/{number}", f"{number:064x}", f"{number:032x}", chance.randrange(10**7), "jpg", 800, 600
            )
            assets.place(connection, AssetName("image", "upload", f"f{number % 50}/photo {number}"), held, said)


def timed(name: str, work: Callable[[], object], times: int = 50) -> None:
    """Print the median and the 95th percentile of a call, in milliseconds."""
    work()
    spans = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spans.append((time.perf_counter() - begun) * 1000)
    print(f"{name:42} {statistics.median(spans):9.3f} {sorted(spans)[int(times * 0.95) - 1]:9.3f} ms")


def main() -> None:
    """Fill and measure."""
    database, count = open_database(sys.argv[1]), int(sys.argv[2])
    migrate(database)
    begun = time.perf_counter()
    for start in range(0, count, _BATCH):
        place(database, range(start, min(start + _BATCH, count)))
    print(f"insert, {_BATCH} in a transaction: {count / (time.perf_counter() - begun):.0f} assets/s")
    if database.postgresql:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    more = iter(range(count, 2 * count))

    def one() -> None:
        number = next(more)
        place(database, range(number, number + 1))

    timed("insert, one in a transaction", one, 200)
    folder = Path(mkdtemp())
    library = AssetLibrary(Uploads(database, open_store(str(folder))), {}, (), 10**9)
    some = [f"f{n % 50}/photo {n}.webp" for n in range(0, count, 97)]
    turns = itertools.cycle(some)
    timed("find, as a delivery does", lambda: library.find(next(turns)), 500)
    found = library.find("f0/photo 0")
    timed("is_current, as a hit does", lambda: library.is_current(found), 500)

    def read(work: Callable[..., object]) -> Callable[[], object]:
        def run() -> object:
            with database.read() as connection:
                return work(connection)

        return run

    timed("list 500, newest", read(lambda c: list_assets(c, Listing("image", "upload"), 500)))
    timed("list 10 by tag", read(lambda c: list_assets(c, Listing("image", tag="catset"), 10)))
    timed("list 10 by prefix", read(lambda c: list_assets(c, Listing("image", "upload", prefix="f7/photo 9"), 10)))
    middle = read(lambda c: list_assets(c, Listing("image"), 500).next_cursor)()
    timed("list 10, second page", read(lambda c: list_assets(c, Listing("image"), 10, str(middle))))
    tagged = And((Match("tags", "catset", How.EXACT), Compare("bytes", ">", 5_000_000)))
    timed("search tag AND bytes, 50, with total", read(lambda c: search(c, Search(tagged))), 20)
    timed("search word in any field", read(lambda c: search(c, Search(Match(None, "dogho", How.PREFIX)))), 20)
    timed("search rare words", read(lambda c: search(c, Search(Match("public_id", f"photo {count // 2}")))), 20)
    timed("search folder:f7/*", read(lambda c: search(c, Search(Match("folder", "f7/", How.PREFIX)))), 20)
    recent = Search(Compare("uploaded_at", ">", RelativeDate(86400)), (SortBy("bytes", descending=True),))
    timed("search last day, sorted by bytes", read(lambda c: search(c, recent)), 20)
    timed("search all, counted by tag", read(lambda c: search(c, Search(aggregates=(Aggregate("tags"),)))), 10)
    timed("usage", read(usage.usage), 20)
    jobs(database)
    library.close()
    database.close()


def jobs(database: Database) -> None:
    """How many jobs a second, and how soon one begins."""
    queue, done = open_queue(database), threading.Semaphore(0)
    with database.write() as connection:
        begun = time.perf_counter()
        for number in range(1000):
            queue.add(connection, "noop", {"n": number})
        print(f"add 1000 jobs in a transaction: {(time.perf_counter() - begun):.2f} s")
    queue.start({"noop": Work(lambda _: done.release())}, threads=4)
    begun = time.perf_counter()
    for _ in range(1000):
        done.acquire()
    print(f"do them with 4 threads: {1000 / (time.perf_counter() - begun):.0f} jobs/s")

    def one() -> None:
        with database.write() as connection:
            queue.add(connection, "noop", {})
        done.acquire()

    timed("a job, from adding to done", one, 20)
    queue.stop()


if __name__ == "__main__":
    main()
