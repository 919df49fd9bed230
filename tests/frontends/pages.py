"""What a page shows: every `<img>` of it as the browser loaded it, and every address that it might have taken."""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image

from tests.waiting import PATIENCE

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
ANYTHING = "*/*"
"""Gets no AVIF, which takes long to make."""
HOST = "pictures.example"

_IMAGES = """() => [...document.images].map((each) => ({
  alt: each.alt,
  address: each.currentSrc,
  candidates: [each, ...(each.closest("picture")?.querySelectorAll("source") ?? [])]
    .flatMap((element) => [element.src, ...(element.srcset ?? "").split(/,\\s+/)])
    .map((part) => part?.trim().split(/\\s+/)[0])
    .filter((address) => address && !address.startsWith("data:")),
}))"""

_MISSING = """() => [...document.images].filter((each) => !(each.complete && each.naturalWidth > 0))
  .map((each) => `${each.alt}: ${each.currentSrc}`)"""


@dataclass(frozen=True)
class Pictures:
    """The pictures of a page by their alternative text."""

    sizes: dict[str, tuple[int, int]]
    """Width and height of the file that the browser took."""
    addresses: dict[str, str]
    candidates: dict[str, tuple[str, ...]]
    warnings: dict[str, str]
    """What the server says to have ignored, by address."""
    requested: tuple[str, ...]
    """Every address of a picture that the browser asked for, those that were shown for a moment too."""

    @staticmethod
    def of(context: Any, url: str, origin: str) -> Pictures:
        """Those of the page at `url`; `origin` answers for pictures.example.

        Fails on an error in the console, on a failed request, on a picture that is not there, and on an address in a
        `srcset` under which there is none.
        """
        complaints: list[str] = []
        requested: list[str] = []
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1_000)
        page.on("pageerror", lambda error: complaints.append(f"page: {error}"))
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("request", lambda sent: requested.append(sent.url) if urlsplit(sent.url).hostname == HOST else None)
        page.goto(url, wait_until="networkidle")
        for image in page.locator("img").all():  # those that wait until they are near
            image.evaluate("(each) => each.scrollIntoView()")
            page.wait_for_timeout(30)
        ends = time.monotonic() + PATIENCE
        while page.evaluate(_MISSING) and not complaints and time.monotonic() < ends:
            page.wait_for_timeout(50)
        page.wait_for_load_state("networkidle")
        found = page.evaluate(_IMAGES)
        reasons = [f"{address} {_reason(address, origin)}" for address in _refused(complaints)]
        assert not complaints, "\n".join([*complaints, *reasons])
        assert page.evaluate(_MISSING) == []
        assert found, "the page shows no picture"
        alts = [each["alt"] for each in found]
        assert len(set(alts)) == len(alts), "each picture has a text of its own"
        sizes, warnings = {}, {}
        for each in found:
            for address in dict.fromkeys([each["address"], *each["candidates"]]):
                assert urlsplit(address).hostname == HOST, address
                answer = ask(address, origin, CHROME if address == each["address"] else ANYTHING)
                assert answer.status_code == 200, f"{address} {answer.headers.get('x-cld-error')}"
                if "x-cld-warning" in answer.headers:
                    warnings[address] = answer.headers["x-cld-warning"]
                with Image.open(io.BytesIO(answer.content)) as image:
                    image.load()
                    if address == each["address"]:
                        sizes[each["alt"]] = image.size
        return Pictures(
            sizes,
            {each["alt"]: each["address"] for each in found},
            {each["alt"]: tuple(dict.fromkeys(each["candidates"])) for each in found},
            warnings,
            tuple(requested),
        )


Gallery = Callable[[str], Pictures]
UNCHECKED = ssl.create_default_context()
"""For a server whose certificate nobody signed."""
UNCHECKED.check_hostname, UNCHECKED.verify_mode = False, ssl.CERT_NONE


def ask(address: str, origin: str, accept: str = CHROME) -> httpx.Response:
    """What `origin` answers for an address of pictures.example, as to Chrome."""
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return httpx.get(origin + path, headers={"Host": HOST, "Accept": accept}, verify=UNCHECKED, timeout=PATIENCE)


def _refused(complaints: list[str]) -> list[str]:
    told = [each.split(" ", 1) for each in complaints if each[:3].isdigit()]
    return [address for _, address in told if urlsplit(address).hostname == HOST]


def _reason(address: str, origin: str) -> str:
    return str(ask(address, origin).headers.get("x-cld-error"))
