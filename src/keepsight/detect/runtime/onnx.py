"""YOLO networks in ONNX Runtime: little more than half the time of torch, and far less memory."""

from __future__ import annotations

import numpy as np

from keepsight.detect.card import Card
from keepsight.detect.detector import Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.onnx_file import describe
from keepsight.detect.runtime.device import Device
from keepsight.detect.runtime.exported import FLOOR_INPUT, input_shape, values_after_classes
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.session import DTYPES, open_session, run
from keepsight.detect.runtime.yolo import Answer, Network, YoloDetector, assembled
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError


def load_onnx(
    identity: Identity, card: Card, content: bytes, vocabulary: Vocabulary, device: Device = "auto"
) -> YoloDetector:
    """A detector from the bytes of an `.onnx` file, on CUDA when `device` allows it and ONNX Runtime offers it.

    Raises ModelError when ONNX Runtime is not installed or does not offer the device that is demanded, or the file is
    damaged, refers to others, or knows other classes than the card promises.
    """
    network = describe(content)  # before the runtime, which would follow references to other files
    session = open_session(content, device)
    entry, *others = session.get_inputs()
    sparse = [each.name for each in others] == [FLOOR_INPUT]
    if entry.type not in DTYPES or (others and not sparse):
        raise ModelError("the network does not take one picture of real numbers")
    dtype, usual = DTYPES[entry.type], card.input_size**2
    outputs = session.get_outputs()
    wanted = [each.name for each in outputs[: 2 if "mask" in card.capabilities else 1]]

    def answer(batch: Floats, floor: float) -> Answer:
        given = {entry.name: batch.astype(dtype, copy=False)}
        if sparse:
            given[FLOOR_INPUT] = np.array(floor, np.float32)
        said = (np.asarray(each[0], dtype=np.float32) for each in run(session, wanted, given, usual))
        return Answer(*said)

    labels = labels_of(network.names, vocabulary, card.spellings, own_names=card.own_names)
    shape = input_shape(entry.shape, network, card)
    more = values_after_classes([output.shape for output in outputs], network)
    return assembled(identity, card, labels, Network(shape, network.end_to_end, more, answer))
