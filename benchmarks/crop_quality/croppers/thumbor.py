"""A running thumbor with its `smart` detector: its `/meta/` answer says where it would cut."""

from __future__ import annotations

import json
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case


class Thumbor:
    """Asked over HTTP. The server must load files by their absolute path (`FILE_LOADER_ROOT_PATH = "/"`)."""

    name = "thumbor"
    blind = True

    def __init__(self, url: str) -> None:
        """`url` is the server, such as `http://127.0.0.1:8888`."""
        self._url = url.rstrip("/")

    def crop(self, case: Case) -> Box:
        """The box of its last crop, in source pixels; the whole photo where it cuts nothing."""
        photo, request = case.task.photo, case.task.ratio.request
        path = quote(str(photo.path.resolve()).lstrip("/"))
        address = f"{self._url}/unsafe/meta/{request.width}x{request.height}/smart/{path}"
        with urlopen(address, timeout=60) as answer:  # noqa: S310 - the address is the caller's own server
            operations = json.load(answer)["thumbor"]["operations"]
        cuts = [o for o in operations if o["type"] == "crop"]
        if not cuts:
            return Box(0, 0, photo.size.width, photo.size.height)
        cut = cuts[-1]
        return Box(cut["left"], cut["top"], cut["right"], cut["bottom"])
