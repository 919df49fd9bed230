"""The contract of a model that says what stands out in a picture, without naming it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.detector import Identity


class Saliency(Protocol):
    """A loaded model. `map` is called from several threads at once and must be safe for that."""

    @property
    def identity(self) -> Identity:
        """Name, version and digest of the weights."""

    def map(self, image: Image.Image) -> NDArray[np.float32]:
        """How much each place of an upright RGB picture of any size stands out.

        Shape (height, width) of the network's own output, whatever the shape of the picture: it covers the whole
        picture, stretched. 0..1; the strongest place is 1 unless nothing stands out. Raises ModelError.
        """
