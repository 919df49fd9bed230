"""A small inference server: version 2 of KServe's protocol with binary tensors, an ONNX network behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

DTYPES = {"tensor(float)": "FP32", "tensor(float16)": "FP16"}
NUMPY = {"FP32": np.float32, "FP16": np.float16}
LENGTH = "Inference-Header-Content-Length"


@dataclass
class InferenceServer:
    """What it serves, and what it was asked."""

    address: str
    inferences: int = 0
    fault: tuple[int, bytes] | None = None
    """Status and body with which it answers instead."""
    asked: list[str] = field(default_factory=list)


@contextmanager
def inference_server(
    network: Path, *, told: dict[str, Any] | None, port: int = 0, versioned: bool = True
) -> Iterator[InferenceServer]:
    """Serve a network as version 3 of `things` until the block ends, or as the only one. `told` is its metadata."""
    import onnxruntime  # noqa: PLC0415 - not always installed

    model = "/v2/models/things" + "/versions/3" * versioned
    session = onnxruntime.InferenceSession(network.read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            server.asked.append(self.path)
            match self.path.removeprefix(model):
                case "":
                    self._answer(200, json.dumps({"name": "things", "inputs": inputs, "outputs": outputs}).encode())
                case "/config" if told is not None:
                    parameters = {"metadata": {"string_value": str(told)}}
                    self._answer(200, json.dumps({"name": "things", "parameters": parameters}).encode())
                case _:
                    self._answer(404, b'{"error": "no such model"}')

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if server.fault is not None:
                return self._answer(*server.fault)
            if self.path != f"{model}/infer":
                return self._answer(501, b'{"error": "no versions here"}')
            length = int(self.headers[LENGTH])
            head, rest = json.loads(body[:length]), body[length:]
            given = {}
            for tensor in head["inputs"]:
                size = tensor["parameters"]["binary_data_size"]
                values = np.frombuffer(rest[:size], NUMPY[tensor["datatype"]])
                given[tensor["name"]], rest = values.reshape(tensor["shape"]), rest[size:]
            server.inferences += 1
            names = [each["name"] for each in head["outputs"]]
            results = [np.ascontiguousarray(each) for each in session.run(names, given)]
            described = [
                {
                    "name": name,
                    "datatype": "FP32",
                    "shape": list(each.shape),
                    "parameters": {"binary_data_size": each.nbytes},
                }
                for name, each in zip(names, results, strict=True)
            ]
            answer = json.dumps({"model_name": "things", "model_version": "3", "outputs": described}).encode()
            return self._answer(200, answer + b"".join(each.tobytes() for each in results), len(answer))

        def _answer(self, status: int, body: bytes, header_length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if header_length is not None:
                self.send_header(LENGTH, str(header_length))
            self.end_headers()
            self.wfile.write(body)

    inputs, outputs = (
        [
            {"name": t.name, "datatype": DTYPES[t.type], "shape": [s if isinstance(s, int) else -1 for s in t.shape]}
            for t in tensors
        ]
        for tensors in (session.get_inputs(), session.get_outputs())
    )
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as http:
        server = InferenceServer(f"http://127.0.0.1:{http.server_port}")
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
