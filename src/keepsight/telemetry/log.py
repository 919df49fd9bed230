"""Structured logs: one line an event, readable on a terminal, JSON elsewhere.

What libraries log goes the same way. A line never holds a secret, and a traceback never the values of variables.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

from keepsight.telemetry.metrics import LOG_EVENTS
from keepsight.telemetry.redact import Redactor

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_Event = MutableMapping[str, Any]


def configure_logging(level: str = "info", secrets: Iterable[str] = ()) -> None:
    """Set up the logs of this process: coloured text on a terminal, JSON lines otherwise, both to stderr.

    `level` is one of LEVELS; libraries are listened to from warnings on, unless it is debug. `secrets` are left out of
    every line, in plain, JSON and URL spelling.
    """
    threshold = LEVELS[level]
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _counted,
    ]
    written = [*_rendering(sys.stderr.isatty()), _Redacting(Redactor(secrets))]
    structlog.configure(
        processors=[*before, *written],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        # A line is one write, so that processes that share the stream do not get between each other's.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold if level == "debug" else max(threshold, logging.WARNING))


def _rendering(terminal: bool) -> list[Any]:
    # Both would show the local variables of every frame by default: passwords, keys, whole requests.
    if terminal:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]


def _counted(_: Any, method: str, event: _Event) -> _Event:
    """Warnings and errors are a metric. Our events are words of the code; what libraries say goes by their name."""
    if method in ("warning", "error", "critical", "exception"):
        said = event["logger"].partition(".")[0] if "logger" in event else event["event"]
        LOG_EVENTS.labels(said, event["level"]).inc()
    return event


class _Redacting:
    """The last processor: a line as text."""

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact

    def __call__(self, _: Any, __: str, line: str) -> str:
        return self._redact(line)
