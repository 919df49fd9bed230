"""Originals from the cloud, checked byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from keepsight.errors import FetchError, FetchInterrupted, KeepsightError
from keepsight.fetch import Fetcher, Limits
from keepsight.importer.account import Account
from keepsight.importer.rate_limit import Stopped
from keepsight.importer.source_asset import SourceAsset

_ATTEMPTS = 4
_PIECE = 1 << 20

OnBytes = Callable[[int], None]
"""Called with the bytes that have come since the last call."""


class NotTransferred(KeepsightError):
    """A file did not come, or is another one than the API says."""


class Transfer:
    """Fetches originals. Safe to use from several threads."""

    def __init__(
        self, account: Account, max_bytes: int, parts: Path, stop: Event, *, unsafe_origins: Sequence[str] = ()
    ) -> None:
        """`parts` is a folder for what is arriving; `unsafe_origins` are asked although they are private.

        The origin of the API is, too, where whoever gave the command named it; no other address that an answer holds
        may lead into a private network.
        """
        named = (account.prefix,) if account.named_prefix else ()
        self._account, self._parts, self._stop = account, parts, stop
        self._fetcher = Fetcher(Limits(max_bytes), allow_private=(*named, *unsafe_origins))
        self._altered = False

    def read(self, asset: SourceAsset, etag: str | None, on_bytes: OnBytes) -> bytes:
        """The bytes of an original: of the stated size and, if there is an `etag`, with that MD5.

        From where it is delivered or, when that is refused or gives other bytes (an account may have what it delivers
        optimised), by a signed download. Raises NotTransferred, Stopped.
        """
        path = self._parts / hashlib.sha256(asset.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        faults: list[str] = []
        delivered = asset.type == "upload" and asset.url and not self._altered
        if delivered:
            data = self._tried(asset.url, path, asset, etag, on_bytes, faults)
            if data is not None:
                return data
        parameters = {"public_id": asset.public_id, "type": asset.type, "format": asset.format}
        signed = self._account.signed_url(f"{asset.resource_type}/download", parameters)
        data = self._tried(signed, path, asset, etag, on_bytes, faults)
        if data is None:
            raise NotTransferred("; ".join(dict.fromkeys(faults)))
        if delivered and "MD5" in faults[0]:
            self._altered = True  # of the others, too: not each twice
        return data

    def _tried(  # noqa: PLR0913, PLR0917 - one try with all that it is checked by
        self, url: str, path: Path, asset: SourceAsset, etag: str | None, on_bytes: OnBytes, faults: list[str]
    ) -> bytes | None:
        """The bytes; None with a fault added."""
        try:
            self._download(url, path, asset.bytes, on_bytes)
            data = path.read_bytes()
        except FetchError as error:
            faults.append(str(error))
            return None
        except OSError as error:
            raise NotTransferred(f"a file cannot be kept while it arrives ({error.strerror})") from error
        path.unlink(missing_ok=True)
        came = hashlib.md5(data, usedforsecurity=False).hexdigest()  # what the service calls etag
        if etag is not None and came != etag:
            faults.append(f"its bytes have the MD5 {came}, not the etag {etag}")
            return None
        return data

    def _download(self, url: str, path: Path, size: int | None, on_bytes: OnBytes) -> None:
        for attempt in range(_ATTEMPTS):
            there = 0

            def progress(done: int, _total: int | None) -> None:
                nonlocal there
                if self._stop.is_set():
                    raise Stopped
                if done > there:
                    on_bytes(done - there)
                there = done

            try:
                self._fetcher.download(url, path, expected_bytes=size, on_progress=progress, resume=True)
            except FetchInterrupted:
                if attempt == _ATTEMPTS - 1:
                    raise
                if self._stop.wait(0.5 * 2**attempt):
                    raise Stopped from None
            else:
                return
