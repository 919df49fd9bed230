"""YOLO networks in OpenVINO, which reads ONNX files as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from keepsight.detect.card import Card
from keepsight.detect.detector import Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.onnx_file import describe
from keepsight.detect.runtime.exported import FLOOR_INPUT, input_shape, values_after_classes
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.runtime.yolo import Answer, Network, YoloDetector, assembled
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError
from keepsight.setting_values import CORES

CONFIGURATION: dict[str, Any] = {
    "PERFORMANCE_HINT": "LATENCY",
    # Left to itself OpenVINO computes in bfloat16 where the processor can: 1.6 times as fast, but on photos one box
    # in five moves or changes its confidence by more than TOLERANCE of `keepsight.detect.agreement`.
    "INFERENCE_PRECISION_HINT": "f32",
    # A stream is a picture in work, with one thread; one stream would serve all requests one after the other.
    "NUM_STREAMS": CORES,
    "INFERENCE_NUM_THREADS": CORES,
}


def load_openvino(identity: Identity, card: Card, content: bytes, vocabulary: Vocabulary) -> YoloDetector:
    """A detector from the bytes of an `.onnx` file, on the CPU.

    Raises ModelError when OpenVINO is not installed, or the file is damaged, refers to others, or knows other classes
    than the card promises.
    """
    try:
        import openvino  # noqa: PLC0415 - slow to import, and not always installed
    except ImportError as error:
        raise ModelError(f"OpenVINO is not installed ({error}); see the extra 'openvino'") from error
    network = describe(content)
    try:
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(content), "CPU", CONFIGURATION)
        entry, *others = compiled.inputs
        sparse = [each.get_any_name() for each in others] == [FLOOR_INPUT]
        if others and not sparse:
            raise ModelError("the network does not take one picture of real numbers")
        dtype = np.dtype(entry.get_element_type().to_dtype())
    except ModelError:
        raise
    except Exception as error:  # OpenVINO raises RuntimeError and more
        raise ModelError(f"OpenVINO cannot load the file ({type(error).__name__})") from error
    requests = Spares[Any](compiled.create_infer_request)  # one serves one thread at a time

    wanted = range(min(len(compiled.outputs), 2 if "mask" in card.capabilities else 1))

    def answer(batch: Floats, floor: float) -> Answer:
        given = [batch.astype(dtype, copy=False)]
        if sparse:
            given.append(np.array(floor, np.float32))
        with requests.borrow() as request:
            request.infer(given, share_inputs=True)
            # A copy: the request writes its next answer to the same place.
            return Answer(*(np.array(request.get_output_tensor(i).data[0], dtype=np.float32) for i in wanted))

    labels = labels_of(network.names, vocabulary, card.spellings, own_names=card.own_names)
    shape = input_shape(_sides(entry.get_partial_shape()), network, card)
    more = values_after_classes([_sides(output.get_partial_shape()) for output in compiled.outputs], network)
    return assembled(identity, card, labels, Network(shape, network.end_to_end, more, answer))


def _sides(shape: Any) -> list[int | None]:
    return [side.get_length() if side.is_static else None for side in shape]
