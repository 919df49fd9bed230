"""What was seen in each original, remembered: one inference per picture and model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

from cachetools import LRUCache

from keepsight.detect.detector import Detection, Keypoint, Region
from keepsight.detect.journal import Journal

Detections = tuple[Detection, ...]


class AnalysisCache:
    """Detections by (digest of the original, key of the model), and small named blobs by digest.

    Kept in a file when `path` is given, so that they survive a restart and are shared between workers, with the
    `entries` most recently used in memory. The key of the model names its weights, so other weights never answer.
    Safe to use from many threads.
    """

    def __init__(self, path: Path | None = None, *, entries: int = 4096, max_bytes: int = 512 << 20) -> None:
        self._journal = Journal(path, max_bytes)
        self._recent: LRUCache[tuple[str, str], Detections] = LRUCache(maxsize=entries)
        self._running: dict[tuple[str, str], _Flight] = {}
        self._lock = Lock()
        self.inferences = 0
        """How often a network was really run."""

    def detections(self, digest: str, model: str, infer: Callable[[], Detections], *, runs: int = 1) -> Detections:
        """The detections of `model` in the original `digest`; runs `infer` only if nobody has yet.

        `runs` is how often `infer` runs a network: 0 for what is computed from other detections.
        Threads that ask for the same while it runs wait for it and share its result, or its error; an error is not
        remembered. Raises whatever `infer` raises.
        """
        key = (digest, model)
        with self._lock:
            if (known := self._recent.get(key)) is not None:
                return known
            flight = self._running.get(key)
            leads = flight is None
            if flight is None:
                flight = self._running[key] = _Flight()
        if not leads:
            return flight.wait()
        try:
            flight.result = self._stored_or_inferred(key, infer, runs)
            with self._lock:
                self._recent[key] = flight.result
            return flight.result
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._running[key]
            flight.landed.set()

    def get_blob(self, digest: str, kind: str) -> bytes | None:
        """What was put under `digest` and `kind`, or None."""
        return self._journal.get(digest, f"blob {kind}")

    def put_blob(self, digest: str, kind: str, blob: bytes) -> None:
        """Keep something small that was computed from the original, such as its importance map."""
        self._journal.put(digest, f"blob {kind}", blob)

    def close(self) -> None:
        """Close the file. The cache is not used afterwards."""
        self._journal.close()

    def _stored_or_inferred(self, key: tuple[str, str], infer: Callable[[], Detections], runs: int) -> Detections:
        digest, model = key
        stored = self._journal.get(digest, model)
        if stored is not None and (detections := _decode(stored)) is not None:
            return detections
        with self._lock:
            self.inferences += runs
        detections = infer()
        self._journal.put(digest, model, _encode(detections))
        return detections


class _Flight:
    """An inference on its way, and those who wait for it."""

    def __init__(self) -> None:
        self.landed = Event()
        self.result: Detections = ()
        self.error: BaseException | None = None

    def wait(self) -> Detections:
        self.landed.wait()
        if self.error is not None:
            raise self.error
        return self.result


def _encode(detections: Detections) -> bytes:
    rows = [
        [d.label, d.confidence, d.region.x, d.region.y, d.region.width, d.region.height, d.sharpness]
        + [[point.x, point.y, point.visibility] for point in d.keypoints]
        for d in detections
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


def _decode(stored: bytes) -> Detections | None:
    """None when the bytes are not what `_encode` writes: better to look again than to fail."""
    try:
        return tuple(
            Detection(label, confidence, Region(x, y, w, h), sharpness, tuple(Keypoint(*point) for point in points))
            for label, confidence, x, y, w, h, sharpness, *points in json.loads(stored)
        )
    except (ValueError, TypeError):
        return None
