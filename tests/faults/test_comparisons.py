"""Secrets are compared in constant time: the source is read, so that no `==` slips in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import keepsight

SOURCE = Path(keepsight.__file__).parent
SECRET = re.compile(
    r"secret|signature|hmac|\bmac\b|digest_of_token|password|token_key|api_key|bearer|metrics_token|\bsig\b",
    re.IGNORECASE,
)
"""What the names of such values look like."""
ROOMS = ("api", "delivery", "fetch", "telemetry")
"""Where strangers give such values."""
DECLARED = {"name not in _WITHOUT_SIGNATURE", "len(secret) >= _SHORTEST"}
"""Names of parameters, which only sound so, and the length of what was configured."""


def comparisons(path: Path) -> Iterator[tuple[int, str]]:
    """Comparisons, and look-ups that compare, in which something that sounds secret takes part."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Compare):
            text = ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in ("index", "count", "startswith", "endswith", "__eq__", "fullmatch", "match"):
                continue
            text = ast.unparse(node)
        elif isinstance(node, ast.Match):
            text = ast.unparse(node.subject)
        else:
            continue
        named = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)  # names of parameters are no secrets
        if SECRET.search(named):
            yield node.lineno, text


@pytest.mark.parametrize("room", ROOMS)
def test_no_secret_is_compared_as_a_text(room: str) -> None:
    found = {
        (path.relative_to(SOURCE).as_posix(), text)
        for path in [*sorted((SOURCE / room).rglob("*.py")), *sorted(SOURCE.glob("*.py"))]
        for _, text in comparisons(path)
    }
    assert not {each for each in found if not harmless(each[1])}


def harmless(text: str) -> bool:
    """Whether there is any, or whether it is one of the declared names: nothing that a clock could tell."""
    return bool(re.fullmatch(r"([\w.]+|\(token := [\w.]+\([\w.]*\)\)) is (not )?None", text)) or text in DECLARED


def test_the_reader_finds_what_it_should(tmp_path: Path) -> None:
    """A guard that cannot fail guards nothing."""
    bad = tmp_path / "bad.py"
    bad.write_text(
        "ok = given == secret\nok = signature in known\nok = a.startswith(api_key)\nok = hmac_of(x) != sent\n"
        "ok = name == 'secret'\nok = hmac.compare_digest(a, secret)\nok = secret is None\n"
    )
    assert [line for line, text in comparisons(bad) if not harmless(text)] == [1, 2, 3, 4]


def test_every_verification_compares_in_constant_time() -> None:
    """Those that verify call `hmac.compare_digest`, all of them over every candidate."""
    for name in ("delivery/signature.py", "delivery/token.py", "api/auth.py"):
        text = (SOURCE / name).read_text("utf-8")
        assert "hmac.compare_digest" in text, name
        # `any` over a generator ends at the first that fits, and so tells which one it was.
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "any":
                argument = ast.unparse(node.args[0])
                if re.search(r"_same|compare_digest|verify_signature", argument):
                    assert isinstance(node.args[0], ast.ListComp), (name, argument)
