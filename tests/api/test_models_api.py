from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from detect.conftest import write_card
from starlette.testclient import TestClient

from keepsight.api.models import DEFAULT_LIMIT, MAX_LIMIT
from keepsight.api.words import Word, search, words_of
from keepsight.app import create_app, open_registry
from keepsight.detect.registry import Registry
from keepsight.settings import Settings, load_settings
from keepsight.transformation.gravity import Objects
from keepsight.transformation.gravity_parser import gravity


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("api")
    broken = write_card(folder / "broken", "broken", "broken.pt", more="surprise = 1")
    own = write_card(folder / "own", "own-zoo", "own.pt", more='vocabulary = "coco"')
    (folder / "media").mkdir()
    return load_settings(
        overrides={
            "models": {"weights": folder / "weights", "private": (broken, own), "preload": False},
            "storage": {"media": folder / "media", "data": folder / "data"},
        }
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def registry(settings: Settings) -> Registry:
    return open_registry(settings)


@pytest.fixture(scope="module")
def words(registry: Registry) -> tuple[Word, ...]:
    return words_of(registry)


def objects(client: TestClient, **query: object) -> dict[str, Any]:
    answer = client.get("/models/objects", params={key: str(value) for key, value in query.items()})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_table_of_models(client: TestClient, settings: Settings) -> None:
    answer = client.get("/models")
    assert answer.status_code == 200
    by_version = {(row["name"], row["version"]): row for row in answer.json()["models"]}
    rows = {name: row for (name, version), row in reversed(by_version.items())}
    assert list(dict.fromkeys(name for name, _ in by_version)) == [
        "own-zoo", "coco", "lvis", "openimages", "cld-fashion", "human-anatomy", "cld-text", "faces",
        "fashion-attributes", "masks", "pose", "saliency", "broken",
    ]  # fmt: skip
    assert rows["coco"] == {
        "name": "coco",
        "version": 1,
        "versions": [1],
        "private": False,
        "starter": False,
        "state": "missing",
        "licence": "AGPL-3.0 (Ultralytics)",
        "runtime": None,
        "default_confidence": 0.25,
        "capabilities": ["tag", "confidence", "box"],
        "objects": 80,
        "categories": rows["coco"]["categories"],
    }
    assert by_version["coco", 2] == rows["coco"] | {"version": 2, "versions": [2]}
    assert rows["coco"]["categories"] > 10
    assert (rows["broken"]["state"], rows["broken"]["runtime"], rows["own-zoo"]["private"]) == ("broken", None, True)
    assert str(settings.storage.media.parent) not in answer.text


def test_which_models_know_a_word(client: TestClient) -> None:
    found = objects(client, q="sink")
    assert found["query"] == "sink"
    assert found["objects"][0]["word"] == "sink"
    by_model = {(known["model"], known["version"]): known for known in found["objects"][0]["models"]}
    assert list(by_model) == [("own-zoo", 1), ("coco", 1), ("coco", 2), ("coco", 3), ("lvis", 1), ("openimages", 1)]
    assert by_model["coco", 2]["syntaxes"] == ["coco_v2_sink"]
    assert by_model["coco", 1] == {
        "model": "coco",
        "version": 1,
        "kind": "object",
        "syntaxes": ["coco_v1_sink", "coco_sink", "sink"],
    }
    assert "sinks" in [each["word"] for each in found["objects"]]


@pytest.mark.parametrize("spelling", ["wine glass", "wine-glass", "WineGlass", "wine_gla", "eglass"])
def test_spelling_does_not_matter(client: TestClient, spelling: str) -> None:
    assert "wine_glass" in [each["word"] for each in objects(client, q=spelling)["objects"]]


def test_kinds(client: TestClient) -> None:
    kinds = {each["word"]: each["kind"] for each in objects(client, q="animal", limit=500)["objects"]}
    assert kinds["animal"] == "category" or kinds["animal"] == "object"  # Open Images has a class of that name
    in_coco = next(e for e in objects(client, q="animal")["objects"] if e["word"] == "animal")["models"]
    assert {known["kind"] for known in in_coco if known["model"] == "coco"} == {"category"}
    assert {each["kind"] for each in objects(client, q="cats")["objects"] if each["word"] == "cats"} == {"plural"}


def test_what_starts_with_the_query_comes_first(client: TestClient) -> None:
    found = [each["word"].replace("_", "") for each in objects(client, q="si", limit=500)["objects"]]
    starts = [word.startswith("si") for word in found]
    assert starts == sorted(starts, reverse=True)
    assert all("si" in word.replace("-", "") for word in found)


def test_limits(client: TestClient) -> None:
    everything = objects(client)
    assert len(everything["objects"]) == DEFAULT_LIMIT < everything["total"]
    assert len(objects(client, limit=MAX_LIMIT)["objects"]) == MAX_LIMIT
    assert objects(client, q="xyzzy") == {"query": "xyzzy", "total": 0, "objects": []}
    for wrong in ({"limit": "501"}, {"limit": "0"}, {"limit": "many"}, {"q": "a" * 101}):
        assert client.get("/models/objects", params=wrong).status_code == 422


def test_every_spelling_asks_the_model_it_names(registry: Registry, words: tuple[Word, ...]) -> None:
    assert len(words) > 2000
    for word in search(words, ""):
        for knower in word.knowers:
            spellings = word.syntaxes(knower)
            assert spellings, word
            for spelling in spellings:
                assert isinstance(gravity(spelling), Objects)
                query = registry.resolve(spelling)
                cards = [registry.model(candidate.model).card for candidate in query.candidates]
                asked = [(card.name, card.version) for card in cards]
                assert (knower.model, knower.version) in asked, spelling
                if spelling != word.text:
                    assert len(asked) == 1, spelling


def test_pictures_are_still_delivered_beside_the_routes(client: TestClient) -> None:
    assert client.get("/models/other").status_code in (400, 404)
    assert "x-cld-error" in client.get("/models/other").headers
