"""Print docker/grafana/dashboard.json: every metric on one screen of Grafana 10 or later.

python tools/build_dashboard.py > docker/grafana/dashboard.json
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT, _LOW = 24, 8, 4


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: its title, its unit as Grafana calls it, and its queries with the names of their lines."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]
    description: str = ""
    width: int = 8
    stat: bool = False
    """A number rather than lines."""


def rate(metric: str, by: str = "", only: str = "") -> str:
    """Of a counter, a second; `only` are further label matchers."""
    return f"sum{_by(by)} (rate({_of(metric, only)}[$__rate_interval]))"


def quantile(share: float, metric: str, by: str = "", only: str = "") -> str:
    """Of a histogram."""
    grouped = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', grouped, only)})"


def now(metric: str, by: str = "", how: str = "sum") -> str:
    """Of a gauge; `how` several instances count together."""
    return f"{how}{_by(by)} ({_of(metric)})"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _of(metric: str, only: str = "") -> str:
    return f'keepsight_{metric}{{instance=~"$instance"{"," if only else ""}{only}}}'


_DELIVERY = 'surface="delivery"'
_HITS = f'{_DELIVERY},outcome=~"memory_hit|disk_hit|not_modified"'
_FOUND = f'{_DELIVERY},outcome=~"memory_hit|disk_hit|not_modified|miss"'
_BAD = 'outcome=~"failed|overloaded"'

ROWS: Sequence[tuple[str, Sequence[Panel]]] = (
    (
        "How it is",
        (
            Panel("Requests", "reqps", [(rate("requests_total"), "all")], width=4, stat=True),
            Panel(
                "Hit ratio",
                "percentunit",
                [(f"{rate('requests_total', only=_HITS)} / {rate('requests_total', only=_FOUND)}", "hits")],
                "Answers from memory and disk and those without a body, of all pictures that were answered.",
                width=4,
                stat=True,
            ),
            Panel(
                "Failed or overloaded",
                "percentunit",
                [(f"{rate('requests_total', only=_BAD)} / {rate('requests_total')}", "share")],
                width=4,
                stat=True,
            ),
            Panel("Ready", "none", [(now("ready", "check", "min"), "{{check}}")], "1 is yes.", width=4, stat=True),
            Panel("Processes", "none", [(now("processes"), "processes")], width=4, stat=True),
            Panel(
                "What runs",
                "none",
                [(now("build_info", "version, python", "count"), "{{version}}, Python {{python}}")],
                "Instances by version.",
                width=4,
                stat=True,
            ),
        ),
    ),
    (
        "Requests",
        (
            Panel("Requests by outcome", "reqps", [(rate("requests_total", "outcome"), "{{outcome}}")]),
            Panel("Errors by status", "reqps", [(rate("requests_total", "code", 'code=~"[45].."'), "{{code}}")]),
            Panel("Bytes sent", "Bps", [(rate("response_bytes_total", "outcome"), "{{outcome}}")]),
            Panel(
                "Seconds of a miss",
                "s",
                [
                    (quantile(share, "request_seconds", only=f'{_DELIVERY},outcome="miss"'), f"p{share * 100:g}")
                    for share in (0.5, 0.95, 0.99)
                ],
                "From the head of the request to the head of the answer.",
            ),
            Panel(
                "Seconds by outcome, p99",
                "s",
                [(quantile(0.99, "request_seconds", "surface, outcome"), "{{surface}} {{outcome}}")],
                "Hits from memory are not timed.",
            ),
            Panel(
                "Degraded answers", "ops", [(rate("degraded_answers_total", "model, reason"), "{{model}} {{reason}}")]
            ),
        ),
    ),
    (
        "Work",
        (
            Panel(
                "Seconds of work in each second, by step",
                "none",
                [(rate("step_seconds_sum", "step"), "{{step}}")],
                "How many cores each step keeps busy, waiting for models and other servers included.",
                width=12,
            ),
            Panel("Steps, p95", "s", [(quantile(0.95, "step_seconds", "step"), "{{step}}")], width=12),
            Panel(
                "In work and waiting",
                "none",
                [
                    (now("queue_running", "queue"), "{{queue}} in work"),
                    (now("queue_waiting", "queue"), "{{queue}} waiting"),
                ],
            ),
            Panel(
                "Queues, share of their room",
                "percentunit",
                [
                    (
                        f"({now('queue_running', 'queue')} + {now('queue_waiting', 'queue')})"
                        f" / {now('queue_room', 'queue')}",
                        "{{queue}}",
                    )
                ],
            ),
            Panel(
                "Waiting for a thread, p95, and refused",
                "s",
                [
                    (quantile(0.95, "queue_wait_seconds", "queue"), "{{queue}}"),
                    (rate("queue_refused_total", "queue"), "{{queue}} refused a second"),
                ],
            ),
        ),
    ),
    (
        "Models",
        (
            Panel("Looks", "ops", [(rate("inference_seconds_count", "model"), "{{model}}")]),
            Panel(
                "Seconds of a look",
                "s",
                [
                    (quantile(share, "inference_seconds", "model"), f"{{{{model}}}} p{share * 100:g}")
                    for share in (0.5, 0.95)
                ],
            ),
            Panel(
                "Failed looks, and models by state",
                "none",
                [
                    (rate("inference_failures_total", "model"), "{{model}} failed a second"),
                    (now("models", "state", "max"), "{{state}}"),
                ],
            ),
        ),
    ),
    (
        "Caches",
        (
            Panel(
                "Bytes kept",
                "bytes",
                [
                    (now("derived_bytes", how="max"), "derived images"),
                    (now("derived_max_bytes", how="max"), "their limit"),
                    (now("memory_cache_bytes"), "memory"),
                ],
            ),
            Panel("Derived images", "none", [(now("derived_images", how="max"), "images")]),
            Panel(
                "Evictions",
                "none",
                [(rate("evicted_images_total"), "images a second"), (rate("evicted_bytes_total"), "bytes a second")],
            ),
        ),
    ),
    (
        "Other servers, jobs, log",
        (
            Panel("Fetches by outcome", "ops", [(rate("fetches_total", "outcome"), "{{outcome}}")]),
            Panel(
                "Seconds of a fetch, p95, and bytes",
                "s",
                [
                    (quantile(0.95, "fetch_seconds", "outcome"), "{{outcome}}"),
                    (f"{rate('fetched_bytes_total')} / 1e6", "megabytes a second"),
                ],
            ),
            Panel("Jobs", "none", [(now("jobs", "state", "max"), "{{state}}")]),
            Panel(
                "Warnings and errors",
                "ops",
                [(rate("log_events_total", "event, level"), "{{event}} ({{level}})")],
                width=24,
            ),
        ),
    ),
    (
        "Processes",
        (
            Panel("Processor", "none", [(rate("cpu_seconds_total", "instance"), "{{instance}}")], "Cores in use.", 6),
            Panel("Resident memory", "bytes", [(now("resident_bytes", "instance"), "{{instance}}")], width=6),
            Panel("Open files", "none", [(now("open_files", "instance"), "{{instance}}")], width=6),
            Panel("Threads", "none", [(now("threads", "instance"), "{{instance}}")], width=6),
        ),
    ),
)


def dashboard() -> str:
    """The whole file."""
    content = {
        "uid": "keepsight",
        "title": "Keepsight",
        "description": "An image origin: what it answers, what that costs, and what went wrong.",
        "tags": ["keepsight"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": [_chosen_source(), _chosen_instances()]},
        "panels": list(_panels()),
    }
    return json.dumps(content, indent=2) + "\n"


def _chosen_source() -> dict[str, Any]:
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
        "hide": 0,
        "refresh": 1,
        "includeAll": False,
        "multi": False,
        "options": [],
    }


def _chosen_instances() -> dict[str, Any]:
    query = "label_values(keepsight_build_info, instance)"
    return {
        "name": "instance",
        "label": "Instance",
        "type": "query",
        "datasource": _SOURCE,
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": "instances"},
        "refresh": 2,
        "sort": 1,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
        "options": [],
    }


def _panels() -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for title, panels in ROWS:
        number += 1
        place = {"h": 1, "w": _WIDTH, "x": 0, "y": top}
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
        top, left = top + 1, 0
        height = _LOW if all(panel.stat for panel in panels) else _HEIGHT
        for panel in panels:
            if left + panel.width > _WIDTH:
                top, left = top + height, 0
            number += 1
            yield _drawn(panel, number, {"h": height, "w": panel.width, "x": left, "y": top})
            left += panel.width
        top += height


def _drawn(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0, "custom": {} if panel.stat else _LINES}
    return {
        "id": number,
        "type": "stat" if panel.stat else "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _NUMBER if panel.stat else _LEGEND,
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "editorMode": "code",
                "expr": query,
                "legendFormat": name,
                "range": True,
                "instant": False,
            }
            for index, (query, name) in enumerate(panel.queries)
        ],
    }


_LINES = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never", "spanNulls": False}
_LEGEND = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
_NUMBER = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area", "textMode": "auto"}


if __name__ == "__main__":
    print(dashboard(), end="")
