"""Throw inputs at the URL language, guided by coverage: nothing but a refusal may come, and what is read prints back.

    make fuzz

Every input is read as a path of its own, and as a heap of words of the language. The exit status is 0 when all inputs
were answered.
"""

from __future__ import annotations

from urllib.parse import unquote

import atheris
from fuzzing import fuzz, heap

with atheris.instrument_imports(include=["keepsight"]):
    from keepsight.errors import RequestError
    from keepsight.transformation.build import build_plan
    from keepsight.transformation.effects import EFFECTS
    from keepsight.transformation.hints import Hints
    from keepsight.transformation.parameters import PARAMETERS
    from keepsight.transformation.path import split_path
    from keepsight.transformation.plan_text import plan_text

KEYS = [*(f"{p.key}_" for p in PARAMETERS), "if_", "$a_", "fn_"]
_TEXT = """
auto cat face faces 100 0.5 -7 16:9 max iw ih w h ar fc tags $a $(a) !text! !a:b! _mul_ _div_ _add_ _pow_ _gt_ _eq_
_and_ _or_ _in_ else end text:Arial_20_bold:hi north xy_center layer_apply relative rgb:f00 red : . _ , / % %2F %252C
fetch: limit thumb fill_pad crop custom hflip ignore breakpoints best 420 progressive attachment:x
"""
WORDS = [*_TEXT.split(), *EFFECTS]
NAMED = {"one": "c_fill,w_100,h_100/t_two", "two": "e_sepia", "loop": "t_loop"}


def one(data: bytes) -> None:
    """One input; what it raises is a find."""
    provider = atheris.FuzzedDataProvider(data)
    written = (
        heap(provider, (KEYS, WORDS), "_,/:") if provider.ConsumeBool() else provider.ConsumeUnicodeNoSurrogates(400)
    )
    try:
        request = split_path(f"/demo/image/upload/{written}/v1/a.jpg", "demo")
        plan = build_plan(request.components, Hints(width=333), NAMED)
    except RequestError as refusal:
        assert str(refusal)
        return
    printed = [unquote(c) for c in plan_text(plan).split("/") if c]
    again = build_plan(printed, Hints(), NAMED)
    assert again == plan, (written, printed)


if __name__ == "__main__":
    fuzz(one)
