"""The dashboard, the rules and the page of documentation tell of the metrics that there are, and of all of them."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from keepsight.app import create_app
from keepsight.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "docker" / "grafana" / "dashboard.json"
RULES = ROOT / "docker" / "prometheus.rules.yml"
PAGE = ROOT / "docs" / "observability.md"
_NAME = re.compile(r"\bkeepsight_[a-z_]+[a-z]\b")
_GIVEN_BY_PROMETHEUS = {"instance", "job", "le"}

Metrics = dict[str, tuple[str, set[str]]]
"""Kind and labels by the name of a family, `_total` included."""


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    """As the application tells them."""
    folder = tmp_path_factory.mktemp("observed")
    Image.new("RGB", (30, 20)).save(folder / "a.png")
    storage = {"media": folder, "data": folder / "data"}
    settings = {"storage": storage, "models": {"weights": folder}, "server": {"metrics": ["127.0.0.1"]}}
    with TestClient(create_app(Settings.model_validate(settings)), client=("127.0.0.1", 1)) as client:
        text = client.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (keepsight_\w+) (\w+)$", text, re.MULTILINE))
    assert len(kinds) > 30
    from keepsight.telemetry.metrics import REGISTRY  # noqa: PLC0415 - its labels, which have no samples yet

    labels = {}
    for collector in set(REGISTRY._collector_to_names):
        (family,) = collector.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels[name] = set(getattr(collector, "_labelnames", ()))
    assert labels.keys() == kinds.keys()
    return {name: (kind, labels[name]) for name, kind in kinds.items()}


def family(name: str, metrics: Metrics) -> str:
    """The metric whose sample this is."""
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if metrics.get(base, ("", set()))[0] == "histogram" else name


def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text("utf-8"))["panels"])


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel.get("targets", ())]


def rules() -> str:
    return RULES.read_text("utf-8")


def test_the_dashboard_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "build_dashboard.py"))["dashboard"]
    assert DASHBOARD.read_text("utf-8") == made(), (
        "run python tools/build_dashboard.py > docker/grafana/dashboard.json"
    )


def test_every_metric_has_a_panel_and_every_panel_metrics(metrics: Metrics) -> None:
    shown = {family(name, metrics) for query in queries() for name in _NAME.findall(query)}
    assert shown == metrics.keys()


def test_the_rules_are_about_metrics_that_are_told(metrics: Metrics) -> None:
    named = {family(name, metrics) for name in _NAME.findall(rules())}
    assert named <= metrics.keys()
    assert len(named) > 5


def test_queries_ask_for_labels_that_are_there(metrics: Metrics) -> None:
    texts = [*queries(), *re.findall(r"expr: (?:>-\n)?((?:.|\n)+?)\n +(?:for|labels):", rules())]
    assert len(texts) > 50
    for text in texts:
        known = set.union(*(metrics[family(name, metrics)][1] for name in _NAME.findall(text)), _GIVEN_BY_PROMETHEUS)
        grouped = {label.strip() for labels in re.findall(r"by \(([^)]*)\)", text) for label in labels.split(",")}
        matched = set(re.findall(r'(\w+)(?:=~|!=|=)"', text))
        assert grouped | matched <= known, text


def test_panels_lie_beside_each_other(metrics: Metrics) -> None:
    places = [panel["gridPos"] for panel in panels()]
    assert len({panel["id"] for panel in panels()}) == len(places)
    for one, next_ in pairwise(places):
        assert one["x"] + one["w"] <= 24
        assert (next_["y"], next_["x"]) >= (one["y"], one["x"] + one["w"]) or next_["y"] >= one["y"] + one["h"]


def test_the_page_tells_of_every_metric_with_its_labels(metrics: Metrics) -> None:
    rows = re.findall(r"^\| `(keepsight_\w+)` \| ([^|]*)\| ", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {name: {label.strip("` ") for label in labels.split(",")} - {""} for name, labels in rows}
    assert told == {name: labels for name, (_, labels) in metrics.items()}


def test_the_page_tells_of_every_alert() -> None:
    alerts = re.findall(r"alert: (\w+)", rules())
    assert alerts
    assert set(re.findall(r"^\| `(Keepsight[A-Za-z]+)`", PAGE.read_text("utf-8"), re.MULTILINE)) == set(alerts)


def test_prometheus_takes_the_configuration_and_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool (Debian: apt-get install prometheus)")
    subprocess.run([promtool, "check", "config", ROOT / "docker" / "prometheus.yml"], check=True, capture_output=True)
