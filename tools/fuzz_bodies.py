"""Throw inputs at the readers of request bodies, guided by coverage: nothing but a refusal may come.

    make fuzz

Every input is a content type and a body, cut into pieces at any place: multipart, url-encoded, JSON. What is
understood is read on as the parameters of an upload. The exit status is 0 when all were answered.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import atheris
from fuzzing import fuzz, heap

with atheris.instrument_imports(include=["keepsight.api", "multipart"]):
    from starlette.requests import Request

    from keepsight.api.auth import string_to_sign
    from keepsight.api.form import Allowed, Room, received
    from keepsight.api.parsing import parsed
    from keepsight.api.upload.parameters import UploadParameters
    from keepsight.api.upload.source import data_uri
from keepsight.errors import RequestError

_TYPES = [
    "multipart/form-data; boundary=b",
    "application/json",
    "application/x-www-form-urlencoded",
    'multipart/form-data; boundary="b"',
    "multipart/form-data",
    "text/plain",
    "",
    "multipart/form-data; boundary=",
]
_PART = "Content-Disposition: form-data; name"
_MULTIPART = ["--b\r\n", "--b--\r\n", "\r\n", "\r\n\r\n", "\n", "--", "--b", "x", "a,b", "Content-Type: text/plain"]
_MULTIPART += [f'{_PART}="file"', '; filename="x.jpg"', f'{_PART}="tags"', f'{_PART}="a[]"', f"{_PART}*=UTF-8''%FF"]
_JSON = r"""
{ } [ ] : , "tags" "context" "eager" "custom_coordinates" "metadata" "auto_tagging" "a|b=c" "\ud800" 1 -1e9 1e999 NaN
null true 0.5
"""
_FORM = """
tags= context= metadata= eager= custom_coordinates= face_coordinates= auto_tagging= folder= detection= public_ids[]=
a%3Db|c & = [[ %FF c_fill,w_10|jpg 1,2,3,4 nan,1,1,1 1e999,0,0,0 a=[ ../.. coco
"""
_WORDS = (_MULTIPART, _JSON.split(), _FORM.split())

_FOLDER = Path(mkdtemp(prefix="fuzz-"))
_LOOP = asyncio.new_event_loop()


def one(data: bytes) -> None:
    """One input; what it raises is a find."""
    provider = atheris.FuzzedDataProvider(data)
    kind = _TYPES[provider.ConsumeIntInRange(0, len(_TYPES) - 1)]
    if provider.ConsumeBool():
        body = heap(provider, _WORDS, "\r\n=,;").encode("utf-8", "surrogatepass")
    else:
        body = provider.ConsumeBytes(2_000)
    cut = len(body) * (data[0] if data else 0) // 255
    _LOOP.run_until_complete(_answered(kind, [body[:cut], body[cut:]]))
    assert not any(_FOLDER.iterdir())


async def _answered(kind: str, pieces: list[bytes]) -> None:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    headers = [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"", "scheme": "http"}
    room = Room(1 << 20, 4)
    try:
        async with received(Request(scope, receive), Allowed(_FOLDER, 10_000, room, 60)) as body:
            string_to_sign(body.parameters)
            if body.file is not None:
                data_uri(body.file.path.read_bytes(), 10_000)
            assert str(parsed(UploadParameters, body.values()))
    except RequestError as refusal:
        assert str(refusal)
    assert room.bytes == room.bodies == 0


if __name__ == "__main__":
    fuzz(one)
