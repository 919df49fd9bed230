"""YOLO networks on another server, over version 2 of KServe's protocol, which Triton speaks too.

Tensors travel as bytes (the protocol's extension for binary data): a picture of 640 x 448 is 3.4 MB so, and five times
as much in JSON. `tritonclient` writes and reads the messages; they go through the guarded client like everything else.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from keepsight.detect.body.skeleton import POINTS
from keepsight.detect.card import Card, Endpoint
from keepsight.detect.class_names import checked_class_names
from keepsight.detect.detector import Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.onnx_file import OnnxNetwork
from keepsight.detect.runtime.exported import FLOOR_INPUT, input_shape, values_after_classes
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.yolo import Answer, Network, YoloDetector, assembled
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import FetchError, ModelError

if TYPE_CHECKING:
    from keepsight.fetch import Answered, Caller

CONNECT = 2.0
"""Seconds for a connection: the server is near, or it is not there."""
LARGEST_ANSWER = 256 << 20
"""Bytes; all anchors of a network with 1,203 classes at 2048 px are 210 MB in single precision."""
HEADER_LENGTH = "Inference-Header-Content-Length"
MORE = {"segment": None, "pose": 3 * len(POINTS)}
"""Values of a box after those of its classes, by task; None: as many as the second output has channels."""
DTYPES: dict[str, np.dtype[Any]] = {"FP32": np.dtype(np.float32), "FP16": np.dtype(np.float16)}


class ServerGone(ModelError):
    """The server of a model cannot be reached, or does not answer in time."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One version of one model on a server. Safe for threads."""

    url: str
    caller: Caller

    @classmethod
    def of(cls, endpoint: Endpoint, timeout: float) -> Remote:
        """The model at an endpoint; `timeout` in seconds for one call. Raises ModelError."""
        from keepsight.fetch import Caller  # noqa: PLC0415 - its HTTP client is a tenth of a start without it

        address = str(endpoint.address).rstrip("/")
        try:
            caller = Caller(timeout, LARGEST_ANSWER, connect=CONNECT, allow_private=(address,))
        except FetchError as error:
            raise ModelError(str(error)) from error
        version = f"/versions/{endpoint.version}" if endpoint.versioned else ""
        return cls(f"{address}/v2/models/{endpoint.model}{version}", caller)

    def about(self, what: str = "") -> dict[str, Any]:
        """What the server says of the model as JSON: its tensors, or its `config`. Raises ModelError."""
        answered = self._call("GET", self.url + what)
        try:
            said = json.loads(answered.body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise ModelError("the server describes the model in something that is no JSON object")
        return said

    def infer(self, body: bytes, header_length: int) -> Answered:
        """The answer to an inference request. Raises ModelError."""
        headers = {HEADER_LENGTH: str(header_length), "Content-Type": "application/octet-stream"}
        return self._call("POST", f"{self.url}/infer", body, headers)

    def _call(self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Answered:
        try:
            answered = self.caller.call(method, url, body, headers)
        except FetchError as error:
            raise ServerGone(str(error)) from error
        if answered.status != 200:
            raise ModelError(f"the server of the model answers {answered.status}{_said(answered.body)}")
        return answered


def load_kserve(identity: Identity, card: Card, endpoint: Endpoint, vocabulary: Vocabulary) -> YoloDetector:
    """A detector whose network runs at `endpoint`; it is asked once, for a blank picture.

    Raises ModelError when tritonclient is not installed, the server cannot be reached or does not have the model, or
    the model is none for one picture in, boxes out, or knows other classes than the card promises.
    """
    try:
        from tritonclient import http as triton  # noqa: PLC0415 - 0.3 s, and not always installed
    except ImportError as error:
        raise ModelError(f"tritonclient is not installed ({error}); see the extra 'remote'") from error
    remote = Remote.of(endpoint, card.deadline)
    about = remote.about()
    network = _network(card, endpoint, remote)
    (entry, *others), outputs = _tensors(about, "inputs"), _tensors(about, "outputs")
    sparse = [each.name for each in others] == [FLOOR_INPUT]
    if entry.datatype not in DTYPES or (others and not sparse):
        raise ModelError("the network does not take one picture of real numbers")
    dtype = DTYPES[entry.datatype]
    wanted = [each.name for each in outputs[: 2 if "mask" in card.capabilities else 1]]

    def answer(batch: Floats, floor: float) -> Answer:
        given = triton.InferInput(entry.name, list(batch.shape), entry.datatype)
        given.set_data_from_numpy(batch.astype(dtype, copy=False))
        tensors = [given]
        if sparse:
            limit = triton.InferInput(FLOOR_INPUT, list(others[0].shape), "FP32")
            limit.set_data_from_numpy(np.full(others[0].shape, floor, np.float32))
            tensors.append(limit)
        asked = [triton.InferRequestedOutput(name) for name in wanted]
        body, length = triton.InferenceServerClient.generate_request_body(tensors, outputs=asked)
        answered = remote.infer(body, length or len(body))
        length = answered.headers.get(HEADER_LENGTH, "")
        result = triton.InferenceServerClient.parse_response_body(
            answered.body, header_length=int(length) if length.isdecimal() else None
        )
        values = [result.as_numpy(name) for name in wanted]
        if any(value is None or value.ndim < 3 or value.shape[0] != 1 for value in values):
            raise ModelError("the server's answer lacks what was asked for")
        return Answer(*(np.array(value[0], dtype=np.float32) for value in values))

    labels = labels_of(network.names, vocabulary, card.spellings, own_names=card.own_names)
    more = values_after_classes([each.shape for each in outputs], network)
    shape = input_shape(entry.shape, network, card)
    return assembled(identity, card, labels, Network(shape, network.end_to_end, more, answer))


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    datatype: str
    shape: tuple[int, ...]


def _tensors(about: Mapping[str, Any], which: str) -> list[_Tensor]:
    try:
        found = [_Tensor(str(t["name"]), str(t["datatype"]), tuple(int(s) for s in t["shape"])) for t in about[which]]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the server does not say what the {which} of the model are") from error
    if not found:
        raise ModelError(f"the server names no {which} of the model")
    return found


def _network(card: Card, endpoint: Endpoint, remote: Remote) -> OnnxNetwork:
    """What the card says of the network, or else the metadata of Ultralytics' exporter in Triton's configuration."""
    more = MORE.get(card.task, 0)
    if endpoint.names:
        return OnnxNetwork(endpoint.names, endpoint.stride, endpoint.end_to_end, more, None, None)
    try:
        text = remote.about("/config")["parameters"]["metadata"]["string_value"]
        metadata = ast.literal_eval(text)
        names, finished = metadata["names"], metadata.get("end2end") in (True, "True")
        classes = checked_class_names(names[index] for index in range(len(names)))
        return OnnxNetwork(classes, int(metadata["stride"]), finished, more, None, None)
    except (KeyError, TypeError, ValueError, SyntaxError, AttributeError, MemoryError, RecursionError) as error:
        raise ModelError(
            "the server does not tell the names of the classes: write them into the card, as endpoint.names"
        ) from error


def _said(body: bytes) -> str:
    """The error in the body, short and printable."""
    try:
        said = json.loads(body)["error"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    text = "".join(c for c in said[:200] if c.isprintable()) if isinstance(said, str) else ""
    return f" ({text})" if text else ""
