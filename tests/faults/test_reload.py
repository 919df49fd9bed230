"""SIGHUP: settings are read again without a restart."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from serving import Handler, serving

from keepsight.reloading import FIXED, reloaded
from keepsight.settings import Settings
from tests.waiting import PATIENCE, until

from .running import Launch, Running

PLAIN = """
[security]
strict_transformations = {strict}
[transformations]
small = "{small}"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def reload(server: Running, event: str, times: int = 1) -> list[dict[str, Any]]:
    """Send SIGHUP, and wait until each process has said what came of it."""
    before = len(server.said(event))
    server.signal(signal.SIGHUP)
    until(lambda: len(server.said(event)) >= before + times)
    return [json.loads(line) for line in server.said(event)[before:]]


@pytest.mark.parametrize("processes", [1, 2])
def test_a_changed_file_is_taken_over_and_a_wrong_one_is_not(launch: Launch, tmp_path: Path, processes: int) -> None:
    config = written(tmp_path, PLAIN.format(strict="false", small="c_scale,w_40"))
    server = launch("--config", str(config), "--workers", str(processes), CLOUD__API_SECRET="secret")
    until(lambda: len(server.said("unsafe setting")) >= processes)  # each says so when it has read its settings

    def widths() -> set[str]:
        """Of several answers: every process gives some."""
        return {server.image("t_small/fl_getinfo").text for _ in range(4 * processes)}

    assert {json.loads(text)["output"]["width"] for text in widths()} == {40}
    pid = server.process.pid
    written(tmp_path, PLAIN.format(strict="false", small="c_scale,w_50") + "[server]\nport = 1\n")
    for said in reload(server, "settings.reloaded", processes):
        assert said["changed"] == ["transformations"]
        assert said["after_a_restart"] == []  # the port was given on the command line
    assert {json.loads(text)["output"]["width"] for text in widths()} == {50}

    written(tmp_path, PLAIN.format(strict='"maybe"', small="c_scale,w_60") + "[limits]\nqueue = 0\n")
    [refused] = reload(server, "settings.refused")
    assert sorted(fault.partition(":")[0] for fault in refused["faults"]) == [
        "limits.queue",
        "security.strict_transformations",
    ]
    assert {json.loads(text)["output"]["width"] for text in widths()} == {50}

    written(tmp_path, PLAIN.format(strict="true", small="c_scale,w_50"))
    reload(server, "settings.reloaded", processes)
    assert {server.image("t_small").status_code for _ in range(4 * processes)} == {401}  # what lay in memory, too
    assert (server.process.poll(), server.process.pid) == (None, pid)


def test_who_asked_before_is_answered_by_the_old_settings(launch: Launch, media: Path, tmp_path: Path) -> None:
    photo, gate = (media / "tom.jpg").read_bytes(), threading.Event()

    def slow(handler: Handler) -> None:
        gate.wait(PATIENCE)
        handler.give(200, photo, Content_Type="image/jpeg")

    with serving(slow) as site, ThreadPoolExecutor(1) as pool:
        config = written(tmp_path, f'[fetch]\nunsafe_origins = ["{site.url}"]')
        server = launch("--config", str(config))
        path = f"/demo/image/fetch/{{}}/{quote(site.url, safe='')}%2Ftom.jpg"
        asked = pool.submit(server.get, path.format("w_30"))
        until(lambda: site.requests)
        written(tmp_path, "[fetch]\n")
        [said] = reload(server, "settings.reloaded")
        assert said["changed"] == ["fetch.unsafe_origins"]
        assert server.get(path.format("w_31")).status_code == 401
        gate.set()
        assert asked.result().status_code == 200


STARTS = """
import asyncio, sys, threading
ends = threading.Event()
threading.Thread(target=ends.wait, daemon=True).start()  # a library's, that was there before
from keepsight.signals import heard, hold_hangups
async def serves():
    heard_of = asyncio.Event()
    with heard(stop=lambda: None, reload=heard_of.set):
        await asyncio.wait_for(heard_of.wait(), 120)
hold_hangups()
print("holds", flush=True)
sys.stdin.readline()
asyncio.run(serves())
print("heard", flush=True)
"""


