"""Print config.example.toml from the declaration of the settings.

python tools/build_config_example.py > config.example.toml
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ByteSize
from pydantic.fields import FieldInfo

from keepsight.settings import ENV_PREFIX, Section, Settings

_HEAD = f"""\
# Every setting of Keepsight with its default. Pass the file with --config or name it in {ENV_PREFIX}CONFIG.
# The environment overrides each: {ENV_PREFIX}<SECTION>__<KEY>, lists as JSON or separated by commas.
# Relative folders are relative to where the server is started.
"""
_UNITS = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def example() -> str:
    """The whole file."""
    return "\n".join((_HEAD, *_sections()))


def _sections() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if name == "transformations":
            yield f'# {field.description}\n[{name}]\n#badge = "l_badge,g_south_east,w_0.2,fl_relative"\n'
            continue
        assert isinstance(section, type) and issubclass(section, Section)
        yield f"# {section.__doc__}\n[{name}]"
        yield from (_setting(key, f) for key, f in section.model_fields.items())
        yield ""


def _setting(key: str, field: FieldInfo) -> str:
    # What depends on the machine, and what has no default, is shown commented out.
    if field.default_factory is not None or field.default is None:
        return f"# {field.description}\n#{key} = {EXAMPLES[key]}"
    return f"# {field.description}\n{key} = {toml(field.default)}"


EXAMPLES = {  # for what has no default
    "api_key": '"123456789012345"',
    "api_secret": '"a long random text"',
    "auth_token_key": '"00112233445566778899aabbccddeeff"',
    "private": '"private"',
    "authenticated": '"authenticated"',
    "originals": '"s3://bucket/originals?region=eu-central-1"',
    "url": '"postgresql://keepsight@localhost/keepsight"',
    "weights": '"weights"',
    "mirror": '"https://mirror.example/weights"',
    "threads": "2",
    "metrics_token": '"another long random text"',
    "public_url": '"https://pictures.example"',
    "purge_url": '"https://cdn.example/purge"',
    "deadline": "5.0",
    "enabled": "true",
    "workers": "2",
}


def toml(value: Any) -> str:
    """A default as the file writes it."""
    if isinstance(value, ByteSize):
        unit, size = next((u, s) for u, s in _UNITS if value % s == 0)
        return f'"{value // size}{unit}"'
    if isinstance(value, tuple):
        return json.dumps([str(v) for v in value])
    return json.dumps(str(value) if isinstance(value, Path) else value)


if __name__ == "__main__":
    print(example(), end="")
