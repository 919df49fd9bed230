"""YOLO networks in ONNX Runtime: little more than half the time of torch, and far less memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from keepsight.detect.card import Card
from keepsight.detect.detector import Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.onnx_file import describe
from keepsight.detect.runtime.exported import input_shape, values_after_classes
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.session import CPU, open_session
from keepsight.detect.runtime.yolo import YoloDetector, tried
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

PROVIDERS = ("CUDAExecutionProvider", CPU)
DTYPES: dict[str, np.dtype[Any]] = {"tensor(float)": np.dtype(np.float32), "tensor(float16)": np.dtype(np.float16)}


def load_onnx(identity: Identity, card: Card, content: bytes, vocabulary: Vocabulary) -> YoloDetector:
    """A detector from the bytes of an `.onnx` file, on the GPU when ONNX Runtime offers one.

    Raises ModelError when ONNX Runtime is not installed, or the file is damaged, refers to others, or knows other
    classes than the card promises.
    """
    network = describe(content)  # before the runtime, which would follow references to other files
    session = open_session(content, PROVIDERS)
    try:
        (entry,) = session.get_inputs()
        dtype = DTYPES[entry.type]
    except (ValueError, KeyError) as error:
        raise ModelError("the network does not take one picture of real numbers") from error
    outputs = session.get_outputs()

    def answer(batch: Floats) -> Floats:
        (output,) = session.run([outputs[0].name], {entry.name: batch.astype(dtype, copy=False)})
        return np.asarray(output[0], dtype=np.float32)

    labels = labels_of(network.names, vocabulary, card.spellings)
    shape = input_shape(entry.shape, network, card)
    more = values_after_classes([output.shape for output in outputs], network)
    poses = card.task == "pose"
    return tried(YoloDetector(identity, labels, card.floor, shape, network.end_to_end, more, answer, poses=poses))
