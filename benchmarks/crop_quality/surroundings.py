"""When, where and with which versions a table was made: without that a number cannot be repeated."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.crop_quality.croppers.cropper import Unavailable
from benchmarks.crop_quality.croppers.vips import import_pyvips
from keepsight import __version__

_PACKAGES = ("torch", "ultralytics", "onnxruntime", "numpy", "pillow")


def surroundings(weights: Sequence[str], node: dict[str, str] | None) -> tuple[str, ...]:
    """One line per fact. `node` holds versions of npm packages, where they took part."""
    return (
        f"date: {datetime.now(UTC):%Y-%m-%d}",
        f"machine: {os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.machine()}, no GPU used",
        f"versions: {', '.join(_versions(node or {}))}",
        f"weights: {'; '.join(weights) or 'none installed'}",
    )


def _versions(node: dict[str, str]) -> Iterator[str]:
    yield f"keepsight {__version__}{_commit()}"
    yield f"Python {platform.python_version()}"
    for package in _PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    try:
        vips = import_pyvips()
        yield f"libvips {'.'.join(str(vips.version(part)) for part in range(3))}"
    except Unavailable:
        pass
    for package, number in node.items():
        yield f"{package} {number} (npm)"


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    here = Path(__file__).parent
    said = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True, check=False
    )
    return f" ({said.stdout.strip()})" if said.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
