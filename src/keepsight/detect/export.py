"""A network of a checkpoint as ONNX.

torch's older exporter, by tracing: it needs neither torchvision nor onnxscript. Ultralytics' own wraps it in a search
for packages to install.
"""

from __future__ import annotations

import io
import warnings
from functools import partial
from typing import Any

from keepsight.detect.checkpoint import class_names
from keepsight.detect.lean import lean
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.onnx_file import FORMAT_KEY, SOURCE_KEY
from keepsight.detect.runtime.choice import FORMAT
from keepsight.detect.runtime.exported import FLOOR_INPUT
from keepsight.detect.runtime.head import EVERYTHING
from keepsight.detect.runtime.ultralytics import fused_network
from keepsight.errors import ModelError

OPSET = 17
"""Of the exported graph; every runtime of the last three years reads it."""


def export(content: bytes, sha256: str, input_size: int) -> bytes:
    """The network of a checkpoint as ONNX, for pictures of any size, with metadata as Ultralytics writes it.

    `input_size` is the long side that it will be used with, px. Where the head allows it, a second input `floor` takes
    the confidence, and places not above it are left out of the answer (see `lean.py`). Raises ModelError when torch or
    `onnx` is missing or the network cannot be exported.
    """
    torch = import_ultralytics()
    try:
        import onnx  # noqa: PLC0415 - slow to import, and not always installed
    except ImportError as error:
        raise ModelError(f"the package onnx is not installed ({error}); see the extra 'onnx'") from error
    network = fused_network(content, input_size)
    head = network.model[-1]
    stride = int(max(network.stride))
    # `dynamic` makes the head compute its anchors from the picture instead of keeping those of the example.
    head.export, head.dynamic, head.format = True, True, "onnx"
    side = -(-input_size // stride) * stride
    for layer in network.modules():
        if hasattr(layer, "forward_split"):  # `split` makes a plainer graph than `chunk`
            layer.forward = layer.forward_split
        if type(layer).__name__ == "DFL":
            layer.forward = partial(_expectation, torch, layer.c1)
    leaner = lean(torch, network)
    example = torch.zeros(1, 3, side, side)
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # the tracer's, about the shapes it turns into constants on purpose
            torch.onnx.export(
                leaner or network,
                (example, torch.tensor(EVERYTHING)) if leaner else (example,),
                buffer,
                dynamo=False,
                opset_version=OPSET,
                input_names=["images", FLOOR_INPUT][: 2 if leaner else 1],
                output_names=["output0"],
                dynamic_axes={"images": {2: "height", 3: "width"}},
            )
        exported = onnx.load_model_from_string(buffer.getvalue())
    except Exception as error:  # the exporter raises whatever it likes
        raise ModelError(f"the network cannot be exported ({type(error).__name__}: {error})") from error
    onnx.helper.set_model_props(exported, _metadata(network, content) | {SOURCE_KEY: sha256, FORMAT_KEY: str(FORMAT)})
    result: bytes = exported.SerializeToString()
    return result


def _expectation(torch: Any, bins: int, logits: Any) -> Any:
    """What the layer DFL computes, the mean of a distribution for each side of a box, with its bins last.

    (1, 4 x bins, anchors) -> (1, 4, anchors). As Ultralytics writes it, the softmax runs over an axis in the middle,
    which costs ONNX Runtime a tenth of the whole network.
    """
    chances = logits.view(1, 4, bins, -1).transpose(2, 3).softmax(-1)
    return torch.matmul(chances, torch.arange(bins, dtype=logits.dtype).view(bins, 1)).squeeze(-1)


def _metadata(network: Any, content: bytes) -> dict[str, str]:
    head = network.model[-1]
    task = "segment" if hasattr(head, "nm") else "pose" if hasattr(head, "kpt_shape") else "detect"
    metadata: dict[str, object] = {
        "names": dict(enumerate(class_names(content))),
        "stride": int(max(network.stride)),
        "task": task,
        "end2end": bool(head.end2end),
    }
    if task == "pose":
        metadata["kpt_shape"] = [int(side) for side in head.kpt_shape]
    return {key: str(value) for key, value in metadata.items()}
