"""A store in object storage: S3, Google Cloud Storage, Azure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore as Bucket

from keepsight.assets.store.store import Content, Digests, Hashing, Listed, checked, checked_folder
from keepsight.errors import NotFound, Unavailable

_PART = 8 << 20
"""Of an upload in parts; S3 wants at least 5 MiB each, and at most 10,000 of them."""
_CONCURRENT_PARTS = 4


class ObjectStore:
    """Objects of one bucket. Putting one is atomic by the nature of object storage."""

    def __init__(self, bucket: Bucket) -> None:
        """`bucket` is any store of obstore; it knows the prefix and how long to try."""
        self._bucket = bucket

    def put(self, key: str, content: Content) -> Digests:
        """Send it; more than 8 MiB in parts, which become one object at the end."""
        checked(key)
        parts = Hashing(content)
        body = b"".join(parts) if isinstance(content, bytes) else _Watched(parts)
        try:
            with _as_unavailable("stored", key):
                obstore.put(self._bucket, key, body, chunk_size=_PART, max_concurrency=_CONCURRENT_PARTS)
        except Unavailable as error:
            # obstore wraps what the content raises; whoever gave the content wants to have its own error back.
            if isinstance(body, _Watched) and body.fault is not None:
                raise body.fault from error
            raise
        return parts.digests()

    def get(self, key: str) -> bytes:
        """All its bytes. Raises NotFound or Unavailable."""
        with _as_unavailable("read", checked(key)):
            return bytes(obstore.get(self._bucket, key).bytes())

    def stream(self, key: str) -> Iterator[bytes]:
        """Its bytes in parts. Raises NotFound or Unavailable."""
        with _as_unavailable("read", checked(key)):
            for part in obstore.get(self._bucket, key).stream(min_chunk_size=1 << 20):
                view = memoryview(part)
                yield from (bytes(view[start : start + _PART]) for start in range(0, len(view), _PART))

    def stat(self, key: str) -> Listed | None:
        """Its size and date; None when there is none."""
        try:
            with _as_unavailable("read", checked(key)):
                found = obstore.head(self._bucket, key)
        except NotFound:
            return None
        return Listed(key, found["size"], found["last_modified"])

    def delete(self, key: str) -> None:
        """Away with it."""
        try:
            with _as_unavailable("deleted", checked(key)):
                obstore.delete(self._bucket, key)
        except NotFound:  # some answer so, others do not
            return

    def list(self, folder: str = "") -> Iterator[Listed]:
        """Every object under the folder, a page of the service at a time."""
        prefix = checked_folder(folder) or None
        with _as_unavailable("listed"):
            for page in obstore.list(self._bucket, prefix=prefix):
                for found in page:
                    yield Listed(found["path"], found["size"], found["last_modified"])


class _Watched:
    """Parts for obstore, and what went wrong with them."""

    def __init__(self, parts: Hashing) -> None:
        self._parts = iter(parts)
        self.fault: BaseException | None = None

    def __iter__(self) -> _Watched:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except BaseException as error:
            self.fault = error
            raise


@contextmanager
def _as_unavailable(done: str, key: str = "") -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:  # obstore's NotFoundError is one
        raise NotFound(f"Nothing is stored as {key}") from None
    except (BaseError, OSError) as error:
        # The message of obstore tells the address and the answer of the service: for the log, not for the client.
        raise Unavailable(f"The bytes cannot be {done} just now") from error
