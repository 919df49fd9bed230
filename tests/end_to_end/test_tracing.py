"""Traces: spans as they are made, and as a collector receives them over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from PIL import Image
from scenes import compose
from serving import Handler, serving
from starlette.testclient import TestClient

from end_to_end.conftest import TOY, Server, Start
from keepsight.app import create_app
from keepsight.settings import Settings
from keepsight.telemetry.carrying import carried
from keepsight.telemetry.spans import server_span, span, trace_with
from keepsight.telemetry.timing import timed
from tests.waiting import until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SCOPE = {"method": "GET", "path": "/demo/image/upload/s--hidden00--/tom.jpg"}


@pytest.fixture
def made() -> Iterator[Callable[[], dict[str, ReadableSpan]]]:
    """Spans by name, once they have ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    end = trace_with(provider)
    yield lambda: {each.name: each for each in exporter.get_finished_spans()}
    end()


def test_nothing_is_traced_until_somebody_says_so() -> None:
    with server_span("delivery", dict(SCOPE), {b"traceparent": b"00-1-2-01"}) as request, span("read"):
        assert request.trace_id == ""


def test_spans_belong_to_the_request_also_in_threads(made: Callable[[], dict[str, ReadableSpan]]) -> None:
    headers = {b"traceparent": f"00-{TRACE}-{PARENT}-01".encode()}
    with server_span("delivery", dict(SCOPE), headers) as request, ThreadPoolExecutor(1) as pool:

        def work() -> None:
            with span("read"), span("decode"):
                pass

        pool.submit(carried("test", work)).result()
        request.status = 200
    spans = made()
    root, read, decode = spans["GET delivery"], spans["read"], spans["decode"]
    assert request.trace_id == TRACE
    assert root.kind is SpanKind.SERVER
    assert root.parent is not None
    assert root.parent.span_id == int(PARENT, 16)
    assert read.parent == root.get_span_context()
    assert decode.parent == read.get_span_context()
    assert root.attributes == {
        "http.request.method": "GET",
        "url.path": "/demo/image/upload/s--***--/tom.jpg",
        "http.response.status_code": 200,
        "keepsight.surface": "delivery",
    }


@pytest.mark.parametrize("parent", [b"", b"rubbish", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", b"\xff" * 9_000])
def test_a_wrong_traceparent_begins_a_new_trace(made: Callable[[], dict[str, ReadableSpan]], parent: bytes) -> None:
    with server_span("delivery", dict(SCOPE), {b"traceparent": parent, b"tracestate": b"\xff,=,,"}) as request:
        request.status = 500
    root = made()["GET delivery"]
    assert root.parent is None
    assert len(request.trace_id) == 32
    assert root.status.status_code is StatusCode.ERROR


def test_what_fails_is_marked(made: Callable[[], dict[str, ReadableSpan]]) -> None:
    with pytest.raises(ValueError, match="broken"), span("encode"):
        raise ValueError("broken")
    assert made()["encode"].status.status_code is StatusCode.ERROR


def test_a_step_outside_of_a_request_is_a_span(made: Callable[[], dict[str, ReadableSpan]]) -> None:
    with span("job upload"), timed("fetch"):
        pass
    assert made()["fetch"].parent == made()["job upload"].get_span_context()


def test_the_steps_of_a_miss_are_spans(made: Callable[[], dict[str, ReadableSpan]], tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    Image.radial_gradient("L").convert("RGB").save(media / "tom.jpg")
    storage = {"media": media, "data": tmp_path / "data"}
    settings = Settings.model_validate({"storage": storage, "models": {"weights": tmp_path}})
    with TestClient(create_app(settings)) as client:
        first = client.get("/demo/image/upload/c_fill,g_auto,w_80,h_60/tom.jpg")
        assert first.headers["x-cache"] == "miss"
        spans = made()
        assert client.get("/demo/image/upload/c_fill,g_auto,w_80,h_60/tom.jpg").headers["x-cache"] == "hit"
        assert len(made()) == len(spans), "a hit from memory has none"
        assert client.get("/v1_1/demo/ping").status_code == 401
    root = spans["GET delivery"]
    assert {"find", "read", "decode", "focus", "crop", "render", "encode", "store"} <= spans.keys()
    assert {each.get_span_context().trace_id for each in spans.values()} == {root.get_span_context().trace_id}
    assert spans["crop"].parent == spans["focus"].get_span_context()
    assert spans["encode"].parent == root.get_span_context()
    assert made()["GET api"].attributes["http.response.status_code"] == 401


@dataclass
class Collector:
    """What came over HTTP."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    service: dict[str, str] = field(default_factory=dict)

    def receive(self, handler: Handler) -> None:
        assert handler.path == "/v1/traces"
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.service = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        handler.give(200)


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    received = Collector()
    with serving(received.receive) as site:
        received.url = site.url
        yield received


@pytest.fixture(scope="module")
def server(start: Start, detectors: None, collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Server:
    media = tmp_path_factory.mktemp("media")
    compose((600, 400), [("cat", (75.0, 100.0, 200.0, 225.0))], 0).image.save(media / "cat.jpg", quality=92)
    return start(
        media,
        KEEPSIGHT_MODELS__PRIVATE=str(TOY),
        KEEPSIGHT_MODELS__WEIGHTS=str(media),
        KEEPSIGHT_MODELS__DEADLINE="60",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="100",
    )


def test_a_collector_gets_the_spans_of_a_miss(server: Server, collector: Collector) -> None:
    path = f"{server.url}/demo/image/upload/c_thumb,g_toy_cat,w_90,h_90/cat.jpg"
    answer = httpx.get(path, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}, timeout=120)
    assert answer.status_code == 200
    assert "toy" in answer.headers["x-focus"]

    def spans() -> dict[str, Span]:
        return {each.name: each for each in list(collector.spans) if each.trace_id.hex() == TRACE}

    until(lambda: "GET delivery" in spans(), "no trace came")
    mine = spans()
    assert mine["GET delivery"].parent_span_id.hex() == PARENT
    assert {"find", "read", "decode", "detect", "infer toy", "focus", "crop", "render", "encode", "store"} <= set(mine)
    assert mine["infer toy"].parent_span_id == mine["detect"].span_id, "though another thread does it"
    assert all(each.start_time_unix_nano <= each.end_time_unix_nano for each in mine.values())
    assert collector.service["service.name"] == "keepsight"

    def names_its_trace() -> bool:
        told = [line for line in server.log.read_text("utf-8").splitlines() if TRACE in line]
        return any('"event": "request"' in line for line in told)

    until(names_its_trace, "the line of the request names its trace")
    text = server.get("/metrics").text
    assert 'keepsight_inference_seconds_count{model="toy"} 1.0' in text
