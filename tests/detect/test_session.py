"""What ONNX Runtime keeps of its working memory, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import ROOT, shared

SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from keepsight.detect.runtime.session import open_session, run
from keepsight.memory import trim_memory

def resident():
    trim_memory()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024

session = open_session(Path(sys.argv[1]).read_bytes())
def look(side):
    run(session, None, {session.get_inputs()[0].name: np.zeros((1, 3, side, side), np.float32)}, int(sys.argv[2]))
look(640)
before = resident()
look(1600)
print(resident() - before)
"""


def kept(usual: int) -> float:
    """MiB more after a picture of 1600 x 1600 than after one of 640 x 640."""
    network = shared("models", "face_detection_yunet_2026may.onnx")
    command = [sys.executable, "-c", SCRIPT, str(network), str(usual)]
    return float(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads how much memory is taken from Linux")
def test_a_picture_that_is_larger_than_usual_leaves_no_working_memory_behind() -> None:
    pytest.importorskip("onnxruntime")
    assert kept(640 * 640) < 10
    assert kept(1600 * 1600) > 30, "ONNX Runtime has changed: `run` may be needless"
