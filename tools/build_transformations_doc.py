"""Write docs/transformations.md and its pictures from the declarations of the language.

python tools/build_transformations_doc.py
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from samples import badge, balloon  # noqa: E402 - beside this file

from keepsight.app import open_origin, open_registry  # noqa: E402 - after the path above
from keepsight.delivery.client import ANYONE  # noqa: E402
from keepsight.delivery.origin import Origin  # noqa: E402
from keepsight.settings import load_settings  # noqa: E402
from keepsight.transformation import condition, effects, expression, flags, output_values  # noqa: E402
from keepsight.transformation.effects import EFFECTS, Declaration, Kind  # noqa: E402
from keepsight.transformation.parameters import NOT_OFFERED, PARAMETERS, VIDEO_ONLY  # noqa: E402
from keepsight.transformation.values import Mode  # noqa: E402

PAGE = ROOT / "docs" / "transformations.md"
PICTURES = ROOT / "docs" / "effects"
SIZE = 220
"""Width of a sample, in pixels."""

MODES: Mapping[Mode, str] = {
    Mode.SCALE: "exactly the size, distorted if the ratio differs",
    Mode.FIT: "as large as fits inside the size",
    Mode.LIMIT: "as fit, never larger than it is",
    Mode.MFIT: "as fit, never smaller than it is",
    Mode.FILL: "exactly the size; what does not fit is cut off around the gravity",
    Mode.LFILL: "as fill, never enlarged",
    Mode.FILL_PAD: "as fill, padded where the cut would lose what matters; `g_auto` only",
    Mode.PAD: "exactly the size, the whole picture, padded",
    Mode.LPAD: "as pad, never enlarged",
    Mode.MPAD: "the picture as it is, padded up to the size",
    Mode.CROP: "a part of the picture, not scaled",
    Mode.THUMB: "as close to the gravity's target as the size allows, never enlarged",
    Mode.AUTO: "half way between thumb and fill",
    Mode.AUTO_PAD: "as auto, padded where the cut would lose what matters; `g_auto` only",
}


_PAGE = """\
# Transformations

Made by `python tools/build_transformations_doc.py` from the declarations in `src/keepsight/transformation/`; change
those, not this page.

A transformation is a chain of components between slashes, each a list of parameters between commas:
`c_fill,w_300,h_200,g_auto:cat/e_sepia/f_auto`. Every component works on what the one before it made. Inside a
component the order is always: turn to fit, resize, quarter turns and flips, effects as they are written, corners and
border, any other angle, effects that draw around the shape or bend it (`shadow`, `outline`, `shear`, `distort`) and
those behind them, opacity, background under all of it. Every effect counts; of two other values of one key the last
does. `x_` and `y_` are those of an effect that takes them, but beside `c_crop` and `g_xy_center` they place the cut;
`c_crop` with an offset and no size keeps all that is behind it. What does nothing beside the rest, the answer says.

- **Refused**, with a 400 whose `X-Cld-Error` says what was expected: what is unknown or not offered and would change
  the picture, what contradicts itself, and a size that nobody can have meant, such as `w_143.5`.
- **Clamped**, and said in `X-Cld-Warning`: numbers of effects beyond their range, and sizes beyond a limit of the
  server or of the format. Digits after the ninth decimal are rounded, and nothing is said of it.
- **Ignored**, and said in `X-Cld-Warning`: what has nothing to work on where it stands, and what is about video only.
  The same sentences are `warnings` of `fl_getinfo` and of `keepsight explain`; the header is cut at 1000 characters.

## Parameters

{parameters}
## Crop modes

{modes}
Without a size a mode means the size that the picture has. A whole number is pixels, a decimal such as `0.5` or `1.0`
a share of the picture. No picture is enlarged past `limits.max_output_pixels`; `X-Focus` says where that was the end.

## Effects

Values stand behind the name, joined by colons: `e_outline:outer:8`. One that is left out has its default.

{effects}
### Not offered

A request for one of these is a 400 that says so.

{refused}
## Layers

`l_<public id>` opens a layer, the components behind it work on the layer, and `fl_layer_apply` lays it on the picture:
`l_brand:badge/w_80/e_sepia/fl_layer_apply,g_south_east,x_10,y_10`. A colon stands for each slash of the public id. One
component may say all of it: `l_brand:badge,w_80,g_south_east`. Beside `fl_layer_apply` stand the place (`g_`, `x_`,
`y_`), the flags `no_overflow`, `tiled` and `cutter`, and an effect that mixes; sizes, turns, corners, opacity and
other effects there are done to the layer, last. `u_` lays under. `g_face`, `g_faces` and names of
objects place a layer on what is found in the picture below; if nothing is found, the layer is left out. `fl_relative`
beside a size makes its decimals shares of the picture below, `fl_region_relative` shares of each thing found, and
repeats the layer for each. `a_ignore`, `d_`, `dn_` and `pg_` say how the picture itself is read and are refused in a
layer.

`l_text:<font>_<size>:<words>` is a layer of words: `l_text:Arial_40_bold_center:Hello%20you,co_white`. Options follow
the size: a weight such as `bold`, `italic`, `underline`, `strikethrough`, `left`, `center`, `right`, `justify`,
`stroke` (with `bo_`), `letter_spacing_4`, `line_spacing_8`. `c_fit,w_300` beside it breaks lines at that width. A
comma or a slash in the words is escaped twice: `%252C`, `%252F`.

## Flags

Joined by dots: `fl_progressive.lossy`. Offered: {flags}.

{flags_ignored}
{flags_refused}
## Formats

Offered: {formats}.

## Variables, arithmetic and conditions

