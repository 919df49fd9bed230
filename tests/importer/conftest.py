"""A cloud that answers as the Admin API is documented, over HTTP on the loopback, and misbehaves as a test says.

The forms are those of the published OpenAPI description: listings without etag and coordinates, `info` of named
transformations as parameters with long names, presets with text values, cursors, dates in the headers of the limit.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from rich.console import Console

from keepsight.api.auth import string_to_sign
from keepsight.assets.catalogue.asset import Asset, AssetName
from keepsight.importer.account import Account
from keepsight.importer.bringing import How
from keepsight.importer.progress import Progress
from keepsight.importer.report import Report
from keepsight.importer.run import PARTS, Import, Request
from keepsight.importer.source import Filter
from keepsight.importer.target import find_assets, open_target
from keepsight.settings import Settings, load_settings
from tests.serving import Handler, serving

Json = dict[str, Any]
ALL, USUAL = Filter(), How(4, overwrite=False, with_details=True)
SECRET = "made up for this test"
Meddle = Callable[[Handler, str], bool]
"""Called with a request and its path before it is answered; True when it has answered itself."""


@dataclass
class Cloud:
    """What it holds, and what it was asked."""

    assets: dict[str, Json] = field(default_factory=dict)
    """By `image/upload/pets/tom`."""
    files: dict[str, bytes] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    transformations: dict[str, list[Json]] = field(default_factory=dict)
    presets: list[Json] = field(default_factory=list)
    page: int = 2
    """Most results of a page, however many are asked for."""
    meddle: Meddle = lambda _handler, _path: False
    calls: Counter[str] = field(default_factory=Counter)
    """Paths behind the name of the cloud, without what follows `?`."""
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: str, content: bytes, **said: Any) -> Json:
        """Put an asset there, or another version of it."""
        resource_type, type_, public_id = key.split("/", 2)
        extension = said.get("format")
        path = f"{resource_type}/{type_}/v{said.get('version', 1_600_000_000)}/{public_id}"
        path += f".{extension}" if extension else ""
        self.files[key] = content
        self.assets[key] = {
            "asset_id": md5(key.encode()),
            "public_id": public_id,
            "version": 1_600_000_000,
            "resource_type": resource_type,
            "type": type_,
            "created_at": "2020-09-13T12:26:40Z",
            "bytes": len(content),
            "url": f"{self.url}/res/{path}",
            "secure_url": f"{self.url}/res/{path}",
        } | said
        return self.assets[key]

    def answer(self, handler: Handler) -> None:
        parts = urlsplit(handler.path)
        path = unquote(parts.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self.lock:
            self.calls[path.removeprefix("/v1_1/acme/")] += 1
        if self.meddle(handler, path):
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if path.startswith("/res/"):
            self._file(handler, path)
        elif path.endswith("/download"):
            self._download(handler, path.split("/")[-2], query)
        elif handler.headers.get("Authorization") != f"Basic {base64.b64encode(f'key:{SECRET}'.encode()).decode()}":
            give(handler, 401, {"error": {"message": "unknown api_key"}})
        else:
            found = self._admin(path.removeprefix("/v1_1/acme/"), query, json.loads(body) if body else {})
            give(handler, 404 if found is None else 200, found or {"error": {"message": "Resource not found"}})

    def _admin(self, path: str, query: Json, body: Json) -> Json | None:
        match path.split("/", 3):
            case ["resources", kind, "tags", tag]:
                found = [a for k, a in self.assets.items() if k.startswith(kind) and tag in a.get("tags", ())]
                return self._paged("resources", [listing(asset) for asset in found], query)
            case ["resources", kind, type_]:
                start = f"{kind}/{type_}/{query.get('prefix', '')}"
                found = [asset for key, asset in self.assets.items() if key.startswith(start)]
                return self._paged("resources", [listing(asset) for asset in found], query)
            case ["resources", kind, type_, public_id]:
                asset = self.assets.get(f"{kind}/{type_}/{public_id}")
                etag = md5(self.files[f"{kind}/{type_}/{public_id}"]) if asset else ""
                return asset and {"etag": etag, "derived": [], **asset}
            case ["folders", "search"]:
                found = [{"name": each.rpartition("/")[2], "path": each, "external_id": each} for each in self.folders]
                return self._paged("folders", found, body)
            case ["folders", *above]:
                parent = "/".join(above)
                below = [each for each in self.folders if each.rpartition("/")[0] == parent]
                found = [{"name": each.rpartition("/")[2], "path": each, "external_id": each} for each in below]
                return {"folders": found, "next_cursor": None, "total_count": len(found)}
            case ["transformations"] if "transformation" in query:
                name = query["transformation"].removeprefix("t_")
                return {"name": name, "allowed_for_strict": True, "named": True, "info": self.transformations[name]}
            case ["transformations"]:
                found = [
                    {"name": f"t_{name}", "allowed_for_strict": True, "named": True, "used": True}
                    for name in self.transformations
                ]
                return self._paged("transformations", found, query)
            case ["upload_presets"]:
                return self._paged("presets", self.presets, query)
        return None

    def _paged(self, items: str, found: list[Json], query: Json) -> Json:
        at = int(query.get("next_cursor", "0").removeprefix("at"))
        more = {"next_cursor": f"at{at + self.page}"} if len(found) > at + self.page else {}
        return {items: found[at : at + self.page]} | more

    def _file(self, handler: Handler, path: str) -> None:
        key = next((key for key, each in self.assets.items() if urlsplit(each["url"]).path == path), None)
        if key is None or key.split("/")[1] != "upload":
            handler.give(404)
        else:
            handler.give(200, self.files[key], Content_Type="application/octet-stream", ETag='"one"')

    def _download(self, handler: Handler, resource_type: str, query: Json) -> None:
        signature = query.pop("signature", "")
        signed = string_to_sign(tuple(query.items())) + SECRET
        if (
            hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest() != signature
            or query.get("api_key") != "key"
        ):
            give(handler, 401, {"error": {"message": "Invalid Signature"}})
            return
        content = self.files.get(f"{resource_type}/{query['type']}/{query['public_id']}")
        handler.give(200 if content is not None else 404, content or b"")


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def listing(asset: Json) -> Json:
    """As a listing has it: no coordinates, no etag."""
    return {name: value for name, value in asset.items() if name not in ("coordinates", "etag", "info")}


def give(handler: Handler, status: int, answer: Json, **headers: str) -> None:
    handler.give(status, json.dumps(answer).encode(), Content_Type="application/json", **headers)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    made = Cloud()
    with serving(made.answer) as site:
        made.url = site.url
        yield made


@dataclass
class Local:
    """Settings to import into, and what is there."""

    settings: Settings

    def run(
        self,
        cloud: Cloud,
        *,
        parts: tuple[str, ...] = PARTS,
        dry_run: bool = False,
        wanted: Filter = ALL,
        again: bool = False,
        how: How = USUAL,
        lines: Path | None = None,
        stop: threading.Event | None = None,
    ) -> Report:
        """One import; what is said meanwhile goes to `lines`."""
        account = Account("acme", "key", SECRET, cloud.url, named_prefix=True)
        report = Report("acme", dry_run)
        with (lines or Path("/dev/null")).open("w", encoding="utf-8") as file:
            request = Request(account, frozenset(parts), wanted, how, again=again)
            run = Import(self.settings, request, Progress(Console(file=file)), stop or threading.Event(), report)
            run.try_out() if dry_run else run.run()
        return report

    def find(self, key: str) -> Asset | None:
        name = AssetName(*key.split("/", 2))
        target = open_target(self.settings)
        try:
            return find_assets(target.database, [name]).get(name)
        finally:
            target.close()


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    monkeypatch.setenv("KEEPSIGHT_STORAGE__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    return Local(load_settings())
