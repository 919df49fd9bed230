"""Class names that a weights file brings along, checked before anything is done with them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from keepsight.errors import ModelError

MOST_NAMES = 65_536
"""Three times the classes of ImageNet-21k, the largest vocabulary in use."""
LONGEST_NAME = 256
"""Characters; the longest of LVIS has 48."""


def checked_class_names(names: Iterable[object]) -> tuple[str, ...]:
    """The names, in their order.

    A pickle may hold lists that contain one another: a few hundred bytes whose text is gigabytes. Nothing but a string
    is therefore turned into text. Raises ModelError for anything else, for too many and for too long ones.
    """
    checked = []
    for name in islice(names, MOST_NAMES + 1):
        if not isinstance(name, str):
            raise ModelError(f"a class name in the file is no text but {type(name).__name__}")
        if len(name) > LONGEST_NAME:
            raise ModelError(f"a class name in the file has {len(name)} characters (at most {LONGEST_NAME})")
        checked.append(name)
    if len(checked) > MOST_NAMES:
        raise ModelError(f"the file names more than {MOST_NAMES} classes")
    return tuple(checked)
