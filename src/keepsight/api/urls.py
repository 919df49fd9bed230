"""Where assets and what is made of them are delivered."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from keepsight.assets.catalogue.asset import Asset

_SAFE = "/:-_.~,$!'()*+@"


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of one cloud."""

    base: str
    """Scheme, host and port."""
    cloud: str
    public: str | None = None
    """What browsers reach it by, where that is another one."""

    def original(self, asset: Asset) -> tuple[str, str]:
        """`url` and `secure_url`."""
        return self._both(self._path(asset, "", asset.held.format))

    def derived(self, asset: Asset, transformation: str, extension: str | None) -> tuple[str, str]:
        """Of a derived image; `extension` "" or None: that of the original, which it would have without any."""
        return self._both(self._path(asset, transformation, extension or asset.held.format))

    def _path(self, asset: Asset, transformation: str, extension: str | None) -> str:
        name = asset.name
        public_id = name.public_id
        if extension and name.resource_type != "raw":
            public_id = f"{public_id}.{extension}"
        parts = (self.cloud, name.resource_type, name.type, transformation, f"v{asset.version}", public_id)
        return quote("/".join(part for part in parts if part), safe=_SAFE)

    def _both(self, path: str) -> tuple[str, str]:
        """Without a public address nobody knows of a TLS port: the one that was used stands in both."""
        if self.public is None:
            return f"{self.base}/{path}", f"{self.base}/{path}"
        host = self.public.rstrip("/").partition("://")[2]
        return f"http://{host}/{path}", f"https://{host}/{path}"
