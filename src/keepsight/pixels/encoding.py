"""What is asked of an encoder."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.formats import Format
from keepsight.transformation.output import ColourSpace, Depth, Kept, Output, Profile, Progressive, Tiff
from keepsight.transformation.values import Chroma, Level


@dataclass(frozen=True, slots=True)
class Automatic:
    """A level of seen quality instead of a number."""

    level: Level = "good"
    sensitive: bool = False
    """A little nearer to the original than the level."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture is written. What a format has no place for is left out, unless it is said to be an error."""

    format: Format
    quality: int | Automatic | None = None
    """1..100 as the format's own encoder counts; None: the usual number of the format. In PNG and GIF it has a say in
    the colours of `lossy` and `png8` only."""
    chroma: Chroma | None = None
    """Colour at half or at full resolution in JPEG and AVIF; None is 420. WebP knows 420 only, JPEG XL 444 only."""
    progressive: Progressive | None = None
    """JPEG: None and `none` one scan, else several. There is one script of scans, libjpeg's own, for all words."""
    lossy: bool = False
    """PNG and GIF: as few colours as the quality allows, 80 if there is none."""
    depth: Depth | None = None
    """PNG: 256 colours with alpha; or always colour, without alpha or with it."""
    tiff: Tiff | None = None
    """TIFF: compression; None is LZW. `group4` makes it black and white."""
    density: float | None = None
    """Dots an inch, in JPEG, PNG, TIFF and BMP."""
    colour_space: ColourSpace | None = None
    """`cmyk` writes CMYK and is an error outside of JPEG and TIFF; `keep_cmyk` does so for an original that was;
    `srgb` and `tinysrgb` embed a profile of 588 bytes. None and `no_cmyk`: sRGB, and no profile."""
    profile: Profile | None = None
    """`force_icc` embeds the sRGB profile; else none, unless the colour space asks for it."""
    metadata: Kept | None = None
    """What of the original's metadata goes out in JPEG, PNG, WebP, AVIF and JPEG XL; None is nothing."""
    any_format: bool = False
    """PNG with automatic quality: 256 colours where they look good enough."""

    @classmethod
    def of(cls, output: Output, format_: Format) -> Encoding:
        """What a transformation asks, in the format that was chosen for it."""
        quality = output.quality
        wanted: int | Automatic | None = quality.value if quality else None
        if quality and quality.level:
            wanted = Automatic(quality.level, quality.sensitive)
        return cls(
            format=format_,
            quality=wanted,
            chroma=quality.chroma if quality else None,
            progressive=output.progressive,
            lossy=output.lossy,
            depth=output.depth,
            tiff=output.tiff,
            density=float(output.density) if output.density is not None else None,
            colour_space=output.colour_space,
            profile=output.profile,
            metadata=output.metadata,
            any_format=output.any_format,
        )
