"""The files of the page, read once from the package; a path that is none of them is no file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from keepsight.errors import NotFound

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


@cache
def contents() -> Mapping[str, tuple[bytes, str, str]]:
    """Path inside `static/` -> content, media type and ETag."""
    return {
        path: (data, _TYPES[path.rpartition(".")[2]], f'"{hashlib.sha256(data).hexdigest()[:32]}"')
        for path, data in _walk(files("keepsight.studio") / "static", "")
    }


def answer(request: Request, path: str) -> Response:
    """A file of the page, or 304 for one that is known. Raises NotFound."""
    try:
        data, type_, etag = contents()[path]
    except KeyError:
        raise NotFound(f"The studio has no file {path[:80]}") from None
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=type_, headers=headers)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _TYPES:
            yield f"{prefix}{entry.name}", entry.read_bytes()
