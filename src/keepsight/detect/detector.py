"""The contract every detector fulfils, whatever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from keepsight.detect.mask import Mask


@dataclass(frozen=True, slots=True)
class Identity:
    """Which model answered. Part of every cache key: another version or other weights never serve an old crop."""

    name: str
    version: int
    digest: str
    """Hexadecimal SHA-256 of the weights."""

    def __str__(self) -> str:
        return f"{self.name}_v{self.version}@{self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in fractions of the upright picture: every value in 0..1, `x + width <= 1`, `y + height <= 1`."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Keypoint:
    """One named point of a body, in fractions of the upright picture."""

    x: float
    y: float
    visibility: float
    """0..1, how sure the model is that it sees the point; 0 for a point outside the picture."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing seen in a picture."""

    label: str
    """The model's own class name as a token: lower case, words joined by `_` (`wine_glass`)."""
    confidence: float
    """0..1, as the model gives it."""
    region: Region
    sharpness: float = 0.5
    """S of the prominence formula, 0..1: how sharp the region is against the whole picture; 0.5 is as sharp as it."""
    keypoints: tuple[Keypoint, ...] = ()
    """The 17 COCO key points of a person in their order (`body.skeleton.POINTS`), from pose models; of a face the five
    of YuNet (`runtime.yunet.LANDMARKS`)."""
    mask: Mask | None = None
    """Which part of the region belongs to the thing; only models with the capability `mask` fill it."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Pairs of a key and a value, such as a garment's ("sleeve", "short"); see `attributes.py`."""


class Detector(Protocol):
    """A loaded model. `detect` is called from several threads at once and must be safe for that."""

    @property
    def identity(self) -> Identity:
        """Name, version and digest of the weights."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names as tokens, in the order of the model's class index."""

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """Find everything the model knows in an upright RGB picture of any size.

        `zoom`, at least 1, multiplies the long side at which the network sees the picture; where the network takes
        one size only it changes nothing.
        Returns detections in descending confidence, clipped to the picture, empty ones dropped.
        Raises ModelError when the model fails or answers with something that is no number.
        """
