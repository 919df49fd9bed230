"""OpenTelemetry traces, where its packages are installed and its environment variables say where to send them.

Nothing of OpenTelemetry is imported before `configure_tracing` is called with such variables; until then a span costs
a comparison. Hits from memory have no spans: one would cost a third of a hit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import structlog

from keepsight.program import installing
from keepsight.telemetry.redact import redacted

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

TRACE_ID = "keepsight.trace_id"
"""Under this a scope holds the trace of its request, for what is told after its span has ended."""
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_CARRIED = (b"traceparent", b"tracestate")

log = structlog.get_logger()


@dataclass(slots=True)
class Request:
    """The span of one request, while it lasts."""

    trace_id: str = ""
    """Hexadecimal; empty where nothing is traced."""
    status: int = 0
    """To be set once it is known."""


class _Tracing:
    """The one tracer of this process, if there is one."""

    tracer: Tracer | None = None


def is_configured() -> bool:
    """Whether the environment says where traces go."""
    wanted = any(os.environ.get(name) for name in _ENDPOINTS)
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return wanted and not off


def is_installed() -> bool:
    """Whether the packages of the extra `otel` are there."""
    try:
        return find_spec("opentelemetry.sdk.trace") is not None and find_spec(_EXPORTER) is not None
    except ModuleNotFoundError:  # one of the packages around it
        return False


def configure_tracing(version: str) -> Callable[[], None]:
    """Trace from now on, if the environment says so; what is returned sends the last spans and ends it.

    `version` is that of the service. The sampler, its share, headers and limits come from the standard variables,
    too. Without the extra `otel` there is a line in the log, and no traces.
    """
    if not is_configured():
        return _nothing
    if not is_installed():
        log.warning("traces.not_installed", mend=installing("otel"))
        return _nothing
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra

    service = {"service.name": os.environ.get("OTEL_SERVICE_NAME", "keepsight"), "service.version": version}
    provider = TracerProvider(resource=Resource.create(service))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return trace_with(provider)


def trace_with(provider: TracerProvider) -> Callable[[], None]:
    """Have this provider make the spans; what is returned ends that."""
    _Tracing.tracer = provider.get_tracer("keepsight")

    def end() -> None:
        _Tracing.tracer = None
        provider.shutdown()

    return end


def span(name: str, **attributes: str | int | float | bool) -> AbstractContextManager[object]:
    """A span of the request in hand; what is raised inside marks it as failed."""
    if _Tracing.tracer is None:
        return nullcontext()
    return _Tracing.tracer.start_as_current_span(name, attributes=attributes)


@contextmanager
def server_span(surface: str, scope: MutableMapping[str, Any], headers: Mapping[bytes, bytes]) -> Iterator[Request]:
    """The span of a whole request, under that of whoever sent it, if they say so."""
    request = Request()
    if _Tracing.tracer is None:
        yield request
        return
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - an extra
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - an extra

    carrier = {name.decode(): headers[name].decode("latin-1") for name in _CARRIED if name in headers}
    attributes = {
        "http.request.method": scope["method"],
        "url.path": redacted(scope["path"]),
        "keepsight.surface": surface,
    }
    parent = TraceContextTextMapPropagator().extract(carrier)
    name = f"{scope['method']} {surface}"
    with _Tracing.tracer.start_as_current_span(name, parent, SpanKind.SERVER, attributes) as opened:
        request.trace_id = scope[TRACE_ID] = f"{opened.get_span_context().trace_id:032x}"
        try:
            yield request
        finally:
            if request.status:
                opened.set_attribute("http.response.status_code", request.status)
            if request.status >= 500:
                opened.set_status(StatusCode.ERROR)


def _nothing() -> None:
    """No tracing to end."""
