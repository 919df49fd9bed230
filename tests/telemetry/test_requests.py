"""Outcomes, sums and lines of what is answered."""

from __future__ import annotations

import json
from time import perf_counter

import pytest
import structlog

from keepsight.telemetry.metrics import REGISTRY
from keepsight.telemetry.requests import Requests, requested

SCOPE = {"method": "GET", "path": "/demo/ä.jpg", "raw_path": b"/demo/%C3%A4.jpg", "query_string": b"__cld_token__=x"}


def value(surface: str, outcome: str, code: int) -> float:
    labels = {"surface": surface, "outcome": outcome, "code": str(code)}
    return REGISTRY.get_sample_value("keepsight_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("status", "cache", "memory", "outcome"),
    [
        (200, b"hit", True, "memory_hit"),
        (206, b"hit", True, "memory_hit"),
        (200, b"hit", False, "disk_hit"),
        (304, b"hit", True, "not_modified"),
        (304, b"hit", False, "not_modified"),
        (200, b"miss", False, "miss"),
        (304, b"miss", False, "miss"),
        (400, b"", False, "refused"),
        (412, b"hit", True, "refused"),
        (503, b"", False, "overloaded"),
        (429, b"", False, "overloaded"),
        (500, b"", False, "failed"),
        (204, b"", False, "preflight"),
        (200, b"", False, "done"),
    ],
)
def test_outcomes(status: int, cache: bytes, memory: bool, outcome: str) -> None:
    requests = Requests(f"test {status}", told=False)
    before = value(f"test {status}", outcome, status)
    for _ in range(3):
        requests.answered(SCOPE, b"id", perf_counter(), memory, cache, status, (), 10)
    assert value(f"test {status}", outcome, status) == before, "the counters get sums, not each request"
    requests.flush()
    requests.flush()
    assert value(f"test {status}", outcome, status) == before + 3


def lines(requests: Requests, memory: bool, count: int) -> list[dict[str, object]]:
    head = ((b"x-focus", b"auto: cat"), (b"etag", b'"1"'))
    with structlog.testing.capture_logs() as told:
        for _ in range(count):
            cache = b"hit" if memory else b"miss"
            requests.answered(SCOPE, b"id", perf_counter(), memory, cache, 200, head, 10)
    return [dict(line) for line in told]


def test_a_miss_is_told_with_its_focus_and_without_its_query() -> None:
    (line,) = lines(Requests("delivery"), memory=False, count=1)
    assert line["path"] == "/demo/%C3%A4.jpg"
    assert (line["status"], line["outcome"], line["bytes"], line["focus"]) == (200, "miss", 10, "auto: cat")
    assert "token" not in json.dumps(line)


@pytest.mark.parametrize(("share", "told"), [(0.0, 0), (0.1, 5), (0.5, 25), (1.0, 50)])
def test_hits_are_told_by_their_share(share: float, told: int) -> None:
    assert len(lines(Requests("delivery", hits=share), memory=True, count=50)) == told


def test_nothing_is_told_where_nothing_should_be() -> None:
    assert lines(Requests("delivery", told=False, hits=1.0), memory=True, count=5) == []
    assert lines(Requests("delivery", told=False), memory=False, count=5) == []


def test_lines_inside_carry_the_name_of_the_request() -> None:
    with requested("delivery", b"name", SCOPE, {}):
        assert structlog.contextvars.get_contextvars() == {"request_id": "name"}
    assert structlog.contextvars.get_contextvars() == {}
