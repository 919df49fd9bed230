"""The log of a process: what is in a line, and what never is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

SECRET = 'a "secret" of ours, with ä'
SAYS = f"""
import logging, sys
import structlog
from keepsight.telemetry.log import configure_logging
secret = {SECRET!r}
configure_logging(sys.argv[1], [secret])
log = structlog.get_logger()
with structlog.contextvars.bound_contextvars(request_id="a-name"):
    log.debug("low")
    log.info("told", password="hidden", url="https://me:pass@host/", text=secret)
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("%s with %s", "trouble", secret)
    def fails(api_secret):
        raise ValueError("it failed")
    try:
        fails("a local value")
    except ValueError:
        log.exception("failed")
        logging.getLogger("uvicorn.error").exception("failed, too")
"""


def said(level: str) -> tuple[list[dict[str, object]], str]:
    done = subprocess.run([sys.executable, "-c", SAYS, level], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()], done.stderr


def test_each_line_is_json_with_the_name_of_its_request() -> None:
    lines, _ = said("info")
    assert [line["event"] for line in lines] == ["told", f"trouble with {'***'}", "failed", "failed, too"]
    assert {line["request_id"] for line in lines} == {"a-name"}
    assert [line["level"] for line in lines] == ["info", "warning", "error", "error"]
    assert all("timestamp" in line for line in lines)
    assert lines[1]["logger"] == "some.library"


def test_no_secret_and_no_value_of_a_variable_is_in_a_line() -> None:
    _, text = said("debug")
    assert "it failed" in text
    assert "fails" in text, "the traceback is there"
    for hidden in ("a local value", "secret\\", SECRET, "ours", "pass@"):
        assert hidden not in text


def test_levels() -> None:
    assert [line["event"] for line in said("error")[0]] == ["failed", "failed, too"]
    assert {"low", "chatter"} <= {line["event"] for line in said("debug")[0]}


def test_a_line_is_one_write() -> None:
    """Several processes write to one stream: what is written in pieces would lie between another's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # tells one write from the next
    with ours, theirs:
        subprocess.run([sys.executable, "-c", SAYS, "info"], stderr=theirs, check=True)
        theirs.close()
        written = list(iter(lambda: ours.recv(1 << 16), b""))
    assert len(written) == 4
    for line in written:
        assert line.endswith(b"\n")
        json.loads(line)
