"""npm's smartcrop, in one node process that lives as long as the cropper."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.crop_quality.boxes import Box, window_at
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.croppers.cropper import Unavailable
from benchmarks.crop_quality.windows import largest

_NEEDS = "needs node and npm i smartcrop sharp, with NODE_PATH naming the node_modules"


class SmartcropJs:
    """Edges, skin and saturation weighed by a kernel that likes the middle and the thirds."""

    name = "smartcrop.js"
    blind = True

    def __init__(self) -> None:
        """Start node. Raises Unavailable."""
        node = shutil.which("node")
        if node is None:
            raise Unavailable(_NEEDS)
        script = Path(__file__).with_name("smartcrop.js")
        self._node = subprocess.Popen(
            [node, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            self.versions: dict[str, str] = self._read()
        except (OSError, ValueError) as error:
            self.close()
            raise Unavailable(_NEEDS) from error

    def crop(self, case: Case) -> Box:
        """The largest window of the ratio, where smartcrop puts it. Raises RuntimeError with what node says."""
        photo = case.task.photo
        window = largest(photo.size, case.task.ratio.exact)
        assert self._node.stdin is not None
        self._node.stdin.write(
            json.dumps({"path": str(photo.path), "width": window.width, "height": window.height}) + "\n"
        )
        self._node.stdin.flush()
        found = self._read()
        if "error" in found:
            raise RuntimeError(found["error"])
        x = min(max(found["x"], 0), photo.size.width - window.width)
        y = min(max(found["y"], 0), photo.size.height - window.height)
        return window_at(x, y, window)

    def close(self) -> None:
        """End the process."""
        self._node.terminate()
        self._node.wait()

    def _read(self) -> dict[str, Any]:
        assert self._node.stdout is not None
        answer: dict[str, Any] = json.loads(self._node.stdout.readline())
        return answer
