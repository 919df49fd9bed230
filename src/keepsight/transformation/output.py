"""How the answer is written: everything that a transformation says about encoding and delivery."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Literal

from keepsight.transformation.values import Quality

Progressive = Literal["default", "semi", "steep", "none"]
Depth = Literal["png8", "png24", "png32"]
Kept = Literal["keep_iptc", "keep_attribution", "force_strip"]
Profile = Literal["force_icc", "strip_profile"]
Tiff = Literal["tiff8_lzw", "group4"]
Animated = Literal["animated", "awebp", "apng"]
ColourSpace = Literal["srgb", "tinysrgb", "cmyk", "no_cmyk", "keep_cmyk"]

Pages = tuple[tuple[int, int | None], ...]
"""Ranges of frames or pages, the first being 1, both ends included, in the order in which they were asked for; an end
of None is the last one there is."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a transformation asks of the encoder; every field at its default asks for nothing."""

    format: str | None = None
    """As `f_` means it: a format's name (`jpeg`), `auto`, `auto:image` or `auto:animated`."""
    quality: Quality | None = None
    progressive: Progressive | None = None
    """`fl_progressive[:semi|steep|none]`, for JPEG; `default` without a word behind it."""
    lossy: bool = False
    """`fl_lossy`: GIF and PNG with fewer colours."""
    depth: Depth | None = None
    """`fl_png8`, `fl_png24`, `fl_png32`."""
    tiff: Tiff | None = None
    """How a TIFF is compressed."""
    density: Fraction | None = None
    """`dn_`, dots an inch: of a vector original when it is drawn, and written into the answer."""
    colour_space: ColourSpace | None = None
    """`cs_`."""
    profile: Profile | None = None
    """Whether an ICC profile goes out."""
    metadata: Kept | None = None
    """What of EXIF, IPTC and XMP goes out; None: nothing, as with `force_strip`."""
    pages: Pages = ()
    """`pg_`: the frames or pages that are taken, all or the first if empty."""
    delay: int | None = None
    """`dl_`, milliseconds of every frame."""
    loop: int | None = None
    """`e_loop`: how often an animation plays; 0 is for ever."""
    animated: Animated | None = None
    """`fl_animated`, `fl_awebp`, `fl_apng`: every frame, also where a format's rule is the first one only."""
    preserve_transparency: bool = False
    """`f_auto` answers a format with alpha whenever the original's format had it, transparent pixels or not."""
    any_format: bool = False
    """`q_auto` may answer a PNG of 256 colours where a PNG is asked for."""
    ignore_mask: bool = False
    """`fl_ignore_mask_channels`: alpha of a TIFF original is dropped."""
    vector: bool = False
    """`fl_sanitize`, `fl_rasterize`: a drawing is answered as pixels, which is what always happens to one."""
    attachment: str | None = None
    """`fl_attachment[:name]`: download under this name, without its extension; empty: the original's own."""
    immutable: bool = False
    """`fl_immutable_cache`."""
    original: bool = False
    """`fl_original`: the original's own bytes, against defaults of the installation."""
    getinfo: bool = False
    """`fl_getinfo`: JSON about the picture."""

    def merged(self, later: Output) -> Output:
        """Both wishes; where both say something, `later` wins."""
        said = {name: value for name, default in _DEFAULTS if (value := getattr(later, name)) != default}
        return replace(self, **said) if said else self

    @property
    def only_headers(self) -> bool:
        """Whether nothing here touches the bytes: the original's own may be the answer."""
        return replace(self, attachment=None, immutable=False, original=False) == Output()


_DEFAULTS = tuple((f.name, getattr(Output(), f.name)) for f in fields(Output))
"""The name and the default of each field, looked up once: components are merged by the thousand."""
