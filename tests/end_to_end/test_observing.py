"""What a real server tells of itself: metrics, readiness, its log; and to whom."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from serving import Handler, Site, serving

from tests.end_to_end.conftest import Server, Start
from tests.waiting import until

KEY, SECRET, TOKEN = "a-key", "a long secret that nobody knows", "a-bearer-token-of-the-apis"
METRICS_TOKEN = "a token that reads the metrics"
NOT_SET = "0123456789abcdef0123456789abcdef01234567"
"""A signature that somebody made up."""


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    samples = (s for family in text_string_to_metric_families(text) for s in family.samples if s.name == name)
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def lines(server: Server) -> list[dict[str, Any]]:
    """Whole ones; the last may just be written."""
    told = server.log.read_text("utf-8", "replace").rpartition("\n")[0]
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]


def lines_of(server: Server, request: str) -> list[dict[str, Any]]:
    """Of one request: they come after its answer."""
    return [line for line in lines(server) if line.get("request_id") == request]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for name in ("tom", "ann"):
        Image.radial_gradient("L").convert("RGB").resize((320, 240)).save(folder / f"{name}.jpg")
    return folder


@pytest.fixture(scope="module")
def elsewhere(media: Path) -> Iterator[Site]:
    """Another server, which has one picture."""
    picture = (media / "tom.jpg").read_bytes()

    def answer(handler: Handler) -> None:
        if "there" in handler.path:
            handler.give(200, picture)
        else:
            handler.give(404)

    with serving(answer) as site:
        yield site


@pytest.fixture(scope="module")
def server(start: Start, media: Path, elsewhere: Site) -> Server:
    return start(
        media,
        KEEPSIGHT_CLOUD__API_KEY=KEY,
        KEEPSIGHT_CLOUD__API_SECRET=SECRET,
        KEEPSIGHT_CLOUD__ACCESS_TOKENS=TOKEN,
        KEEPSIGHT_SERVER__METRICS_TOKEN=METRICS_TOKEN,
        KEEPSIGHT_SECURITY__ALLOW_UNSIGNED="object-aware",
        KEEPSIGHT_FETCH__UNSAFE_ORIGINS=elsewhere.url,
        KEEPSIGHT_MODELS__WEIGHTS=str(media),
        KEEPSIGHT_CACHE__MAX_BYTES="20KiB",
        KEEPSIGHT_STUDIO__ENABLED="true",
    )


def test_each_answer_is_counted_by_what_came_of_it(server: Server) -> None:
    before = server.get("/metrics").text

    def more(outcome: str, **labels: str) -> float:
        after = server.get("/metrics").text
        name, wanted = "keepsight_requests_total", {"surface": "delivery", "outcome": outcome, **labels}
        return value(after, name, **wanted) - value(before, name, **wanted)

    made = server.image("c_fill,w_100,h_100", "tom")
    assert more("miss", code="200") == 1
    server.image("c_fill,w_100,h_100", "tom")
    assert more("memory_hit", code="200") == 1
    server.image("c_fill,w_100,h_100", "tom", **{"If-None-Match": made.headers["etag"]})
    assert more("not_modified", code="304") == 1
    server.image("c_nonsense", "tom")
    assert more("refused", code="400") == 1
    server.image("w_10", "nobody")
    assert more("refused", code="404") == 1
    httpx.options(f"{server.url}/demo/image/upload/tom")
    assert more("preflight") == 1
    after = server.get("/metrics").text
    sent = [value(text, "keepsight_response_bytes_total", outcome="miss") for text in (before, after)]
    assert sent[1] - sent[0] == len(made.content)
    assert value(after, "keepsight_request_seconds_count", outcome="miss") >= 1
    assert value(after, "keepsight_request_seconds_count", outcome="memory_hit") == 0


def test_what_the_studio_answers_is_counted_too(server: Server) -> None:
    before = server.get("/metrics").text
    for path, status, outcome in (("login", 200, "done"), ("api/about", 401, "refused")):
        answer = server.get(f"/studio/{path}", **{"X-Request-Id": f"studio-{status}"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, f"studio-{status}")
        after = server.get("/metrics").text
        wanted = {"surface": "studio", "outcome": outcome}
        counted, sent, timed = (
            value(after, name, **wanted) - value(before, name, **wanted)
            for name in (
                "keepsight_requests_total",
                "keepsight_response_bytes_total",
                "keepsight_request_seconds_count",
            )
        )
        assert (counted, sent, timed) == (1, len(answer.content), 1)
        line = next(line for line in lines(server) if line.get("request_id") == f"studio-{status}")
        assert (line["surface"], line["outcome"]) == ("studio", outcome)


def test_steps_queues_caches_models_and_fetches_are_told(server: Server, elsewhere: Site) -> None:
    named = server.image("c_fill,g_auto,w_90,h_120", "tom").headers["server-timing"]
    steps = set(re.findall(r"(\w+);dur=", named)) - {"total"}
    assert {"parse", "find", "lookup", "read", "decode", "focus", "crop", "render", "encode", "store"} <= steps
    for width in range(60):  # more than the cache may have
        server.image(f"c_fill,w_{100 + width},h_100", "ann")
    there = server.get(f"/demo/image/fetch/w_50/{elsewhere.url}/there.jpg")
    assert there.status_code == 200
    assert "fetch;dur=" in there.headers["server-timing"]
    assert server.get(f"/demo/image/fetch/w_50/{elsewhere.url}/gone.jpg").status_code == 404
    assert server.get("/demo/image/fetch/w_50/http://127.0.0.2:1/x.jpg").status_code == 401

    def settled() -> str:
        """What is told once images were evicted and what is left was counted: both come after the answers."""
        told = server.get("/metrics").text
        evicted = value(told, "keepsight_evicted_images_total") > 0
        return told if evicted and 0 < value(told, "keepsight_derived_bytes") <= 20 * 1024 else ""

    text = until(settled)
    for step in steps | {"fetch"}:
        assert value(text, "keepsight_step_seconds_count", step=step) >= 1, step
    for queue in ("image", "fetch", "look", "check", "inference", "upload", "call", "studio"):
        assert value(text, "keepsight_queue_room", queue=queue) > 0
        assert value(text, "keepsight_queue_running", queue=queue) == 0
    assert value(text, "keepsight_queue_wait_seconds_count", queue="image") > 60
    assert value(text, "keepsight_evicted_images_total") > 0
    assert value(text, "keepsight_evicted_bytes_total") > 0
    assert 0 < value(text, "keepsight_derived_bytes") <= value(text, "keepsight_derived_max_bytes") == 20 * 1024
    assert value(text, "keepsight_memory_cache_bytes") > 0
    assert value(text, "keepsight_models", state="missing") > 0
    assert [value(text, "keepsight_fetches_total", outcome=o) for o in ("fetched", "missing", "refused")] == [1, 1, 1]
    assert value(text, "keepsight_fetched_bytes_total") > 1000
    assert value(text, "keepsight_jobs", state="waiting") == 0
    assert value(text, "keepsight_ready", check="catalogue") == 1
    assert value(text, "keepsight_build_info") == 1
    assert value(text, "keepsight_resident_bytes") > 10_000_000


def test_an_answer_without_a_model_that_was_asked_for_is_counted(server: Server) -> None:
    assert "faces" in server.image("c_thumb,g_face,w_64,h_64", "tom").headers["x-focus"]
    text = server.get("/metrics").text
    assert value(text, "keepsight_degraded_answers_total", model="faces", reason="unavailable") >= 1
    assert value(text, "keepsight_inference_failures_total") == 0, "a model that is missing has not failed"


def test_openmetrics_for_those_who_ask_for_it(server: Server) -> None:
    answer = server.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert "_created" not in answer.text


def test_labels_have_few_values_and_none_of_a_request(server: Server) -> None:
    for number in range(20):
        server.image(f"w_{number + 10}", f"unheard-of-{number}")
        server.get(f"/v1_1/demo/resources/image/upload/unheard-of-{number}", Authorization="Basic unheard-of")
    text = server.get("/metrics").text
    assert "unheard" not in text
    assert len([line for line in text.splitlines() if not line.startswith("#")]) < 900


def test_who_may_read_the_metrics(server: Server) -> None:
    assert server.get("/metrics").status_code == 200
    for headers in (
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "203.0.113.9, 127.0.0.1"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 a-proxy"},
        {"X-Real-IP": "203.0.113.9"},
        {"Authorization": "Bearer " + METRICS_TOKEN[:-1]},
    ):
        answer = server.get("/metrics", **headers)
        assert answer.status_code == 403, headers
        assert "server.metrics" in answer.json()["error"]["message"]
        assert "keepsight_" not in answer.text
    with_token = {"Authorization": f"Bearer {METRICS_TOKEN}", "X-Forwarded-For": "203.0.113.9"}
    assert server.get("/metrics", **with_token).status_code == 200


def test_networks_that_may_read_the_metrics(start: Start, media: Path) -> None:
    server = start(media, KEEPSIGHT_SERVER__METRICS="203.0.113.0/24", KEEPSIGHT_MODELS__WEIGHTS=str(media))
    assert server.get("/metrics").status_code == 403
    assert server.get("/metrics", **{"X-Forwarded-For": "203.0.113.9"}).status_code == 200
    assert server.get("/metrics", **{"X-Forwarded-For": "203.0.112.9"}).status_code == 403


def test_ready_says_what_is_well_and_what_is_not(start: Start, media: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    server = start(folder, KEEPSIGHT_CLOUD__API_SECRET=SECRET, KEEPSIGHT_MODELS__WEIGHTS=str(media))
    until(lambda: server.get("/ready").status_code == 200)
    checks = {"models": "ok", "media": "ok", "catalogue": "ok", "store": "ok"}
    assert server.get("/ready").json() == {"status": "ready", "checks": checks}
    folder.rename(tmp_path / "elsewhere")
    until(lambda: server.get("/ready").status_code == 503)
    answer = server.get("/ready")
    assert answer.json() == {"status": "not ready", "checks": checks | {"media": "no folder of upload pictures"}}
    assert answer.headers["cache-control"] == "no-store"
    assert value(server.get("/metrics").text, "keepsight_ready", check="media") == 0
    assert server.get("/health").status_code == 200, "alive all the same"
    (tmp_path / "elsewhere").rename(folder)
    until(lambda: server.get("/ready").status_code == 200)


def test_each_request_has_a_line_and_its_name_is_in_all_of_them(server: Server) -> None:
    answer = server.image("c_fill,g_auto,w_77,h_77", "tom", **{"X-Request-Id": "named-by-the-cdn"})
    assert answer.headers["x-request-id"] == "named-by-the-cdn"
    (line,) = until(lambda: lines_of(server, "named-by-the-cdn"))
    assert line["event"] == "request"
    assert line["path"] == "/demo/image/upload/c_fill,g_auto,w_77,h_77/tom"
    assert (line["method"], line["status"], line["outcome"]) == ("GET", 200, "miss")
    assert line["bytes"] == len(answer.content)
    assert line["focus"].startswith("auto")
    assert line["ms"] > 0
    call = server.get("/v1_1/demo/ping", Authorization=f"Bearer {TOKEN}")
    assert until(lambda: lines_of(server, call.headers["x-request-id"]))[0]["surface"] == "api"


def test_lines_of_threads_carry_the_name_of_their_request(server: Server, elsewhere: Site) -> None:
    server.get(f"/demo/image/fetch/w_50/{elsewhere.url}/missing.jpg", **{"X-Request-Id": "of-a-thread"})
    until(lambda: len(lines_of(server, "of-a-thread")) == 2)
    told = [line["event"] for line in lines_of(server, "of-a-thread")]
    assert told == ["fetch.failed", "request"], "the first of them from a thread"


def test_no_secret_is_in_the_log(server: Server, elsewhere: Site) -> None:
    """Good and bad calls that bring secrets, signatures and tokens wherever they may stand."""
    picture = {"file": ("tom.jpg", b"no picture at all")}
    hidden = "hidden-word"
    before = sum(line["event"] == "request" for line in lines(server))
    server.get(f"/demo/image/upload/s--{hidden[:8]}--/w_10/tom.jpg")
    server.get(f"/demo/image/upload/w_10/tom.jpg?__cld_token__=exp=1~hmac={hidden}", Cookie=f"__cld_token__={hidden}")
    server.get(f"/demo/image/fetch/{elsewhere.url.replace('://', f'://me:{hidden}@')}/a.jpg")
    server.get(f"/demo/image/fetch/{elsewhere.url}/a.jpg%3Fsig%3D{hidden}%26X-Amz-Signature%3D{hidden}")
    httpx.get(f"{server.url}/v1_1/demo/ping", auth=(KEY, SECRET))
    httpx.get(f"{server.url}/v1_1/demo/ping", auth=(KEY, hidden))
    server.get("/v1_1/demo/ping", Authorization=f"Bearer {TOKEN}")
    server.get("/v1_1/demo/ping", Authorization=f"Bearer {hidden}")
    server.get("/metrics", Authorization=f"Bearer {METRICS_TOKEN}")
    upload = f"{server.url}/v1_1/demo/image/upload"
    httpx.post(upload, data={"api_key": KEY, "timestamp": "1", "signature": NOT_SET}, files=picture)
    httpx.post(upload, data={"api_key": KEY, "api_secret": SECRET, "signature": SECRET}, files=picture)
    httpx.post(upload, json={"api_secret": SECRET, "file": "data:,x"}, headers={"Authorization": f"Bearer {TOKEN}"})
    httpx.post(f"{upload}?api_secret={SECRET}", content=b"\xff\xfe", headers={"Content-Type": "multipart/form-data"})
    server.get(f"/v1_1/demo/image/download?public_id=tom&api_key={KEY}&timestamp=1&signature={NOT_SET}")
    server.get(f"/v1_1/demo/{SECRET}/{TOKEN}")
    until(lambda: sum(line["event"] == "request" for line in lines(server)) >= before + 12)
    text = server.log.read_text("utf-8")
    for secret in (SECRET, TOKEN, METRICS_TOKEN, hidden, hidden[:8] + "--", NOT_SET):
        assert secret not in text
        assert httpx.URL(f"http://a/{secret}").raw_path.decode()[1:] not in text


def test_hits_are_told_where_they_are_asked_for_and_nothing_where_nothing_is(start: Start, media: Path) -> None:
    bare = {"KEEPSIGHT_MODELS__WEIGHTS": str(media)}
    loud = start(media, KEEPSIGHT_LOG__HITS="0.5", **bare)
    quiet = start(media, KEEPSIGHT_LOG__REQUESTS="false", KEEPSIGHT_LOG__LEVEL="warning", **bare)
    for server in (loud, quiet):
        for _ in range(5):
            assert server.image("w_30", "tom").status_code == 200

    def outcomes() -> list[str]:
        return [line["outcome"] for line in lines(loud) if line["event"] == "request"]

    until(lambda: len(outcomes()) >= 3)
    assert outcomes() == ["miss", *["memory_hit"] * 2]
    assert [line["event"] for line in lines(quiet)] == ["development mode"]


def test_several_processes_tell_one_sum_also_after_one_is_killed(start: Start, media: Path) -> None:
    server = start(media, KEEPSIGHT_SERVER__WORKERS="2", KEEPSIGHT_MODELS__WEIGHTS=str(media))

    def told(name: str, **labels: str) -> float:
        return value(server.get("/metrics").text, f"keepsight_{name}", **labels)

    until(lambda: told("processes") == 2)
    for number in range(20):
        assert server.image(f"w_{20 + number}", "tom").status_code == 200
    until(lambda: told("requests_total", surface="delivery", outcome="miss") == 20)
    assert told("step_seconds_count", step="encode") == 20
    until(lambda: told("derived_images") == 20)  # seen by both, told once
    folder = next(path for path in (server.data / "metrics").iterdir() if path.is_dir())
    processes = [path.stem.rpartition("_")[2] for path in folder.glob("counter_*.db")]
    victim = next(int(process) for process in processes if process.isdigit() and Path("/proc", process).exists())
    os.kill(victim, signal.SIGKILL)
    until(lambda: not list(folder.glob(f"*_{victim}.db")) if told("processes") else False)
    assert told("requests_total", surface="delivery", outcome="miss") == 20
    assert told("step_seconds_count", step="encode") == 20
    until(lambda: told("processes") == 2)  # uvicorn started another one
    assert server.image("w_99", "tom").status_code == 200
    until(lambda: told("requests_total", surface="delivery", outcome="miss") == 21)
