"""Networks in ONNX files, through ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepsight.detect.runtime.device import Device, on_cuda
from keepsight.errors import ModelError

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
DTYPES: dict[str, np.dtype[Any]] = {"tensor(float)": np.dtype(np.float32), "tensor(float16)": np.dtype(np.float16)}
"""What networks take pictures in."""


def open_session(content: bytes, device: Device = "cpu") -> Any:
    """An inference session, one thread a call; many threads may run it at once.

    Raises ModelError when ONNX Runtime is not installed or does not offer the device that is demanded, or the content
    is no network that it can run.
    """
    # It would keep a number for this machine and a list of events in the home folder, to be sent to its makers.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime  # noqa: PLC0415 - slow to import, and not always installed
    except ImportError as error:
        raise ModelError(f"ONNX Runtime is not installed ({error}); see the extra 'onnx'") from error
    options = onnxruntime.SessionOptions()
    # One picture, one thread: as many pictures at once as there are cores beat many threads on one picture.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_mem_pattern = False
    providers = providers_for(device, onnxruntime.get_available_providers())
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # its errors share no base
        raise ModelError(f"the file is no network that ONNX Runtime can run ({type(error).__name__})") from error


def run(session: Any, names: Sequence[str] | None, given: Mapping[str, NDArray[Any]], usual: int) -> list[Any]:
    """What a network answers. A picture of more than `usual` pixels leaves no working memory behind.

    ONNX Runtime keeps what its largest run took, once for every thread that ran at the same time: 75 MiB of a nano
    YOLO network after two pictures of 960 x 960, against 30 after 640 x 640. To give it back costs 2 ms, so that is
    for the few runs that are larger than the others. Raises what ONNX Runtime raises.
    """
    options = None
    if any(each.ndim == 4 and each.shape[2] * each.shape[3] > usual for each in given.values()):
        import onnxruntime  # noqa: PLC0415 - slow to import, and not always installed

        options = onnxruntime.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    answers: list[Any] = session.run(names, dict(given), options)
    return answers


def providers_for(device: Device, offered: Sequence[str]) -> list[str]:
    """The execution providers for a device, the first one preferred, of those that ONNX Runtime offers.

    Raises ModelError when CUDA is demanded and not offered.
    """
    return [CUDA, CPU] if on_cuda(device, offered=CUDA in offered, library="ONNX Runtime") else [CPU]


def run_session(session: Any, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first output for the one input, both of shape (1, channels, height, width).

    Raises ModelError when the network fails or answers in another shape or with something that is no number.
    """
    try:
        (output, *_) = session.run(None, {session.get_inputs()[0].name: values})
    except Exception as error:
        raise ModelError(f"the network failed on a picture ({type(error).__name__})") from error
    answer = np.asarray(output, dtype=np.float32)
    if answer.ndim != 4 or answer.shape[0] != 1 or answer.shape[1] != 1:
        raise ModelError("the network answers with something that is no map")
    if not np.isfinite(answer).all():
        raise ModelError("the network answered with something that is no number")
    return answer


def normalised(
    pixels: NDArray[np.float32], mean: tuple[float, ...], deviation: tuple[float, ...]
) -> NDArray[np.float32]:
    """Values of shape (height, width, 3) in 0..1 as the input of a network: (1, 3, height, width)."""
    values = (pixels - np.asarray(mean, np.float32)) / np.asarray(deviation, np.float32)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], dtype=np.float32)
