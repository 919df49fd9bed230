"""Networks that run on another server, against a real one on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from keepsight.detect import remote
from keepsight.detect.agreement import trial_pictures
from keepsight.detect.card import Card
from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.remote import RemoteModel
from keepsight.detect.weights import sha256_of
from keepsight.errors import ConfigurationError, ModelError

from .conftest import needs_ultralytics
from .inference_server import InferenceServer, inference_server
from .networks import NAMES, card_of, put_export, save_network
from .test_contract import differ

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("tritonclient")

TOLD = {"names": dict(enumerate(NAMES)), "stride": 32, "task": "detect"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_ultralytics()
    path = save_network(tmp_path_factory.mktemp("things") / "things.pt", NAMES, sees_things=True)
    put_export(path)
    return path


@pytest.fixture
def server(weights: Path) -> Iterator[InferenceServer]:
    with inference_server(weights.with_suffix(".onnx"), told=TOLD) as running:
        yield running


def card_at(address: str, **endpoint: Any) -> Card:
    fields = {"address": address, "model": "things", "version": "3", "names": NAMES} | endpoint
    return Card.model_validate(
        {"name": "things", "licence": "own", "confidence": 0.3, "input_size": 320, "runtime": "kserve"}
        | {"endpoint": {name: value for name, value in fields.items() if value is not None}}
    )


def test_it_sees_what_the_same_network_sees_here(server: InferenceServer, weights: Path, tmp_path: Path) -> None:
    here = Model(card_of(weights.name), weights.parent, runtime="onnx").detector()
    there = RemoteModel(card_at(server.address), tmp_path).detector()
    assert there.labels == here.labels
    for picture in trial_pictures():
        seen = here.detect(picture)
        assert differ(seen, there.detect(picture), 0.3) == []
        assert differ(here.detect(picture, zoom=1.5), there.detect(picture, zoom=1.5), 0.3) == []
    assert server.inferences >= 2


def test_what_is_below_the_confidence_of_its_card_is_not_seen(server: InferenceServer, tmp_path: Path) -> None:
    def confidences(least: float) -> list[float]:
        card = card_at(server.address).model_copy(update={"confidence": least})
        detector = RemoteModel(card, tmp_path).detector()
        return sorted(each.confidence for picture in trial_pictures() for each in detector.detect(picture))

    found = confidences(0.01)
    least = (found[0] + found[-1]) / 2
    kept = confidences(least)
    assert 0 < len(kept) < len(found)
    assert kept[0] >= least


def test_the_names_may_come_from_the_server(server: InferenceServer, tmp_path: Path) -> None:
    card = Card.model_validate(card_at(server.address).model_dump() | {"vocabulary": None})
    assert RemoteModel(card, tmp_path).vocabulary.names == tuple(NAMES)
    # A card with a vocabulary need not repeat it: what the server's metadata says is held against it.
    strange = Card.model_validate(
        card_at(server.address).model_dump(mode="json")
        | {"vocabulary": "coco", "endpoint": {"address": server.address, "model": "things", "version": "3"}}
    )
    with pytest.raises(ModelError, match="know 3 classes, the vocabulary has 80"):
        RemoteModel(strange, tmp_path).detector()


def test_a_server_that_tells_no_names_is_told_so(weights: Path, tmp_path: Path) -> None:
    with inference_server(weights.with_suffix(".onnx"), told=None) as server:
        card = Card.model_validate(
            card_at(server.address).model_dump(mode="json")
            | {"vocabulary": "coco", "endpoint": {"address": server.address, "model": "things", "version": "3"}}
        )
        with pytest.raises(ModelError, match="no such model"):
            RemoteModel(card, tmp_path).detector()


def test_the_version_is_part_of_the_key_and_the_address_is_not(tmp_path: Path) -> None:
    one, other, moved = (
        RemoteModel(card_at(address, version=version), tmp_path)
        for address, version in (("http://a:8000", "3"), ("http://a:8000", "4"), ("http://b:8000", "3"))
    )
    assert one.key == moved.key != other.key


def test_a_server_that_knows_no_versions(weights: Path, tmp_path: Path) -> None:
    """KServe's own: each model is there once."""
    with inference_server(weights.with_suffix(".onnx"), told=None, versioned=False) as server:
        with pytest.raises(ModelError, match="404"):
            RemoteModel(card_at(server.address), tmp_path).detector()
        there = RemoteModel(card_at(server.address, versioned=False), tmp_path).detector()
        assert [there.detect(picture) for picture in trial_pictures()]
        assert server.inferences >= 2