def test_a_hangup_while_a_process_starts_is_heard_later() -> None:
    command = [sys.executable, "-c", STARTS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        process.send_signal(signal.SIGHUP)
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert process.stdout.readline() == "heard\n"
        assert process.wait(PATIENCE) == 0


def test_a_hangup_while_processes_start_is_heard_by_each(launch: Launch, tmp_path: Path) -> None:
    config = written(tmp_path, PLAIN.format(strict="false", small="c_scale,w_40"))
    hung_up: list[int] = []

    def starting(process: subprocess.Popen[bytes]) -> None:
        """Sends one as soon as there is a process to hear of it."""
        if not hung_up and children(process.pid):
            process.send_signal(signal.SIGHUP)
            hung_up.append(process.pid)

    server = launch("--config", str(config), "--workers", "2", starting=starting)
    assert hung_up
    until(lambda: len(server.said("settings.reloaded")) == 2)
    assert server.image("t_small").status_code == 200
    assert server.process.poll() is None


def children(pid: int) -> list[str]:
    """Of its main thread, as Linux tells."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_what_is_counted_goes_on(launch: Launch, tmp_path: Path) -> None:
    config = written(tmp_path, PLAIN.format(strict="false", small="c_scale,w_40"))
    server = launch("--config", str(config))

    def missed() -> float:
        told = re.findall(r'^keepsight_requests_total\{.*outcome="miss".*\} (\S+)$', server.get("/metrics").text, re.M)
        return sum(map(float, told))

    assert server.image("t_small").status_code == 200
    until(lambda: missed() == 1)
    written(tmp_path, PLAIN.format(strict="false", small="c_scale,w_50"))
    reload(server, "settings.reloaded")
    assert server.image("t_small").status_code == 200
    until(lambda: missed() == 2)


def test_a_new_secret_is_left_out_of_the_log_at_once_and_the_old_one_still(launch: Launch, tmp_path: Path) -> None:
    old, new = "the-first-long-secret", "the-second-long-secret"
    config = written(tmp_path, f'[cloud]\napi_secret = "{old}"\n')
    server = launch("--config", str(config))
    written(tmp_path, f'[cloud]\napi_secret = "{new}"\n')
    [said] = reload(server, "settings.reloaded")
    assert said["changed"] == ["cloud.api_secret"]
    for secret in (old, new):
        assert server.image("w_10", f"{secret}.jpg").status_code == 404
    until(lambda: len([line for line in server.said("request") if '"status": 404' in line]) == 2)
    log = server.log.read_text("utf-8")
    assert old not in log and new not in log


def changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], Settings]:
    found = reloaded(Settings.model_validate(old), Settings.model_validate(new))
    return found.changed, found.waiting, found.settings


def test_what_was_opened_stays_open() -> None:
    old = {"cloud": {"api_secret": "one"}, "limits": {"threads": 1, "deadline": 5}}
    new = {"cloud": {"api_secret": "two", "previous_secrets": ("one",)}, "limits": {"threads": 2, "deadline": 6}}
    changes, waiting, settings = changed(old, new | {"storage": {"media": "elsewhere"}, "models": {"queue": 1}})
    assert changes == ("cloud.api_secret", "cloud.previous_secrets", "limits.deadline")
    assert waiting == ("storage.media", "models.queue", "limits.threads")
    assert settings.cloud.secrets == ("two", "one")
    assert (settings.limits.threads, settings.limits.deadline) == (1, 6)
    assert settings.storage.media == Path("media")


@pytest.mark.parametrize(("before", "after"), [({}, {"api_secret": "x"}), ({"api_secret": "x"}, {})])
def test_the_first_and_the_last_secret_come_and_go_at_a_start(before: dict[str, str], after: dict[str, str]) -> None:
    changes, waiting, settings = changed({"cloud": before}, {"cloud": after})
    assert (changes, waiting) == ((), ("cloud.api_secret",))
    assert settings.development is not bool(before)


def test_what_is_fixed_is_a_setting() -> None:
    for section, keys in FIXED.items():
        fields = Settings.model_fields[section].annotation.model_fields  # type: ignore[union-attr]
        assert keys is None or keys <= fields.keys()
