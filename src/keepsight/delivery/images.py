"""Where derived images are looked for: on the local disk, then where servers share them."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.delivery.derived import Derived, DerivedCache
from keepsight.delivery.shared import SharedImages


@dataclass(frozen=True, slots=True)
class Images:
    """Both places."""

    local: DerivedCache
    shared: SharedImages | None = None
    """None where one machine has the store to itself."""

    def get(self, original: str, key: str, generation: str | None) -> Derived | None:
        """The image of a key; `original` is the digest, `generation` that of an upload."""
        found = self.local.get(original, key)
        if found is None and self.shared is not None and generation is not None:
            found = self.shared.get(generation, key)
            if found is not None:
                self.local.put(original, key, found)
        return found

    def put(self, original: str, key: str, generation: str | None, derived: Derived) -> None:
        """Keep it, and share it if others can have a use for it."""
        self.local.put(original, key, derived)
        if self.shared is not None and generation is not None:
            self.shared.put(generation, key, derived)

    def close(self) -> None:
        """Close both."""
        if self.shared is not None:
            self.shared.close()
        self.local.close()
