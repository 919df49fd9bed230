"""The bare address: a small page for people, JSON for programs."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel

from keepsight import __version__
from keepsight.examples import Example, Examples
from keepsight.settings import Settings, is_loopback

_STYLE = """
:root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif;--line:#8884}
body{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{font-size:1.6rem;margin:0 0 .25rem}
.studio{display:inline-block;margin:1rem 0;padding:.6rem 1.1rem;border-radius:.5rem;background:#0b6b57;color:#fff;
text-decoration:none;font-weight:600}
.studio:focus-visible{outline:3px solid #1b998b;outline-offset:3px}
ul{list-style:none;padding:0;display:grid;gap:1.25rem;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}
li{border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
img{display:block;width:100%;height:16rem;object-fit:contain}
code{font-size:.85rem;overflow-wrap:anywhere}
"""
_POLICY = (
    "default-src 'none'; img-src 'self'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Vary": "Accept", "Cache-Control": "no-cache"}


class Root(BaseModel):
    """What is here, for programs."""

    service: str
    version: str
    pictures: str
    """Where the pictures are: a delivery path with its parts in angle brackets."""
    studio: str | None
    """Path of the page to crop with; None where it is turned off."""


def front_router(settings: Settings, examples: Examples | None) -> APIRouter:
    """The route of the bare address. Without `examples` the page tells nothing about the pictures that there are."""
    router = APIRouter()
    told = Root(
        service="Keepsight",
        version=__version__,
        pictures=f"/{settings.cloud.name}/image/upload/<transformation>/<public id>",
        studio="/studio" if settings.studio_open else None,
    )
    answers: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}

    @router.head("/", include_in_schema=False)
    @router.get("/", response_model=Root, responses=answers)
    def root(request: Request, accept: Annotated[str, Header(include_in_schema=False)] = "") -> Response:
        """Where the pictures are: a page for a browser, JSON for whoever does not ask for a page."""
        if not wants_page(accept):
            return JSONResponse(told.model_dump(), headers=_HEADERS)
        # Another machine's page whose name leads here may ask, too: it is told as much as any stranger.
        shown = examples.find() if examples is not None and is_loopback(request.url.hostname or "") else ()
        return HTMLResponse(_page(told, shown), headers=_HEADERS | {"Content-Security-Policy": _POLICY})

    return router


def wants_page(accept: str) -> bool:
    """Whether an Accept header names HTML and likes JSON no better (RFC 9110, section 12.5.1)."""
    weights = {}
    for part in accept.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        weights[name] = next((_weight(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    page = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    return page > 0 and page >= weights.get("application/json", 0.0)


def _weight(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def _item(example: Example) -> str:
    path, says = escape(example.path), escape(example.says)
    picture = f'<a href="{path}"><img src="{path}" alt="{says}" loading="lazy"></a>'
    return f"<li>{picture}<p>{escape(example.public_id)}: {says}</p><code>{path}</code></li>"


def _page(told: Root, examples: tuple[Example, ...]) -> str:
    way = '<p><a class="studio" href="/studio">Open the studio</a></p>' if told.studio else ""
    items = "".join(map(_item, examples))
    shown = f"<h2>On the pictures here</h2><ul>{items}</ul>" if items else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Keepsight</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>Keepsight</h1>"
        f"<p>Version {escape(told.version)}. Pictures are at <code>{escape(told.pictures)}</code></p>"
        f'{way}{shown}<p><a href="/models">Models that find things</a> · <a href="/health">Health</a></p>'
        "</main></body></html>"
    )
