"""Exporting weights to ONNX, once, and proving that the export sees what the weights see."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keepsight.detect.agreement import disagreement, trial_pictures
from keepsight.detect.card import Card
from keepsight.detect.detector import Identity
from keepsight.detect.export import export
from keepsight.detect.model import Model
from keepsight.detect.onnx_file import describe
from keepsight.detect.runtime.choice import PACKAGES, export_of, export_path, installed
from keepsight.detect.runtime.onnx import load_onnx
from keepsight.detect.runtime.openvino import load_openvino
from keepsight.detect.runtime.ultralytics import load_ultralytics
from keepsight.detect.vocabulary import Vocabulary
from keepsight.detect.weights import Weights, find_weights
from keepsight.errors import ModelError
from keepsight.program import command, installing

OnStep = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, and how many there are."""
LOADERS = {"onnx": load_onnx, "openvino": load_openvino}


def silent(_: str, __: int, ___: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Optimised:
    """What became of one model."""

    exported: bool
    """Whether there is an export of its weights now, made just now or before."""
    says: str


def optimise_model(model: Model, on_step: OnStep = silent, *, again: bool = False) -> Optimised:
    """Export the weights of a model, unless there is nothing to do or it was done (`again`: do it all the same).

    Raises ModelError as `optimise` does.
    """
    if model.refused:
        return Optimised(False, f"nothing to optimise, it is refused: {model.refused}")
    if model.card.task == "classify":
        return Optimised(False, "nothing to optimise, a classifier runs as it is")
    if model.card.endpoint is not None:
        return Optimised(False, f"nothing to optimise, it runs on {model.card.endpoint.address}")
    weights = find_weights(model.card, model.folder)
    if weights is None:
        computed = "nothing to optimise, it is computed from others"
        return Optimised(False, computed if model.installed else "not installed")
    if weights.path.suffix != ".pt":
        return Optimised(False, f"nothing to optimise, {weights.path.name} runs as it is")
    if not again and export_of(weights) is not None:
        return Optimised(True, f"nothing to do, {export_path(weights).name} is an export of these weights")
    runtimes = optimise(model.card, weights, model.vocabulary, on_step)
    return Optimised(True, f"{export_path(weights).name} agrees with {weights.path.name} in {' and '.join(runtimes)}")


def optimise(card: Card, weights: Weights, vocabulary: Vocabulary, on_step: OnStep = silent) -> tuple[str, ...]:
    """Export the `.pt` weights of a model beside them; returns the runtimes that were proved to agree with torch.

    `on_step` is told what is being done, and how many of how many steps are done.

    The export takes its place only when every runtime installed here sees in it what torch sees in the weights. Takes
    some ten seconds. Raises ModelError when torch, `onnx` or both runtimes are not installed, when the weights cannot
    be loaded, when the export sees something else, or when the folder cannot be written.
    """
    path = export_path(weights)
    _refuse_to_overwrite(path)
    runtimes = [runtime for runtime in PACKAGES if installed(runtime)]
    if not runtimes:
        raise ModelError(f"neither OpenVINO nor ONNX Runtime is installed: {installing('onnx')}")
    pictures = tuple(trial_pictures())
    steps = 1 + len(runtimes) * len(pictures)
    on_step(f"exporting {weights.path.name}", 0, steps)
    content = weights.read()
    exported = export(content, weights.sha256, card.input_size)
    identity = Identity(card.name, card.version, weights.sha256)
    original = load_ultralytics(identity, card, content, vocabulary)
    done = 1
    for runtime in runtimes:
        optimised = LOADERS[runtime](identity, card, exported, vocabulary)
        for picture in pictures:
            on_step(f"comparing the export in {runtime} with {weights.path.name}", done, steps)
            done += 1
            if fault := disagreement(original, optimised, picture, card.confidence):
                raise ModelError(f"the export of {weights.path.name} was not kept: in {runtime}, {fault}")
    _write(path, exported)
    return tuple(runtimes)


def _refuse_to_overwrite(path: Path) -> None:
    """Only what we exported ourselves is ours to replace."""
    try:
        ours = not path.exists() or describe(path.read_bytes()).source is not None
    except (OSError, ModelError):
        ours = False
    if not ours:
        raise ModelError(
            f"{path.name} is there and was not made by `{command('models', 'optimize')}`; move it away first"
        )


def _write(path: Path, content: bytes) -> None:
    """Put a whole file in place at once; two that do so at the same time leave one of both."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise ModelError(f"{path.name} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