def test_a_server_that_goes_is_done_without_at_once_and_comes_back(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, picture = weights.with_suffix(".onnx"), Image.new("RGB", (64, 64))
    with inference_server(network, told=TOLD) as server:
        model = RemoteModel(card_at(server.address), tmp_path)
        detector = model.detector()
        assert model.state.state == "ready"
    with pytest.raises(ModelError, match="cannot be reached"):
        detector.detect(picture)
    assert model.state.state == "broken"
    with inference_server(network, told=TOLD, port=int(server.address.rpartition(":")[2])) as again:
        with pytest.raises(ModelError, match="cannot be reached"):
            model.detector()
        assert again.asked == []
        monkeypatch.setattr(remote, "TRY_AGAIN", 0.0)
        model.detector().detect(picture)
        assert model.state.fault is None


def test_what_the_server_refuses_is_said(server: InferenceServer, tmp_path: Path) -> None:
    detector = RemoteModel(card_at(server.address), tmp_path).detector()
    server.fault = (503, b'{"error": "queue is full\\u0007"}')
    with pytest.raises(ModelError, match=r"answers 503 \(queue is full\)"):
        detector.detect(Image.new("RGB", (64, 64)))
    server.fault = (200, b"nonsense")
    with pytest.raises(ModelError):
        detector.detect(Image.new("RGB", (64, 64)))
    server.fault = None
    assert detector.detect(Image.new("RGB", (64, 64))) is not None


def test_another_model_is_not_there(server: InferenceServer, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"answers 404 \(no such model\)"):
        RemoteModel(card_at(server.address, version="4"), tmp_path).detector()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"runtime": "onnx"}, "go together"),
        ({"files": [{"name": "a.pt"}]}, "no files"),
        ({"endpoint": {"address": "http://a", "model": "m", "version": "1"}}, "needs a vocabulary or endpoint.names"),
        ({"endpoint": {"address": "http://a", "model": "../m", "version": "1"}}, "pattern"),
    ],
)
def test_a_wrong_card_is_refused(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Card.model_validate(card_at("http://a").model_dump(mode="json") | change)


def test_it_takes_the_place_of_a_shipped_model(server: InferenceServer, tmp_path: Path) -> None:
    folder = tmp_path / "things"
    folder.mkdir()
    (folder / "card.toml").write_text(
        f'name = "things"\nlicence = "own"\nruntime = "kserve"\nconfidence = 0.3\ninput_size = 320\n'
        f'[endpoint]\naddress = "{server.address}"\nmodel = "things"\nversion = "3"\nnames = {NAMES}\n'
    )
    registry = Registry((), tmp_path, private=[folder])
    (state,) = registry.models
    assert (state.state, state.file) == ("loadable", f"things 3 at {server.address}/")
    assert [each.model for each in registry.resolve("nut").candidates] == ["things"]
    assert registry.model("things").detector().identity.name == "things"
    with pytest.raises(ConfigurationError):
        Registry((), tmp_path, private=[folder], order=["other"])


def test_weights_and_servers_have_different_keys(server: InferenceServer, weights: Path, tmp_path: Path) -> None:
    assert RemoteModel(card_at(server.address), tmp_path).key != Model(card_of(weights.name), weights.parent).key
    assert sha256_of(weights) not in RemoteModel(card_at(server.address), tmp_path).key
