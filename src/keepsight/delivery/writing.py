"""From a layout to the bytes of the answer: one picture, or every frame of an animation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from keepsight.delivery.negotiate import Wanted
from keepsight.delivery.room import Share, written_bytes
from keepsight.delivery.story import Layout
from keepsight.errors import BadRequest
from keepsight.pixels.animation import chosen_frames, encode_animation, frame_durations
from keepsight.pixels.encode import encode_smallest, is_flat, shrunk
from keepsight.pixels.encoding import Encoding
from keepsight.pixels.formats import Format
from keepsight.pixels.metadata import Metadata, read_metadata
from keepsight.pixels.picture import Picture
from keepsight.pixels.render import render
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.output import Pages
from keepsight.transformation.output_values import print_pages

_NEEDS_SOURCE = ("keep_iptc", "keep_attribution")


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """What is to be rendered."""

    data: bytes
    """The original's."""
    picture: Picture
    layout: Layout
    max_animation_pixels: int
    """Of all frames of a moving answer together."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What came of it."""

    body: bytes
    format: Format
    image: Image.Image
    """As it was encoded: L, RGB or RGBA in sRGB; the first frame of an animation."""
    warnings: tuple[str, ...] = ()
    """What was changed so that the format can hold it."""


def first_frame(pages: Pages) -> int:
    """The frame, 0 being the first, that decides the layout: the first one that is asked for."""
    return pages[0][0] - 1 if pages else 0


def write(rendering: Rendering, wanted: Wanted, watch: Stopwatch, share: Share) -> Written:
    """Render and encode. `share` is what the decoded original takes, and then the writing. Raises RequestError."""
    picture, layout, output = rendering.picture, rendering.layout, rendering.layout.output
    if wanted.moves(picture.header, output):
        return _animation(rendering, wanted, watch)
    _check_page(rendering)
    with watch.step("render"):
        image = render(layout.source, layout.operations, watch.check)
        pixels = image.width * image.height
        offers = wanted.choose(picture.header, output, alpha=image.mode == "RGBA", pixels=pixels, flat=is_flat(image))
    warnings: tuple[str, ...] = ()
    if Format.ICO in offers and max(image.size) > Format.ICO.longest_side:
        before = image.size
        image = shrunk(image, Format.ICO.longest_side)
        warnings = (f"f_ico of {before[0]} x {before[1]} pixels: reduced to {image.width} x {image.height}",)
    picture.let_go()
    share.change(written_bytes(offers, pixels))
    with watch.step("encode"):
        encodings = [Encoding.of(output, offer) for offer in offers]
        format_, body = encode_smallest(image, encodings, _metadata(rendering))
    return Written(body, format_, image, warnings)


def _animation(rendering: Rendering, wanted: Wanted, watch: Stopwatch) -> Written:
    """Every frame that is asked for, rendered and encoded one after the other; the steps of time overlap here."""
    picture, layout, output = rendering.picture, rendering.layout, rendering.layout.output
    header = picture.header
    chosen = chosen_frames(output.pages, header.frames)
    size = layout.size
    if len(chosen) * size.width * size.height > rendering.max_animation_pixels:
        raise BadRequest(
            f"The animation would measure {len(chosen)} frames of {size.width}x{size.height} "
            f"(expected at most {rendering.max_animation_pixels} pixels in all)"
        )
    (format_,) = wanted.choose(header, output, alpha=header.has_alpha, pixels=size.width * size.height)
    shown: list[Image.Image] = []

    def frames() -> Iterator[Image.Image]:
        for frame in picture.frames(chosen):
            watch.check()
            image = render(frame, layout.operations, watch.check)
            if not shown:
                shown.append(image)
            yield image

    plays = header.plays if output.loop is None else output.loop
    with watch.step("encode"):
        body = encode_animation(
            frames(),
            frame_durations(output, header.durations, chosen),
            plays,
            Encoding.of(output, format_),
            alpha=header.has_alpha,
        )
    return Written(body, format_, shown[0])


def _check_page(rendering: Rendering) -> None:
    """A document is answered one page at a time, and only the whole chain may choose it."""
    header, pages = rendering.picture.header, rendering.layout.output.pages
    several = len(pages) > 1 or any(first != last for first, last in pages)
    if several and not header.animated:
        raise BadRequest(f"Invalid page in transformation: {print_pages(pages)} (expected one page, such as 2)")
    if first_frame(pages) != header.frame:
        raise BadRequest(
            f"Invalid page in transformation: {print_pages(pages)} (expected outside of conditions and layers)"
        )


def _metadata(rendering: Rendering) -> Metadata | None:
    """Read only where it is asked for."""
    output = rendering.layout.output
    if output.metadata not in _NEEDS_SOURCE and output.colour_space not in ("cmyk", "keep_cmyk"):
        return None
    return read_metadata(rendering.data, rendering.picture.header)
