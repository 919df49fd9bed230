"""Which settings a running server takes over from a changed file, and which need a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepsight.settings import Settings

FIXED: Mapping[str, frozenset[str] | None] = {
    "server": frozenset({"host", "port", "workers", "grace"}),
    "storage": None,
    "catalogue": None,
    "models": None,
    "fetch": frozenset({"store_bytes", "concurrency"}),
    "cache": frozenset({"max_bytes"}),
    "log": None,
    "limits": frozenset({"threads", "queue", "wait", "standing_queue"}),
}
"""By section, what a process keeps for its life: what it opened, listens at or made threads for; None: all of it."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """Settings to go on with."""

    settings: Settings
    changed: tuple[str, ...]
    """Names of the settings that are others now."""
    waiting: tuple[str, ...]
    """Names of those that differ in the file and stay as they were until a restart."""


def reloaded(old: Settings, new: Settings) -> Reloaded:
    """The new settings, as far as a server that runs with the old ones can take them over.

    What comes with the first secret, the catalogue and its APIs, comes at a start: whether there is one stays.
    """
    changed, waiting, sections = [], [], {}
    for name in type(old).model_fields:
        mine, theirs = getattr(old, name), getattr(new, name)
        if not hasattr(mine, "model_copy"):  # the names of transformations are data, not settings of their own
            sections[name] = theirs
            changed += [name] * (mine != theirs)
            continue
        differ = [key for key in type(mine).model_fields if getattr(mine, key) != getattr(theirs, key)]
        kept = [key for key in differ if _is_fixed(name, key, old, new)]
        sections[name] = theirs.model_copy(update={key: getattr(mine, key) for key in kept})
        changed += [f"{name}.{key}" for key in differ if key not in kept]
        waiting += [f"{name}.{key}" for key in kept]
    return Reloaded(old.model_copy(update=sections), tuple(changed), tuple(waiting))


def _is_fixed(section: str, key: str, old: Settings, new: Settings) -> bool:
    if section == "cloud" and old.development != new.development:
        return True
    if section not in FIXED:
        return False
    keys = FIXED[section]
    return keys is None or key in keys
