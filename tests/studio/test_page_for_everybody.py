"""The page without a mouse, for screen readers, in both themes and on a narrow screen."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Server
from tests.studio.pages import BOTH, PAGES, Page, Visit, copied, expect_address


def test_by_keyboard_alone(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#crop?{BOTH}")
    expect_address(page, "c_fill")
    page.get_by_role("button", name=re.compile("^dog")).wait_for()

    def tab_to(wanted: str, key: str = "Tab") -> None:
        for _ in range(80):
            page.keyboard.press(key)
            said = page.evaluate(
                "(e => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent)(document.activeElement)"
            )
            if re.search(wanted, said):
                outline = page.evaluate(
                    "[document.activeElement, document.activeElement.nextElementSibling]"
                    ".filter(Boolean).map((element) => getComputedStyle(element).outlineStyle).join()"
                )
                assert "solid" in outline or "auto" in outline, wanted
                return
        pytest.fail(f"{wanted} cannot be reached by {key}")

    tab_to("Skip to the page")
    page.keyboard.press("Enter")
    tab_to("^Fill$")
    page.keyboard.press("ArrowRight")
    expect_address(page, "c_thumb")
    tab_to("^dog")
    page.keyboard.press("Enter")
    expect_address(page, "g_auto:dog")
    tab_to("Weight of dog")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect_address(page, "g_auto:dog_90")
    tab_to("^Width")
    page.keyboard.press("Control+A")
    page.keyboard.type("320")
    expect_address(page, "w_320")
    tab_to("^Size of the result")
    page.keyboard.press("ArrowDown")
    expect_address(page, "h_(49|[1-4])")
    tab_to("^Copy address and code")
    page.keyboard.press("Enter")
    page.get_by_text("Copied").first.wait_for()
    assert "g_auto:dog_90" in copied(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_barriers(visit: Visit, server: Server, locked: Server, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra [test]: axe").Axe()
    page = visit(f"{server.url}/studio#crop?{BOTH}&objects=dog~cat!", theme=theme, quiet=False)
    found = []
    for name, there in PAGES.items():
        page.goto(f"{server.url}/studio#{name}?{BOTH if name != 'objects' else 'q=bird'}&objects=dog~cat!")
        page.locator(f"main[data-page={name}] {there}").first.wait_for()
        found += _violations(axe, page, name)
    page.goto(f"{locked.url}/studio")
    page.get_by_label("API secret").wait_for()
    found += _violations(axe, page, "login")
    assert not found


def _violations(axe: Any, page: Page, name: str) -> list[str]:
    return [
        f"{name}: {each['id']} ({each['impact']}) {[node['target'] for node in each['nodes']][:3]}"
        for each in axe.run(page).response["violations"]
        if each["impact"] in ("serious", "critical", "moderate")
    ]


def test_a_narrow_screen_is_never_wider_than_it_is(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#crop?{BOTH}&objects=dog", size=(390, 844), quiet=False)
    for name, there in PAGES.items():
        page.goto(f"{server.url}/studio#{name}?{BOTH if name != 'objects' else 'q=bird'}")
        page.locator(f"main[data-page={name}] {there}").first.wait_for()
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, (name, width)


def test_the_theme_is_chosen_and_remembered(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#objects")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark colours").click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    page.get_by_role("button", name="Light colours").wait_for()
    assert page.evaluate(background) == dark


@pytest.mark.skipif("KEEPSIGHT_STUDIO_SHOTS" not in os.environ, reason="writes pictures of the page into that folder")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures_of_the_page(visit: Visit, server: Server, theme: str, width: int) -> None:
    folder = Path(os.environ["KEEPSIGHT_STUDIO_SHOTS"])
    page = visit(f"{server.url}/studio", theme=theme, size=(width, 1000))
    for name, there in PAGES.items():
        page.goto(f"{server.url}/studio#{name}?{BOTH if name != 'objects' else 'q=bird'}&mode=thumb&objects=dog")
        page.locator(f"main[data-page={name}] {there}").first.wait_for()
        page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
