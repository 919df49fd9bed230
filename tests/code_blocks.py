"""Code out of the documents, so that what a reader copies is what the tests run."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

DOCS = Path(__file__).resolve().parents[1] / "docs"
_TAB = re.compile(r'^=== "([^"]+)"\n\n((?:    .*\n|\n)+)', re.MULTILINE)
_TAB_BLOCK = re.compile(r"```\w+\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r'^([ ]*)```\w+ title="([^"\n]+)"\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)


def code_blocks(page: str) -> dict[str, str]:
    """The fenced blocks of a page of docs/ that have a title, by title: the text of a file, without indentation."""
    found = _BLOCK.findall((DOCS / page).read_text("utf-8"))
    blocks = {title: dedent(text) for _, title, text in found}
    assert found, f"docs/{page} has no code with a title"
    assert len(blocks) == len(found), f"docs/{page} has two blocks with one title"
    return blocks


def code_of_tabs(page: str) -> dict[str, str]:
    """The one fenced block of each tab of a page of docs/, by the title of the tab, without indentation."""
    found = {}
    for title, text in _TAB.findall((DOCS / page).read_text("utf-8")):
        (found[title],) = _TAB_BLOCK.findall(dedent(text))
    assert found, f"docs/{page} has no tabs"
    return found
