"""What of SVG is kept: names of elements and attributes, addresses, style rules."""

from __future__ import annotations

import re

_NAMES = """
    a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow
    feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset
    fePointLight feSpecularLighting feSpotLight feTile feTurbulence filter g image line linearGradient marker mask
    mpath path pattern polygon polyline radialGradient rect set stop style svg switch symbol text textPath title tspan
    use view
"""
ELEMENTS = frozenset(_NAMES.split())
"""SVG 1.1 and 2 without scripts, foreign content, sound, moving pictures, and what editors store for themselves."""

_PICTURE = r"data:image/(?:png|jpe?g|gif|webp);base64,"
_INNER = re.compile(rf"\s*(?:#|{_PICTURE})", re.IGNORECASE)
_LINK = re.compile(r"\s*(?:#|https?://)", re.IGNORECASE)
_URL = re.compile(rf"url\(\s*(?!['\"]?\s*(?:#|{_PICTURE}))[^)]*\)?", re.IGNORECASE)
# A backslash can spell any of the others; none of them is needed to draw.
_ACTIVE = re.compile(
    r"\\|@import|@namespace|@font-face|expression\s*\(|javascript:|behavior\s*:|-moz-binding"
    r"|\b(?:image|image-set|src|cross-fade)\s*\(",
    re.IGNORECASE,
)


def kept_address(element: str, address: str) -> bool:
    """Whether an address stays: a part of the same drawing, a picture inside of it, or where a link leads."""
    return bool((_LINK if element == "a" else _INNER).match(address))


def kept_element(element: str, attributes: dict[str, str]) -> bool:
    """Whether an element stays: one that draws, and does not give another an address or a handler later."""
    name = attributes.get("attributeName", "").strip().lower().rpartition(":")[2]
    return element in ELEMENTS and name != "href" and not name.startswith("on")


def kept_attribute(name: str) -> bool:
    """Whether an attribute without a namespace stays, addresses aside; handlers of events never do."""
    return not name.lower().startswith("on") and name not in ("src", "xmlns")


def calm_style(text: str) -> str:
    """Style rules, or one attribute that may hold `url()`, without what loads or runs anything."""
    return "" if _ACTIVE.search(text) else _URL.sub("none", text)
