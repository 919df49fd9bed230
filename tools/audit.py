"""Ask the advisory service of the package index which installed packages have known holes.

    make audit

The exit status is 1 when one has a hole that a newer version mends, 2 when the service cannot be asked: that says
nothing of the packages, and is said.
"""

from __future__ import annotations

import json
import subprocess
import sys

SECONDS = 240


def main() -> int:
    """Ask, and tell."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--local",
        "--skip-editable",
        "--progress-spinner=off",
        "--format=json",
    ]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        packages = json.loads(asked.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return _unasked(f"no answer within {SECONDS} s")
    except (ValueError, KeyError):
        return _unasked(asked.stderr.strip().rpartition("\n")[2][:200] or "no answer")
    known = [package for package in packages if "vulns" in package]
    if len(known) * 2 < len(packages):
        return _unasked(f"it knows {len(known)} of {len(packages)} packages")
    mended = 0
    for package in known:
        for hole in package["vulns"]:
            fixes = ", ".join(hole["fix_versions"]) or "nothing yet"
            mended += bool(hole["fix_versions"])
            print(f"audit: {package['name']} {package['version']}: {hole['id']}, mended by {fixes}")
    print(f"audit: {len(known)} packages, {mended} holes that a newer version mends")
    return 1 if mended else 0


def _unasked(why: str) -> int:
    print(f"audit: skipped, the advisory service cannot be asked here ({why})")
    return 2


if __name__ == "__main__":
    sys.exit(main())
