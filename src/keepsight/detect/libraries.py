"""Importing torch and Ultralytics without what they do on the side."""

from __future__ import annotations

import atexit
import os
import tempfile
from functools import cache
from typing import Any

from keepsight.errors import ModelError
from keepsight.program import installing_cpu_torch


@cache
def import_ultralytics() -> Any:
    """The module `torch`, with Ultralytics' layers loaded.

    Imported on first use: it takes seconds and 280 MB. Nothing is written to the home folder, installed, fetched or
    logged on the way. Raises ModelError when the libraries are not installed.
    """
    folder = tempfile.TemporaryDirectory(prefix="keepsight-")
    atexit.register(folder.cleanup)
    os.environ.update(YOLO_CONFIG_DIR=folder.name, YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false", YOLO_VERBOSE="false")
    try:
        import torch  # noqa: PLC0415 - slow to import, and not always installed
        import ultralytics.nn.tasks  # noqa: F401, PLC0415 - the layers that a checkpoint names
        from ultralytics.utils import SETTINGS  # noqa: PLC0415 - slow to import, and not always installed
    except ImportError as error:  # also a missing torchvision, whose metadata Ultralytics asks for
        mend = installing_cpu_torch("detect", "onnx")
        raise ModelError(f"torch and Ultralytics are not installed ({error}): {mend}") from error
    SETTINGS.update({"sync": False})
    return torch
