"""What was seen in each original, remembered: one inference per picture and model."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from cachetools import LRUCache

from keepsight.detect.detector import Detection, Keypoint, Region
from keepsight.detect.inferences import Inferences
from keepsight.detect.journal import Journal
from keepsight.detect.mask import Mask
from keepsight.errors import ModelError
from keepsight.single_flight import SingleFlight

Detections = tuple[Detection, ...]

RECENT_BLOB_BYTES = 8 << 20
"""Of what was computed from originals; 300 importance maps."""


class TooSlow(ModelError):
    """A model did not answer in time."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How an inference gets its turn, and how long who asks waits for it."""

    queue: Inferences
    within: float
    """Seconds, waiting in the queue included."""
    first: Callable[[], object]
    """Called before in the thread that asks, for what belongs to it."""


class AnalysisCache:
    """Detections by (digest of the original, key of the model), and small named blobs by digest.

    Kept in a file when `path` is given, so that they survive a restart and are shared between workers, with the
    `entries` most recently used in memory. The key of the model names its weights, so other weights never answer.
    Safe to use from many threads.
    """

    def __init__(self, path: Path | None = None, *, entries: int = 4096, max_bytes: int = 512 << 20) -> None:
        self._journal = Journal(path, max_bytes)
        self._recent: LRUCache[tuple[str, str], Detections] = LRUCache(maxsize=entries)
        self._recent_blobs: LRUCache[str, bytes] = LRUCache(maxsize=RECENT_BLOB_BYTES, getsizeof=len)
        self._blob_flights: SingleFlight[bytes] = SingleFlight()
        self._running: dict[tuple[str, str], Future[Detections]] = {}
        self._lock = Lock()
        self.inferences = 0
        """How often a network was really run."""

    def detections(
        self,
        digest: str,
        model: str,
        infer: Callable[[], Detections],
        *,
        runs: int = 1,
        turn: Turn | None = None,
    ) -> Detections:
        """The detections of `model` in the original `digest`; runs `infer` only if nobody has yet.

        `runs` is how often `infer` runs a network: 0 for what is computed from other detections. It runs when it is
        its `turn`, or here and now without one. Threads that ask for the same while it runs wait for it and share its
        result, or its error; an error is not remembered. Whose time is up waits no longer, but the inference goes on,
        and what it finds is remembered.

        Raises TooSlow when the time is up, QueueFull when the queue has no place, and whatever `infer` raises.
        """
        key = (digest, model)
        with self._lock:
            if (known := self._recent.get(key)) is not None:
                return known
            flight = self._running.get(key)
            leads = flight is None
            if flight is None:
                flight = self._running[key] = Future()
        if leads:
            self._lead(key, flight, partial(self._counted, key, infer, runs), turn)
        try:
            return flight.result(turn.within if turn else None)
        except TimeoutError:
            if flight.done():  # in the last moment, or the inference itself raised it
                return flight.result()
            raise TooSlow(f"nothing was seen within {turn.within if turn else 0:g} s") from None

    def blob(self, digest: str, kind: str, make: Callable[[], bytes]) -> bytes:
        """What lies under `digest` and `kind`; made now, and kept, if nobody has yet.

        Threads that ask for the same while it is made wait for it. Raises what `make` raises.
        """
        key = f"{digest} {kind}"
        with self._lock:
            recent = self._recent_blobs.get(key)
        if recent is not None:
            return recent
        blob = self._blob_flights.do(key, lambda: self._kept_blob(digest, kind, make))
        with self._lock, suppress(ValueError):  # larger than all that is remembered
            self._recent_blobs[key] = blob
        return blob

    def get_blob(self, digest: str, kind: str) -> bytes | None:
        """What was put under `digest` and `kind`, or None."""
        return self._journal.get(digest, f"blob {kind}")

    def put_blob(self, digest: str, kind: str, blob: bytes) -> None:
        """Keep something small that was computed from the original, such as its importance map."""
        self._journal.put(digest, f"blob {kind}", blob)

    def close(self) -> None:
        """Close the file. The cache is not used afterwards."""
        self._journal.close()

    def _kept_blob(self, digest: str, kind: str, make: Callable[[], bytes]) -> bytes:
        blob = self.get_blob(digest, kind)
        if blob is None:
            blob = make()
            self.put_blob(digest, kind, blob)
        return blob

    def _lead(
        self, key: tuple[str, str], flight: Future[Detections], look: Callable[[], Detections], turn: Turn | None
    ) -> None:
        """See that the flight lands: at once where the file knows the answer, else after an inference."""
        stored = self._journal.get(*key)
        if stored is not None and (detections := _decode(stored)) is not None:
            self._land(key, flight, lambda: detections)
            return
        if turn is None:
            self._land(key, flight, look)
            return
        try:
            turn.first()
            turn.queue.start(lambda: self._land(key, flight, look), turn.within)
        except Exception as error:
            self._land(key, flight, partial(_raise, error))

    def _counted(self, key: tuple[str, str], infer: Callable[[], Detections], runs: int) -> Detections:
        with self._lock:
            self.inferences += runs
        found = infer()
        self._journal.put(*key, _encode(found))
        return found

    def _land(self, key: tuple[str, str], flight: Future[Detections], look: Callable[[], Detections]) -> None:
        """Give the flight its result or its error, after others have stopped joining it."""
        found: Detections = ()
        fault: BaseException | None = None
        try:
            found = look()
        except BaseException as error:  # whoever waits gets it
            fault = error
        with self._lock:
            if fault is None:
                self._recent[key] = found
            del self._running[key]
        if fault is None:
            flight.set_result(found)
        else:
            flight.set_exception(fault)


def _raise(error: Exception) -> Detections:
    raise error


def _encode(detections: Detections) -> bytes:
    return json.dumps([_row(each) for each in detections], separators=(",", ":")).encode()


def _row(d: Detection) -> list[object]:
    region = d.region
    row: list[object] = [d.label, d.confidence, region.x, region.y, region.width, region.height, d.sharpness]
    more = {
        "keypoints": [[point.x, point.y, point.visibility] for point in d.keypoints],
        "mask": [d.mask.width, d.mask.height, b64encode(d.mask.bits).decode()] if d.mask else None,
        "attributes": list(d.attributes),
    }
    return [*row, {key: value for key, value in more.items() if value}]


def _decode(stored: bytes) -> Detections | None:
    """None when the bytes are not what `_encode` writes: better to look again than to fail."""
    try:
        return tuple(_detection(row) for row in json.loads(stored))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _detection(row: list[Any]) -> Detection:
    label, confidence, x, y, w, h, sharpness, more = row
    mask = more.get("mask")
    return Detection(
        label,
        confidence,
        Region(x, y, w, h),
        sharpness,
        tuple(Keypoint(*point) for point in more.get("keypoints", ())),
        Mask(mask[0], mask[1], b64decode(mask[2])) if mask else None,
        tuple((key, value) for key, value in more.get("attributes", ())),
    )
