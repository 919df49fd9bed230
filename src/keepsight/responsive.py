"""One picture at many sizes: delivery URLs, `srcset`, and an art-directed `<picture>`.

    photo = Photo("pets/tom.jpg", cloud="demo", base="https://pictures.example", size=(1600, 1200))
    srcset(photo, Cut("fill", gravity="auto:cat", ratio="4:3"), (400, 800, 1200))
    picture(photo, art_directed("auto:cat"), alt="Tom on the sofa")

Everything here is text: nothing is fetched or rendered. URLs are written as Cloudinary's SDKs write them: parameters
of a component sorted by name, `v1` before a public id that holds a slash (so that a folder is never taken for a
component), the signature over what stands after it. Widths are in pixels of the file; `srcset` leaves the choice of
one to the browser, which knows the width of the slot (`sizes`) and the density of the screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from urllib.parse import quote

from keepsight.delivery.signature import sign
from keepsight.errors import BadRequest
from keepsight.transformation.items import looks_like_component

Sign = Callable[[str], str]
"""From transformation and public id, as they travel, to the segment `s--…--`."""
Component = Mapping[str, str]
"""Parameters by their names in the language: `{"c": "fill", "w": "300"}`."""

WIDTHS = (320, 480, 640, 960, 1280, 1920)
"""Steps of a half: the browser takes at most half as many pixels again as it shows."""
DENSITIES = (1.0, 2.0, 3.0)
FORMATS = ("auto", "avif", "webp", "jxl", "jpg", "png")
_UNSCALED = frozenset({"crop"})
"""Modes that cut and never scale: a second component gives the width."""
_SAFE = "-_.~:,;$!()*'"
_SAFE_ID = "/:-_.~"
_WIDEST = 10_000
_BREAK = ",\n    "
"""Between candidates: an address a line can be read, and HTML takes any white space there."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as URLs name it."""

    public_id: str
    cloud: str = "demo"
    type: str = "upload"
    """Delivery type: upload, private or authenticated."""
    base: str = ""
    """Scheme, host and port; "" for addresses that begin with a slash."""
    version: str | None = None
    """Digits; None: none, or `v1` where the public id needs it."""
    size: tuple[int, int] | None = None
    """Width and height of the original in pixels, if known: no width beyond it is offered then."""
    sign: Sign | None = field(default=None, repr=False)
    """None: URLs are not signed."""

    def url(self, *components: Component) -> str:
        """The address of the picture after these components; without any, that of the original."""
        transformation = "/".join(component_text(each) for each in components if each)
        public_id = quote(self.public_id, safe=_SAFE_ID)
        signed = "/".join(part for part in (transformation, public_id) if part)
        parts = (
            self.base,
            quote(self.cloud),
            "image",
            self.type,
            self.sign(signed) if self.sign else "",
            transformation,
            self._version,
            public_id,
        )
        return "/".join(part for at, part in enumerate(parts) if part or not at)

    @property
    def _version(self) -> str:
        if self.version is not None:
            return f"v{self.version}"
        if looks_like_component(self.public_id):  # where the SDKs leave the server guessing
            return "v1"
        # The rule of the SDKs: a public id that begins like a version is one to the server.
        return "v1" if "/" in self.public_id and not re.match(r"v\d+(/|$)", self.public_id) else ""


@dataclass(frozen=True, slots=True)
class Cut:
    """What all widths of one set have in common."""

    mode: str = "fill"
    gravity: str | None = None
    ratio: str | None = None
    """`4:3` or `1.5`; None: that of the original, or of what the gravity finds."""
    more: tuple[tuple[str, str], ...] = ()
    """Further parameters: `(("z", "0.8"),)`."""

    def at(self, width: int, output: Component) -> tuple[Component, ...]:
        """The components that give this cut `width` pixels wide; `output` holds format and quality."""
        known = {"c": self.mode, "g": self.gravity, "ar": self.ratio, **dict(self.more)}
        cut = {name: value for name, value in known.items() if value}
        if self.mode in _UNSCALED:
            return cut, {"c": "scale", "w": str(width), **output}
        return ({**cut, "w": str(width), **output},)


@dataclass(frozen=True, slots=True)
class Variant:
    """One picture of an art-directed set, and where it is shown."""

    cut: Cut
    media: str | None = None
    """Media query such as `(min-width: 1024px)`; None: everywhere else, which the last one has to be."""
    widths: tuple[int, ...] = WIDTHS
    sizes: str = "100vw"
    """How wide the slot is, as CSS says it: `(min-width: 1200px) 50vw, 100vw`."""


def signer(secret: str, *, sha256: bool = False) -> Sign:
    """Signs with the secret of a cloud, as Cloudinary's SDKs do."""
    return lambda text: sign(text, secret, sha256=sha256)


def art_directed(gravity: str, medium_ratio: str = "4:3", small_ratio: str = "1:1") -> tuple[Variant, ...]:
    """Whole for wide screens, filled around what matters for medium ones, close up for small ones."""
    return (
        Variant(Cut("limit"), "(min-width: 1024px)"),
        Variant(Cut("fill", gravity, medium_ratio), "(min-width: 600px)"),
        Variant(Cut("thumb", gravity, small_ratio)),
    )


def component_text(component: Component) -> str:
    """A component as it travels, sorted by parameter: `c_fill,g_auto,w_300`."""
    return ",".join(f"{name}_{quote(value, safe=_SAFE)}" for name, value in sorted(component.items()))


