"""A system that has no font of its own: only those of the installation are there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BARE = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>'


def printed_without_fonts(folder: Path, code: str, *arguments: str) -> Any:
    """What a program prints as JSON in a process that knows no fonts of the system; `folder` is written to."""
    (folder / "fonts.conf").write_text(BARE)
    environment = os.environ | {"FONTCONFIG_FILE": str(folder / "fonts.conf"), "XDG_CACHE_HOME": str(folder)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
