"""Every metric: its name, its kind, its labels and what it means, once.

Labels have few values each, all of them known to the code or to the configuration: never a path, a public id or a word
of a request. Counters and histograms are added to where things happen; gauges are read when somebody asks, see
`gauges`. With several processes behind one port the values of all are added up, see `processes`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

# A series for each counter that says when it began: nobody asks for that.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the client has no types there
REGISTRY = CollectorRegistry()
"""Of this process."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LONG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"keepsight_{name}", meaning, labels, registry=REGISTRY)


def _seconds(name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _SECONDS) -> Histogram:
    return Histogram(f"keepsight_{name}", meaning, labels, buckets=buckets, registry=REGISTRY)


def _sum(name: str, meaning: str, *labels: str) -> Gauge:
    """Each process has its own; what is told is their sum."""
    return Gauge(f"keepsight_{name}", meaning, labels, multiprocess_mode="livesum", registry=REGISTRY)


def _shared(name: str, meaning: str, *labels: str) -> Gauge:
    """All processes see the same thing; what is told is what was seen last."""
    return Gauge(f"keepsight_{name}", meaning, labels, multiprocess_mode="livemostrecent", registry=REGISTRY)


REQUESTS = _counter(
    "requests",
    "Requests answered. outcome of delivery: memory_hit, disk_hit, miss, not_modified (a hit that sent no body),"
    " preflight; of every surface: done, refused (4xx), overloaded (429 and 503), failed (other 5xx)",
    "surface",
    "outcome",
    "code",
)
RESPONSE_BYTES = _counter("response_bytes", "Bytes of the bodies that were sent", "surface", "outcome")
REQUEST_SECONDS = _seconds(
    "request_seconds",
    "Seconds from the head of a request to the head of its answer; hits from memory are not timed, only counted",
    "surface",
    "outcome",
    buckets=_LONG_SECONDS,
)
STEP_SECONDS = _seconds("step_seconds", "Seconds of one step of the work, without the steps inside of it", "step")
DEGRADED = _counter(
    "degraded_answers",
    "Times that a model that was asked for had no say in an answer; reason: too slow, too busy, unavailable",
    "model",
    "reason",
)

QUEUE_RUNNING = _sum("queue_running", "Jobs in work", "queue")
QUEUE_WAITING = _sum("queue_waiting", "Jobs that wait for a thread", "queue")
QUEUE_ROOM = _sum("queue_room", "Jobs, in work or waiting, beyond which more are refused", "queue")
QUEUE_REFUSED = _counter("queue_refused", "Jobs refused since the queue was full", "queue")
QUEUE_WAIT_SECONDS = _seconds("queue_wait_seconds", "Seconds that a job waited for a thread", "queue")

INFERENCE_SECONDS = _seconds(
    "inference_seconds", "Seconds that a model looked at one picture", "model", buckets=_LONG_SECONDS
)
INFERENCE_FAILURES = _counter("inference_failures", "Looks of a model that ended in an error", "model")
MODELS = _shared("models", "Models by state: ready, loadable, missing, broken, refused", "state")

FETCHES = _counter(
    "fetches",
    "Pictures that other servers were asked for; outcome: fetched, unchanged, missing, refused, interrupted, failed",
    "outcome",
)
FETCHED_BYTES = _counter("fetched_bytes", "Bytes that came from other servers")
FETCH_SECONDS = _seconds("fetch_seconds", "Seconds that one fetch took", "outcome", buckets=_LONG_SECONDS)

MEMORY_BYTES = _sum("memory_cache_bytes", "Bytes of hot answers in memory")
DERIVED_IMAGES = _shared("derived_images", "Images in the derived cache")
DERIVED_BYTES = _shared("derived_bytes", "Bytes of the derived cache")
DERIVED_MAX_BYTES = _shared("derived_max_bytes", "Bytes that the derived cache may have: cache.max_bytes")
EVICTED_IMAGES = _counter("evicted_images", "Images evicted from the derived cache")
EVICTED_BYTES = _counter("evicted_bytes", "Bytes evicted from the derived cache")

JOBS = _shared("jobs", "Jobs in the queue of the catalogue by state: waiting, running, failed", "state")
READY = _shared("ready", "1 where a condition of readiness was met when last asked, else 0; see /ready", "check")
LOG_EVENTS = _counter("log_events", "Warnings and errors in the log", "event", "level")

PROCESSES = _sum("processes", "Processes behind the port")
RESIDENT_BYTES = _sum("resident_bytes", "Resident memory; pages that processes share count once for each")
CPU_SECONDS = _counter("cpu_seconds", "Processor seconds, user and system")
OPEN_FILES = _sum("open_files", "Open file descriptors")
THREADS = _sum("threads", "Threads")
BUILD = _shared("build_info", "1; the labels say what runs", "version", "python")
