"""Two versions of one model, each a network of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import find_cards
from keepsight.detect.registry import Registry

from .conftest import needs_ultralytics, photo, shared


def installed(folder: Path, *stems: str) -> Registry:
    for stem in stems:
        shutil.copy(shared("models", f"{stem}.pt"), folder)
    return Registry(find_cards(), folder)


def test_a_version_in_the_url_asks_that_network(tmp_path: Path) -> None:
    needs_ultralytics()
    registry = installed(tmp_path, "yolo11n-dq", "yolo26n-dq")
    analyst = Analyst(registry, AnalysisCache())

    def found(word: str) -> tuple[str | None, float]:
        answer = analyst.find(registry.resolve(word), "d", lambda: photo("000000000490"))
        assert answer.unavailable == ()
        return answer.model, answer.detections[0].confidence

    first, second = found("coco_v1_dog"), found("coco_v2_dog")
    assert analyst.cache.inferences == 2
    assert (first[0], second[0]) == ("coco_v1", "coco_v2")
    assert first[1] != second[1]
    assert found("coco_dog") == ("coco", first[1])
    assert found("dog") == ("coco", first[1])
    assert analyst.cache.inferences == 2


def test_each_has_an_identity_of_its_own(tmp_path: Path) -> None:
    registry = installed(tmp_path, "yolo11n-dq", "yolo26n-dq")
    keys = {word: registry.identities(registry.resolve(word)) for word in ("coco_v1_dog", "coco_v2_dog", "coco_dog")}
    assert [key.partition("@")[0] for (key,) in keys.values()] == ["coco_v1", "coco_v2", "coco_v1"]
    assert keys["coco_v1_dog"] == keys["coco_dog"] != keys["coco_v2_dog"]


@pytest.mark.parametrize(("stem", "version"), [("yolo26n-dq", 2), ("yolo11n-dq", 1)])
def test_whichever_is_installed_answers_for_the_bare_name(tmp_path: Path, stem: str, version: int) -> None:
    needs_ultralytics()
    registry = installed(tmp_path, stem)
    analyst = Analyst(registry, AnalysisCache())
    other = 3 - version
    for word in ("dog", "coco_dog", f"coco_v{version}_dog"):
        found = analyst.find(registry.resolve(word), "d", lambda: photo("000000000490"))
        assert found.detections, word
    assert analyst.cache.inferences == 1
    assert registry.model("coco").card.version == version
    lacking = analyst.find(registry.resolve(f"coco_v{other}_dog"), "d", lambda: pytest.fail("nobody can look"))
    assert (lacking.detections, lacking.unavailable) == ((), (f"coco_v{other}",))
    assert registry.identities(registry.resolve(f"coco_v{other}_dog")) == (f"coco_v{other}:missing",)


def test_installing_the_default_changes_the_key_of_the_bare_name(tmp_path: Path) -> None:
    registry = installed(tmp_path, "yolo26n-dq")
    before = registry.identities(registry.resolve("coco_cat"))
    installed(tmp_path, "yolo11n-dq")
    after = registry.identities(registry.resolve("coco_cat"))
    assert (before[0][:7], after[0][:7]) == ("coco_v2", "coco_v1")


def test_a_version_that_there_is_not(tmp_path: Path) -> None:
    query = Registry(find_cards(), tmp_path).resolve("coco_v9_cat")
    assert not query.known
    assert query.nearest == ("coco_v1_cat", "coco_v2_cat", "coco_v3_cat")
