"""What is asked of the server: every kind of request that it meets, good and bad."""

from __future__ import annotations

import hashlib
import io
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from PIL import Image

from keepsight.api.auth import string_to_sign
from keepsight.delivery.signature import sign

SECRET, KEY = "abcd", "key"
UPLOADS = 40
"""Public ids: uploads overwrite one another, so that what grows is no library."""
_PICTURES = "/demo/image/upload"
_REFUSED = (
    f"{_PICTURES}/w_abc/{{photo}}",
    f"{_PICTURES}/..%2f..%2fetc/passwd",
    f"{_PICTURES}/s--AAAAAAAA--/w_10/{{photo}}",
    f"{_PICTURES}/c_crop,g_cat/{{photo}}",
    f"{_PICTURES}/w_10/missing{{number}}.jpg",
    "/demo/image/fetch/https://169.254.169.254/latest",
    "/v1_1/demo/resources/image",
    "/" + "x" * 9_000,
)
_EXPRESSIONS = {"tags=soak AND bytes>1k": 200, "soak* OR NOT tags:x": 200, "tags:(": 400}

Ask = Callable[[httpx.Client], None]


@dataclass
class Load:
    """Asks one server, and counts. Its methods are called from several threads at once."""

    url: str
    origin: str
    """Address of another server, whose pictures are fetched."""
    photos: list[str]
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind of request and status."""
    wrong: list[str] = field(default_factory=list)
    """Answers that their requests should not get."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def mixture(self) -> tuple[list[Ask], list[int]]:
        """Kinds of requests, and how often each is made."""
        shares: dict[Ask, int] = {
            self.hit: 40, self.miss: 20, self.automatic: 5, self.fetched: 10, self.refused: 10, self.search: 5,
            self.upload: 4, self.broken_upload: 2, self.leave: 4,
        }  # fmt: skip
        return list(shares), list(shares.values())

    def hit(self, client: httpx.Client) -> None:
        """One of few addresses."""
        self._get(client, "hit", f"{_PICTURES}/c_fill,w_{random.choice((100, 200, 300))},h_100/{self.photos[0]}")

    def miss(self, client: httpx.Client) -> None:
        """One of very many."""
        crop = random.choice(("c_fill", "c_fit", "c_thumb,g_north"))
        self._get(client, "miss", f"{_PICTURES}/{crop},{_size()}/{random.choice(self.photos)}", 503)

    def automatic(self, client: httpx.Client) -> None:
        """Signed, with automatic gravity."""
        signed = f"c_fill,g_auto,{_size()}/{random.choice(self.photos)}"
        self._get(client, "g_auto", f"{_PICTURES}/{sign(signed, SECRET)}/{signed}", 503)

    def fetched(self, client: httpx.Client) -> None:
        """From the other server: pictures, what is none, and nothing."""
        name = random.choice(("a.jpg", "b.jpg", f"{random.randrange(10_000)}.jpg", "missing", "broken", "endless"))
        path = f"/demo/image/fetch/w_{random.randint(20, 200)}/{self.origin}/{name}"
        self._get(client, "fetch", path, 400, 404, 503)

    def refused(self, client: httpx.Client) -> None:
        """What nobody may, and what nobody has."""
        path = random.choice(_REFUSED).format(photo=self.photos[0], number=random.randrange(10**9))
        self._note("refused", client.get(self.url + path), 400, 401, 404)

    def upload(self, client: httpx.Client) -> None:
        """A picture of its own, over one that is there."""
        file = io.BytesIO()
        Image.effect_noise((random.randint(50, 600), 300), 60).save(file, "JPEG")
        said = {"public_id": f"soak/{random.randrange(UPLOADS)}", "timestamp": str(int(time.time())), "tags": "soak"}
        said |= {"eager": "w_50"}
        signed = f"{string_to_sign(tuple(said.items()))}{SECRET}".encode()
        data = {**said, "api_key": KEY, "signature": hashlib.sha256(signed).hexdigest()}
        files = {"file": ("noise.jpg", file.getvalue())}
        self._note("upload", client.post(f"{self.url}/v1_1/demo/image/upload", data=data, files=files), 200, 503)

    def search(self, client: httpx.Client) -> None:
        """An expression, now and then one that is none."""
        expression, status = random.choice(list(_EXPRESSIONS.items()))
        url = f"{self.url}/v1_1/demo/resources/search"
        self._note("search", client.post(url, json={"expression": expression}, auth=(KEY, SECRET)), status)

    def broken_upload(self, _: httpx.Client) -> None:
        """A body that ends in its middle."""
        self._leave(
            "broken upload",
            "POST /v1_1/demo/image/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\nxyz',
        )

    def leave(self, _: httpx.Client) -> None:
        """A client that does not wait for its picture."""
        self._leave("client left", f"GET {_PICTURES}/c_fill,{_size()}/{self.photos[0]} HTTP/1.1\r\nHost: x\r\n\r\n")

    def _get(self, client: httpx.Client, kind: str, path: str, *besides: int) -> None:
        self._note(kind, client.get(self.url + path), 200, *besides)

    def _leave(self, kind: str, text: str) -> None:
        host = urlsplit(self.url)
        with socket.create_connection((host.hostname, host.port), 10) as connection:
            connection.sendall(text.encode())
            time.sleep(random.random() / 50)
        with self.lock:
            self.answers[kind, "-"] += 1

    def _note(self, kind: str, answer: httpx.Response, *allowed: int) -> None:
        with self.lock:
            self.answers[kind, str(answer.status_code)] += 1
            if answer.status_code not in allowed:
                self.wrong.append(f"{kind}: {answer.status_code} {answer.text[:200]}")


def _size() -> str:
    return f"w_{random.randint(50, 900)},h_{random.randint(50, 900)}"
