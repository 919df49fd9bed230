"""The signature of a delivery URL, `s--XXXXXXXX--`.

It is the URL-safe base64 of digest(string + secret), cut to 8 characters (SHA-1 or SHA-256) or to 32 (SHA-256). The
string is the transformation and the public id joined by a slash, without version, cloud and type. What official SDKs
disagree on is escaping: Python and Node sign the escaped path as it travels, Ruby the fully decoded one, PHP and Go
what the caller wrote. So a signature is valid if it matches any of these forms.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from itsdangerous.encoding import base64_encode
from itsdangerous.signer import SigningAlgorithm

from keepsight.transformation.path import DeliveryRequest, decode

SHORT, LONG = 8, 32
_ROUNDS = 10
"""How often Ruby's SDK decodes at most."""
_PYTHON_SAFE = "/:-_.~"
_NODE_SAFE = "/:-_.!~*'()"


class AppendedSecret(SigningAlgorithm):
    """digest(value + key), as Cloudinary signs; no HMAC. Verification (inherited) takes constant time."""

    def __init__(self, digest: Callable[[bytes], hashlib._Hash], length: int) -> None:
        self.digest, self.length = digest, length

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The first `length` characters of the URL-safe base64."""
        return base64_encode(self.digest(value + key).digest())[: self.length]

    def verify_signature(self, key: bytes, value: bytes, sig: bytes) -> bool:
        """Constant-time comparison of the text itself."""
        return hmac.compare_digest(sig, self.get_signature(key, value))


def _sha1(data: bytes) -> hashlib._Hash:
    return hashlib.sha1(data, usedforsecurity=False)  # Cloudinary's default; forging it would take a preimage


_ALGORITHMS: dict[int, tuple[SigningAlgorithm, ...]] = {
    SHORT: (AppendedSecret(_sha1, SHORT), AppendedSecret(hashlib.sha256, SHORT)),
    LONG: (AppendedSecret(hashlib.sha256, LONG),),
}


def is_signed_by(request: DeliveryRequest, secrets: Sequence[str]) -> bool:
    """Whether the request carries a signature made with any of `secrets`, current one first."""
    if request.signature is None:
        return False
    signature = request.signature.encode()
    forms = [form.encode() for form in dict.fromkeys(_signed_forms(request))]
    # Every pair is tried, so that the time tells nothing about which one matched.
    valid = [
        algorithm.verify_signature(secret.encode(), form, signature)
        for secret in secrets
        for form in forms
        for algorithm in _ALGORITHMS[len(signature)]
    ]
    return any(valid)


def sign(to_sign: str, secret: str, *, sha256: bool = False, long: bool = False) -> str:
    """The segment `s--…--` for a transformation and public id as they will travel. `long` implies SHA-256."""
    short = _ALGORITHMS[SHORT][sha256]
    algorithm = _ALGORITHMS[LONG][0] if long else short
    return f"s--{algorithm.get_signature(secret.encode(), to_sign.encode()).decode()}--"


def _signed_forms(request: DeliveryRequest) -> Iterator[str]:
    transformation = "/".join(request.raw_components)
    ids = list(request.raw_ids)
    if request.raw_version:  # an id that begins with v<digits> is signed with what looks like a version
        ids += [f"{request.raw_version}/{i}" for i in ids]
    for raw_id in ids:
        raw = _joined(transformation, raw_id)
        yield raw
        yield raw.replace("%20", " ")
        yield from _decodings(raw)
        yield _joined(transformation, decode(raw_id))
        # A proxy that rewrote escapes leaves what the SDKs wrote recoverable from the decoded path.
        yield quote(decode(raw), safe=_PYTHON_SAFE + ",$")
        yield _joined(transformation, quote(decode(raw_id), safe=_PYTHON_SAFE))
        yield _joined(transformation, quote(decode(raw_id), safe=_NODE_SAFE))


def _decodings(text: str) -> Iterable[str]:
    for _ in range(_ROUNDS):
        decoded = decode(text)
        if decoded == text:
            return
        yield decoded
        text = decoded


def _joined(transformation: str, public_id: str) -> str:
    return f"{transformation}/{public_id}" if transformation else public_id
