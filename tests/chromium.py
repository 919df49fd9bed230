"""The system's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import Any

import pytest


@contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    """A running browser; skips the test where there is none.

    One at a time: Playwright's driver keeps an event loop in this thread while it runs, so fixtures of packages hold
    it and none of the session.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra [test]: playwright")
    program = which("chromium") or which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium, which is not installed")
    with playwright.sync_playwright() as driver:
        # A container has no user namespaces for the sandbox, and little shared memory.
        running = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", *arguments]
        )
        yield running
        running.close()
