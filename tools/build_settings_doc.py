"""Print docs/settings.md from the declaration of the settings.

python tools/build_settings_doc.py > docs/settings.md
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from build_config_example import EXAMPLES, toml

from keepsight.reloading import FIXED
from keepsight.settings import ENV_PREFIX, Section, Settings

_HEAD = f"""\
# Settings

Made by `python tools/build_settings_doc.py` from the declaration in `src/keepsight/settings.py`.

A TOML file (`--config`, or `{ENV_PREFIX}CONFIG`) gives them by section, and the environment overrides each:
`cache.max_bytes` is `{ENV_PREFIX}CACHE__MAX_BYTES`. Lists are JSON there, or separated by commas. Relative folders are
relative to where the server is started. A wrong file is refused with all its errors at once.

`kill -HUP` has a running server read its file again, with all its processes. Requests in work end with the settings
that they began with; a wrong file is refused in the log, with all its errors, and nothing changes. These wait for a
restart, and the log names those that differ: {{fixed}}; and whether there is a secret at all.
"""


def page() -> str:
    """The whole document."""
    fixed = (f"`{name}.{key}`" for name, keys in FIXED.items() for key in (sorted(keys) if keys else ("*",)))
    parts = ["\n".join(_wrapped(_HEAD.format(fixed=", ".join(fixed))))]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            rows = "".join(_row(name, key, section) for key in section.model_fields)
            parts.append(
                f"## {name}\n\n{section.__doc__}\n\n| setting | default | what |\n| --- | --- | --- |\n{rows}"
            )
        else:
            parts.append(f"## {name}\n\n{field.description}\n")
    return "\n".join(parts)


def _wrapped(text: str) -> Iterator[str]:
    """Paragraphs within 120 columns; the others as they are."""
    for line in text.split("\n"):
        yield from textwrap.wrap(line, 120, break_on_hyphens=False) if len(line) > 120 else (line,)


def _row(name: str, key: str, section: type[Section]) -> str:
    field = section.model_fields[key]
    open_ = field.default_factory is not None or field.default is None
    default = f"not set, such as `{EXAMPLES[key]}`" if open_ else f"`{toml(field.default)}`"
    what = str(field.description).replace("|", "\\|")
    for sign in "<>":
        what = what.replace(sign, f"\\{sign}")
    return f"| `{name}.{key}` | {default} | {what} |\n"


if __name__ == "__main__":
    print(page(), end="")
