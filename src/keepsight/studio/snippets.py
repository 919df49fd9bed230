"""A URL as code: what makes it with Cloudinary's SDKs for Python, Node and the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from keepsight.responsive import Component, Photo

_OPTIONS = {
    "c": "crop",
    "g": "gravity",
    "w": "width",
    "h": "height",
    "ar": "aspect_ratio",
    "z": "zoom",
    "b": "background",
    "f": "fetch_format",
    "q": "quality",
    "dpr": "dpr",
}
_ACTIONS = {
    "fill": "fill",
    "lfill": "limitFill",
    "fill_pad": "fillPad",
    "crop": "crop",
    "thumb": "thumbnail",
    "auto": "auto",
    "scale": "scale",
    "fit": "fit",
    "limit": "limitFit",
    "mfit": "minimumFit",
    "pad": "pad",
    "lpad": "limitPad",
    "mpad": "minimumPad",
}
_QUALIFIERS = {"w": "width", "h": "height", "ar": "aspectRatio", "g": "gravity", "z": "zoom"}
_NUMBERS = frozenset({"w", "h"})


def snippets(photo: Photo, components: Sequence[Component]) -> Mapping[str, str]:
    """Code by name of the SDK: `python`, `node`, `url_gen`. A secret is never part of it."""
    return {
        "python": _python(photo, components),
        "node": _node(photo, components),
        "url_gen": _url_gen(photo, components),
    }


def _python(photo: Photo, components: Sequence[Component]) -> str:
    options = [f"    {key}={_literal(value)}," for key, value in _said(photo, components).items()]
    host = [f"    {key}={_literal(value)}," for key, value in _host(photo).items()]
    secret = ['    api_secret=os.environ["KEEPSIGHT_CLOUD__API_SECRET"],'] if photo.sign else []
    lines = [
        *(["import os", ""] if photo.sign else []),
        "import cloudinary",
        "",
        "cloudinary.config(",
        f"    cloud_name={_literal(photo.cloud)},",
        *secret,
        *host,
        ")",
        f"url = cloudinary.CloudinaryImage({_literal(photo.public_id)}).build_url(",
        *options,
        ")",
    ]
    return "\n".join(lines)


def _node(photo: Photo, components: Sequence[Component]) -> str:
    options = [f"  {key}: {json.dumps(value, ensure_ascii=False)}," for key, value in _said(photo, components).items()]
    host = [f"  {key}: {json.dumps(value)}," for key, value in _host(photo).items() if key != "secure"]
    # Of its configuration the SDK for Node does not take it over.
    secure = f"  secure: {json.dumps(_host(photo)['secure'])},"
    secret = ["  api_secret: process.env.KEEPSIGHT_CLOUD__API_SECRET,"] if photo.sign else []
    lines = [
        'const cloudinary = require("cloudinary").v2;',
        "",
        "cloudinary.config({",
        f"  cloud_name: {_text(photo.cloud)},",
        *secret,
        *host,
        "});",
        f"const url = cloudinary.url({_text(photo.public_id)}, {{",
        *options,
        secure,
        "  urlAnalytics: false,",
        "});",
    ]
    return "\n".join(lines)


def _url_gen(photo: Photo, components: Sequence[Component]) -> str:
    actions = sorted({_ACTIONS[component["c"]] for component in components if "c" in component})
    resize = f'import {{ {", ".join(actions)} }} from "@cloudinary/url-gen/actions/resize";'
    delivery = 'import { format, quality } from "@cloudinary/url-gen/actions/delivery";'
    background = 'import { Background } from "@cloudinary/url-gen/qualifiers";'
    remark = "// Signing needs the secret, which no browser may have: sign on a server, or make the picture eagerly."
    host = urlsplit(photo.base)
    address = f"secureDistribution: {_text(host.netloc)}"
    if host.scheme != "https":
        address = f"secure: false, cname: {_text(host.netloc)}"
    lines = [
        'import { Cloudinary } from "@cloudinary/url-gen";',
        *([resize] if actions else []),
        *([background] if any("b" in component for component in components) else []),
        *([delivery] if any("f" in component for component in components) else []),
        "",
        *([remark] if photo.sign else []),
        "const cloud = new Cloudinary({",
        f"  cloud: {{ cloudName: {_text(photo.cloud)} }},",
        f"  url: {{ {address}, analytics: false }},",
        "});",
        "const url = cloud",
        f"  .image({_text(photo.public_id)})",
        *([f"  .setDeliveryType({_text(photo.type)})"] if photo.type != "upload" else []),
        *(line for component in components for line in _actions(component)),
        "  .toURL();",
    ]
    return "\n".join(lines)


def _actions(component: Component) -> Sequence[str]:
    lines = []
    if "c" in component:
        calls = [
            f".{name}({component[key] if key in _NUMBERS else _text(component[key])})"
            for key, name in _QUALIFIERS.items()
            if key in component
        ]
        if "b" in component:
            calls.append(".background(Background.auto())")
        lines.append(f"  .resize({_ACTIONS[component['c']]}(){''.join(calls)})")
    if "f" in component:
        lines.append(f"  .delivery(format({_text(component['f'])}))")
    if "q" in component:
        lines.append(f"  .delivery(quality({_text(component['q'])}))")
    return lines


def _literal(value: object) -> str:
    """In Python, with double quotes; JSON's escapes are Python's, too."""
    match value:
        case str():
            return _text(value)
        case dict():
            return f"{{{', '.join(f'{_literal(k)}: {_literal(v)}' for k, v in value.items())}}}"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case _:
            return repr(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _said(photo: Photo, components: Sequence[Component]) -> Mapping[str, object]:
    """The options of the classic SDKs, several components as a chain."""
    options: dict[str, object] = {}
    if len(components) == 1:
        options |= _options(components[0])
    else:
        options["transformation"] = [_options(component) for component in components]
    if photo.type != "upload":
        options["type"] = photo.type
    if photo.sign:
        options["sign_url"] = True
    return options


def _options(component: Component) -> dict[str, object]:
    return {_OPTIONS[key]: int(value) if key in _NUMBERS else value for key, value in component.items()}


def _host(photo: Photo) -> Mapping[str, object]:
    """How an SDK is pointed at a host: by `cname` without TLS, by `secure_distribution` with it."""
    parts = urlsplit(photo.base)
    if parts.scheme == "https":
        return {"secure": True, "secure_distribution": parts.netloc}
    return {"secure": False, "cname": parts.netloc}