`$size_200/w_$size` gives and takes a variable; text stands between exclamation marks, `$name_!sepia!/e_$name`, and
inside the words of a text layer a variable is `$(name)`. Numbers are computed from left to right:
`w_$size_mul_2_add_10`, with {operators}. `if_w_gt_500/…/if_else/…/if_end` chooses between two chains;
`if_w_gt_500,w_100` is for its own component, or for the whole of the layer that opens there. Conditions and layers go
at most 50 deep, `a_ignore` stands outside of conditions that the picture decides, and a text has at most 8192
characters once its variables are put in. Comparisons are {comparisons}, joined by `_and_` and `_or_`; `and` binds
tighter. Of a picture can be asked:

{characteristics}
`ctx:!key!` and `md:!key!` are values of the asset's context and metadata. `t_<name>` stands for a transformation of
the configuration (`[transformations]`), `t_one.two` for two of them; `bl_<name>` does the same at the start.

## Parameters that are not offered

{keys_refused}
## Parameters that are ignored

They say how a video is encoded, and a picture is the same without them.

{keys_ignored}"""


def page() -> str:
    """The whole document."""
    return _PAGE.format(
        parameters=_table(
            ("key", "what", "value", "without it"),
            ((f"`{p.key}_`", p.help, p.expected, p.default) for p in PARAMETERS),
        ),
        modes=_table(("mode", "what comes out"), ((f"`c_{mode}`", MODES[mode]) for mode in Mode)),
        effects="\n".join(_kind(kind) for kind in _TITLES),
        refused=_table(("effect", "it is"), ((f"`e_{name}`", reason) for name, reason in effects.NOT_OFFERED.items())),
        flags=_list(flags.EXPECTED.split(", ")),
        flags_ignored=_table(
            ("ignored", "about"), ((f"`fl_{name}`", reason) for name, reason in flags.IGNORED.items())
        ),
        flags_refused=_table(
            ("not offered", "about"), ((f"`fl_{name}`", reason) for name, reason in flags.NOT_OFFERED.items())
        ),
        formats=_list(output_values.FORMATS),
        operators=_list(sorted(expression.OPERATORS)),
        comparisons=_list(sorted(condition.COMPARISONS)),
        characteristics=_table(
            ("word", "means"), ((f"`{name}`", help_) for name, help_ in expression.CHARACTERISTICS.items())
        ),
        keys_refused=_table(("key", "what"), ((f"`{key}_`", what) for key, what in NOT_OFFERED.items())),
        keys_ignored=_table(("key", "what"), ((f"`{key}_`", what) for key, what in VIDEO_ONLY.items())),
    )


_TITLES = {
    Kind.PIXELS: "Colour, tone and texture",
    Kind.RESHAPE: "Shape",
    Kind.REGION: "Parts of the picture",
    Kind.FACES: "Faces",
    Kind.BLEND: "Mixing a layer, in the component with `fl_layer_apply`",
    Kind.ANIMATION: "Animations",
}


def _kind(kind: Kind) -> str:
    declared = (d for d in EFFECTS.values() if d.kind is kind)
    return f"### {_TITLES[kind]}\n\n" + "\n".join(_effect(declaration) for declaration in declared)


def _effect(declaration: Declaration) -> str:
    parts = [f"#### `e_{declaration.name}`\n", f"{declaration.help}\n"]
    arguments = [*declaration.arguments, *([declaration.rest] if declaration.rest else [])]
    if arguments:
        rows = ((a.name, a.help, a.expected, _default(a.default)) for a in arguments)
        parts.append(_table(("value", "what", "expected", "default"), rows))
    if declaration.qualifiers:
        parts.append("Listens to " + _list(f"{key}_" for key in declaration.qualifiers) + ".\n")
    if declaration.kind is not Kind.ANIMATION:
        parts.append(f"![{declaration.name}](effects/{declaration.name}.webp) `{shown(declaration)}`\n")
    return "\n".join(parts)


def _default(value: object) -> str:
    return {None: "decided by the picture", "required": "must be given", False: "off"}.get(value, str(value))  # type: ignore[call-overload]


def shown(declaration: Declaration) -> str:
    """The components of the sample, as a reader would write them."""
    if declaration.kind is Kind.BLEND:
        listens = ",x_30,y_30" if "x" in declaration.qualifiers else ""
        return f"l_badge/w_100/e_{declaration.name},fl_layer_apply{listens}"
    return declaration.sample or f"e_{declaration.name}"


def sample_url(declaration: Declaration) -> str:
    """The transformation of its picture."""
    trimmed = "c_pad,w_300,h_220,b_white/" if declaration.name == "trim" else ""
    return f"w_{SIZE}/{trimmed}{quote(shown(declaration), safe='/,:$_.-')}/f_webp,q_80"


def pictures() -> Iterator[tuple[str, bytes]]:
    """Every sample: name of its effect and WebP bytes."""
    with tempfile.TemporaryDirectory() as folder:
        origin = _origin(Path(folder))
        for declaration in EFFECTS.values():
            if declaration.kind is not Kind.ANIMATION:
                url = f"/demo/image/upload/{sample_url(declaration)}/balloon.png"
                yield declaration.name, origin.deliver(url, ANYONE).answer.body


def _origin(folder: Path) -> Origin:
    media = folder / "media"
    media.mkdir()
    balloon((660, 440)).save(media / "balloon.png")
    # What stands for a face here, so that the effects on faces have one.
    (media / "balloon.png.keepsight.toml").write_text("faces = [[430, 90, 145, 140]]\n", "utf-8")
    badge((200, 200)).save(media / "badge.png")
    settings = load_settings(
        None, {"storage": {"media": media, "data": folder / "data"}, "models": {"weights": folder}}
    )
    return open_origin(settings, open_registry(settings))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, body in pictures():
        (PICTURES / f"{name}.webp").write_bytes(body)
