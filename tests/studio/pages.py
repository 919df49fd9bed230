"""The page in a real Chromium: what is waited for, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.waiting import PATIENCE

SECONDS = PATIENCE
"""For one expectation, on a machine that is busy with other things."""
PAGES = {"crop": ".reason li", "detect": "pre.code", "objects": ".word", "library": ".asset", "picture": "iframe"}
"""Each with what is there once it has its answers."""
BOTH = "photo=upload%2Fpets%2Fboth.jpg"

Page = Any  # of Playwright, which may not be installed
Visit = Callable[..., Page]


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def expect_address(page: Page, pattern: str) -> str:
    """Wait until the address that the page shows fits."""
    code = page.locator("pre.code").first
    page.wait_for_function(
        "([element, pattern]) => new RegExp(pattern).test(element.textContent)", arg=[code.element_handle(), pattern]
    )
    return code.text_content()
