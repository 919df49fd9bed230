"""Reading a PyTorch checkpoint without trusting it.

A `.pt` file is a zip that holds a pickle, and a pickle is a program. Nothing in it is ever run here:

- `class_names` reads the pickle with every name replaced by an inert shell; it needs no torch.
- `load_network` lets torch's restricted unpickler rebuild the network from an allow-list of layer classes, and even
  those are only allocated, never constructed: `DetectionModel({"activation": "..."})` evaluates its argument.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from itertools import chain
from threading import Lock
from typing import Any

from keepsight.detect.class_names import checked_class_names
from keepsight.detect.libraries import import_ultralytics
from keepsight.errors import ModelError

LAYER_MODULES = ("torch.nn.modules.", "ultralytics.nn.modules.", "ultralytics.nn.tasks.")
FUSED_METHOD = "forward_fuse"
"""What Ultralytics calls the forward pass of a layer whose parts were fused."""
PICKLE_LIMIT = 64 << 20
"""Bytes. The pickle of a network of any size is below 1 MB; its tensors lie beside it."""

# torch keeps its allow-list in a global set, so two loads at once would see each other's.
_allow_list = Lock()


def class_names(content: bytes) -> tuple[str, ...]:
    """The class names of the detector in a checkpoint, in the order of its class index.

    Raises ModelError when `content` is no checkpoint of an Ultralytics network.
    """
    try:
        checkpoint = _SkeletonReader(io.BytesIO(_pickle_of(content))).load()
        network = checkpoint.get("ema") or checkpoint.get("model")
        names = network.state["names"]
        return checked_class_names(names.values() if isinstance(names, dict) else names)
    except ModelError:
        raise
    except Exception as error:  # a damaged pickle fails in any way it likes
        raise ModelError(f"the file is not a checkpoint of a detector ({type(error).__name__})") from error


def load_network(content: bytes) -> Any:
    """The network in a checkpoint, as a torch module on the CPU in single precision.

    Raises ModelError when `content` is empty, damaged or no checkpoint, or names anything but layers.
    """
    _pickle_of(content)
    torch = import_ultralytics()
    try:
        with _allow_list:
            needed = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
            entries = chain.from_iterable(_allowed(name, torch.nn.Module) for name in sorted(needed))
            with torch.serialization.safe_globals(list(entries)):
                checkpoint = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        network = checkpoint.get("ema") or checkpoint.get("model")
        if not isinstance(network, torch.nn.Module):
            raise ModelError("the checkpoint holds no network")
        return network.float()
    except ModelError:
        raise
    except Exception as error:  # torch and hostile bytes raise whatever they like
        raise ModelError(f"the checkpoint cannot be loaded ({type(error).__name__})") from error


def _pickle_of(content: bytes) -> bytes:
    """The pickle inside the zip; raises ModelError in words when there is none."""
    if not content:
        raise ModelError("the file is empty")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = next(item for item in archive.infolist() if item.filename.endswith("/data.pkl"))
            if entry.file_size > PICKLE_LIMIT:
                raise ModelError("the checkpoint's description of its network is too large")
            return archive.read(entry)
    except (zipfile.BadZipFile, StopIteration, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError("the file is truncated or not a PyTorch checkpoint") from error


def _allowed(name: str, base: type) -> Iterator[Any]:
    """Entries of torch's allow-list for one global of a pickle; raises ModelError when it is no class under `base`."""
    module, _, attribute = name.rpartition(".")
    layer: Any = None
    if name == "builtins.getattr":
        # A layer whose parts were fused keeps the method that it was given for it; see `_fused_method`.
        yield partial(_fused_method, base), name
        return
    if f"{module}.".startswith(LAYER_MODULES):
        try:
            layer = getattr(import_module(module), attribute, None)
        except ImportError as error:
            raise ModelError(f"the checkpoint needs {name}, which this version of Ultralytics lacks") from error
    if not (isinstance(layer, type) and issubclass(layer, base) and f"{layer.__module__}.".startswith(LAYER_MODULES)):
        raise ModelError(f"the checkpoint names {name}, which is not a layer of a network; it was not loaded")
    yield type(layer.__name__, (_Allocates,), {"stands_for": layer}), name
    # Lets torch fill an allocated layer. No pickle can spell a name with a line break, so none can call this one.
    yield layer, f"{name}\n"


def _fused_method(base: type, owner: object, name: object) -> Any:
    """Stands in for `getattr` of a pickle: gives the one method that fused layers keep, and nothing else.

    `owner` is a layer, or one of the stand-ins of `_allowed` for its class.
    """
    layer = owner.stands_for if isinstance(owner, type) and issubclass(owner, _Allocates) else type(owner)
    if name == FUSED_METHOD and issubclass(layer, base) and layer.__module__.startswith(LAYER_MODULES):
        method = getattr(layer, FUSED_METHOD)
        return method if isinstance(owner, type) else method.__get__(owner)
    raise ModelError(f"the checkpoint reads {name!r} of {layer.__name__}, which no layer keeps; it was not loaded")


class _Allocates:
    """Makes objects of the class that it stands for without constructing them."""

    stands_for: Any

    def __new__(cls) -> Any:
        return cls.stands_for.__new__(cls.stands_for)


class _Shell:
    """Stands for any object of a pickle; keeps the state that would have filled it and does nothing."""

    state: Any = None

    def __new__(cls, *_: object, **__: object) -> _Shell:
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        self.items: dict[Any, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value

    def append(self, _: object) -> None:
        """Pickles of list subclasses call it."""

    def add(self, _: object) -> None:
        """Pickles of set subclasses call it."""


class _SkeletonReader(pickle.Unpickler):
    """Reads plain data and nothing else: every global is a shell, every tensor is None."""

    def find_class(self, _module: str, _name: str) -> type[_Shell]:
        return _Shell

    def persistent_load(self, _reference: object) -> None:
        return None
