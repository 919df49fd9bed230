"""A transformation as one writes it into a URL, on its own."""

from __future__ import annotations

from urllib.parse import unquote

from keepsight.transformation.build import build_plan
from keepsight.transformation.plan import Plan


def parse_plan(text: str) -> Plan:
    """The plan of a transformation such as `c_thumb,g_auto:cat,w_300,h_300/f_auto`, percent-escapes read.

    What only the picture settles (conditions, variables) waits in the plan. Raises BadRequest, which says what is
    wrong and what was expected.
    """
    return build_plan([unquote(part) for part in text.strip("/").split("/") if part])
