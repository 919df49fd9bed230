"""Frames that are made one at a time, in the guise of a picture with several."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image


class Reel(Image.Image):
    """What Pillow's writers of animations take for an open file: they seek the next frame, and it is made then.

    Frames are of one size. The writers of WebP and AVIF pass them on at once and hold none.
    """

    is_animated = True

    def __init__(self, frames: Iterator[Image.Image], count: int, mode: str) -> None:
        """The first frame is made now; every one is converted to `mode`, RGB or RGBA. Raises ValueError for none."""
        super().__init__()
        self.n_frames = count
        self._frames, self._at = frames, 0
        first = next(frames, None)
        if first is None:
            raise ValueError("an animation without frames")
        self._frame_mode = mode
        self._show(first)

    def tell(self) -> int:
        """Number of the frame that is shown."""
        return self._at

    def seek(self, frame: int) -> None:
        """Go to the next frame; the writers also go back to the start at their end, which changes nothing."""
        if frame in (self._at, 0):
            return
        following = next(self._frames, None) if frame < self.n_frames else None
        if following is None:
            raise EOFError
        self._at = frame
        self._show(following)

    def _show(self, image: Image.Image) -> None:
        image = image.convert(self._frame_mode)
        self.im, self._size, self._mode = image.im, image.size, image.mode
