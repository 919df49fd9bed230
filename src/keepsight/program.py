"""How this very installation is called from a shell: every command that is printed can be pasted as it stands."""

from __future__ import annotations

import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

NAME = "keepsight"


def program() -> str:
    """`keepsight` where the shell finds this installation by that name, else the path of its script, quoted.

    The path is relative where it lies below the working directory, as in a checkout: `.venv/bin/keepsight`.
    """
    script = Path(sys.executable).with_name(NAME + Path(sys.executable).suffix)
    if not script.exists():
        return f"{interpreter()} -m {NAME}"
    found = shutil.which(NAME)
    if found is not None and Path(found).samefile(script):
        return NAME
    return _pasted(script)


def command(*words: str) -> str:
    """`keepsight` with these arguments, each quoted where a shell needs it."""
    return " ".join((program(), *map(shlex.quote, words)))


def installing(*extras: str) -> str:
    """The command that adds extras to this installation."""
    wanted = shlex.quote(f"{NAME}[{','.join(extras)}]")
    if find_spec("pip") is not None:
        return f"{interpreter()} -m pip install {wanted}"
    return f"uv pip install --python {interpreter()} {wanted}"  # uv makes environments without pip


def installing_cpu_torch(*extras: str) -> str:
    """The command that adds extras which bring torch, in its build for the processor: a tenth of the one for CUDA.

    pip takes what its index calls torch, which on Linux is the build for CUDA; uv knows where the other one is.
    """
    wanted = shlex.quote(f"{NAME}[{','.join(extras)}]")
    adding = f"pip install --python {interpreter()} --torch-backend cpu {wanted}"
    if shutil.which("uv") is not None or find_spec("pip") is None:
        return f"uv {adding}"
    return f"{interpreter()} -m pip install uv && {interpreter()} -m uv {adding}"


def interpreter() -> str:
    """The Python of this installation, as a shell calls it."""
    return _pasted(Path(sys.executable))


def _pasted(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
