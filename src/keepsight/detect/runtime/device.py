"""Whether networks run on a graphics processor."""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from keepsight.errors import ModelError

Device = Literal["auto", "cpu", "cuda"]
"""What may be asked for; `auto` takes CUDA where it is."""
DRIVERS = ("libcuda.so.1", "nvcuda.dll")


def on_cuda(device: Device, *, offered: bool, library: str) -> bool:
    """Whether `library`, which offers CUDA here or not, is to use it.

    Raises ModelError when CUDA is demanded and not offered.
    """
    if device == "cuda" and not offered:
        raise ModelError(f"models.device is cuda, but {library} offers none here")
    return offered and device != "cpu"


@cache
def can_use_cuda() -> frozenset[str]:
    """The runtimes, `torch` and `onnx`, whose installed package is one for CUDA, on a machine that has a device.

    A guess for the choice between runtimes: it imports neither of them. What is loaded then looks for itself.
    """
    if not _devices():
        return frozenset()
    torch = _version("torch")
    runtimes = {"torch"} if torch is not None and not torch.endswith("+cpu") else set()
    return frozenset(runtimes | ({"onnx"} if _version("onnxruntime-gpu") else set()))


def _devices() -> int:
    """How many devices the driver of CUDA reports; 0 without a driver."""
    for name in DRIVERS:
        try:
            driver = ctypes.CDLL(name)
        except OSError:
            continue
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