def slot_widths(slot: int, densities: Sequence[float] = DENSITIES) -> tuple[int, ...]:
    """The widths that a slot of `slot` CSS pixels needs on screens of these densities, ascending."""
    return tuple(sorted({max(1, round(slot * density)) for density in densities}))


def offered_widths(widths: Sequence[int], photo: Photo) -> tuple[int, ...]:
    """Ascending, each once; in the place of those that the original does not have, its own width.

    Raises BadRequest for none, and for one outside of 1 to 10,000 pixels.
    """
    if not widths or any(not 1 <= width <= _WIDEST for width in widths):
        raise BadRequest(f"Invalid widths (expected one or more, each of 1 to {_WIDEST} pixels)")
    most = photo.size[0] if photo.size else _WIDEST
    return tuple(sorted({min(width, most) for width in widths}))


def srcset(photo: Photo, cut: Cut, widths: Sequence[int] = WIDTHS, format_: str = "auto") -> str:
    """The value of `srcset` with widths: `… 400w, … 800w`, a line each. Raises BadRequest."""
    output = _output(format_)
    return _BREAK.join(f"{photo.url(*cut.at(w, output))} {w}w" for w in offered_widths(widths, photo))


def density_srcset(photo: Photo, component: Component, densities: Sequence[float] = DENSITIES) -> str:
    """The value of `srcset` for a slot of fixed size, by density: `… 1x, … 2x`. The component needs a size."""
    if not {"w", "h"} & component.keys():
        raise BadRequest("Invalid srcset: densities multiply a size (expected a width or a height)")
    urls = ((d, photo.url(component if d == 1 else {**component, "dpr": f"{d:.1f}"})) for d in densities)
    return _BREAK.join(f"{url} {density:g}x" for density, url in urls)


def image(photo: Photo, variant: Variant, alt: str, format_: str = "auto") -> str:
    """An `<img>` with `srcset` and `sizes`, its text escaped. Raises BadRequest."""
    widths = offered_widths(variant.widths, photo)
    output = _output(format_)
    width, height = _shape(photo, variant.cut, widths[-1])
    attributes = {
        "src": photo.url(*variant.cut.at(widths[len(widths) // 2], output)),
        "srcset": srcset(photo, variant.cut, widths, format_),
        "sizes": variant.sizes,
        "width": str(width),
        "height": None if height is None else str(height),
        "alt": alt,
        "loading": "lazy",
        "decoding": "async",
    }
    return _tag("img", attributes)


def picture(photo: Photo, variants: Sequence[Variant], alt: str, formats: Sequence[str] = ("auto",)) -> str:
    """A `<picture>`: the first variant whose media query holds is shown, the last one where none does.

    `formats` other than `auto` become a `<source type>` each, in this order, for whoever has a cache in front that
    does not tell answers apart by `Accept`. Raises BadRequest for no variant, for one without a media query before
    the last, and for an unknown format.
    """
    *others, last = variants or (None,)
    if last is None or last.media is not None or any(each is None or each.media is None for each in others):
        raise BadRequest("Invalid variants (expected a media query for each but the last, which has none)")
    lines = [line for each in variants for line in _sources(photo, each, formats)]
    fallback = "auto" if "auto" in formats else formats[-1]
    return "\n".join(
        ("<picture>", *(f"  {line}" for line in (*lines, image(photo, last, alt, fallback))), "</picture>")
    )


def _sources(photo: Photo, variant: Variant, formats: Sequence[str]) -> Iterator[str]:
    """None for what the `<img>` says anyway."""
    widths = offered_widths(variant.widths, photo)
    width, height = _shape(photo, variant.cut, widths[-1])
    for format_ in formats:
        if variant.media is None and (format_ == "auto" or format_ == formats[-1]):
            continue
        yield _tag(
            "source",
            {
                "media": variant.media,
                "type": None if format_ == "auto" else f"image/{'jpeg' if format_ == 'jpg' else format_}",
                "srcset": srcset(photo, variant.cut, widths, format_),
                "sizes": variant.sizes,
                "width": None if height is None else str(width),
                "height": None if height is None else str(height),
            },
        )


def _output(format_: str) -> Component:
    if format_ not in FORMATS:
        raise BadRequest(f"Invalid format {format_[:40]!r} (expected one of {', '.join(FORMATS)})")
    return {"f": format_, "q": "auto"}


def _shape(photo: Photo, cut: Cut, width: int) -> tuple[int, int | None]:
    """Width and height for the page to keep the place free; None: unknown before the picture is there."""
    if cut.ratio is not None:
        return width, max(1, round(width / _ratio(cut.ratio)))
    if photo.size is not None and cut.mode in ("limit", "scale", "fit"):
        return width, max(1, round(width * photo.size[1] / photo.size[0]))
    return width, None


def _ratio(text: str) -> Fraction:
    across, _, down = text.partition(":")
    try:
        ratio = Fraction(across) / Fraction(down or "1")
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    if ratio <= 0:
        raise BadRequest(f"Invalid aspect ratio {text[:40]!r} (expected such as 4:3 or 1.5)")
    return ratio


def _tag(name: str, attributes: Mapping[str, str | None]) -> str:
    said = (f' {key}="{escape(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{''.join(said)}>"
