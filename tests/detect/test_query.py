from __future__ import annotations

import pytest

from keepsight.detect.registry import Registry


@pytest.mark.parametrize(
    ("word", "models"),
    [
        ("tie", ["coco", "openimages", "cld-fashion"]),
        ("coco_tie", ["coco"]),
        ("coco_v1_tie", ["coco_v1"]),
        ("coco_v2_car", ["coco_v2"]),
        ("cld-fashion_v2_hat", ["cld-fashion"]),
        ("cld-fashion_hat", ["cld-fashion"]),
        ("human-anatomy_left-hand", ["human-anatomy"]),
        ("left-hand", ["human-anatomy"]),
        ("cld-text_text", ["cld-text"]),
        ("mug", ["lvis", "openimages"]),
        ("woman", ["openimages"]),
        ("girl", ["openimages"]),
        ("wine glass", ["coco", "lvis", "openimages"]),
        ("animals", ["coco", "lvis", "openimages"]),
    ],
)
def test_which_models_are_asked(words: Registry, word: str, models: list[str]) -> None:
    query = words.resolve(word)
    assert [candidate.model for candidate in query.candidates][: len(models)] == models
    assert query.known
    assert query.nearest == ()
    prefix, _, name = word.partition("_")
    assert query.named == (prefix if name and models[0].startswith(prefix) else None)


def test_synonyms_count_only_when_no_model_knows_the_word_as_a_name(words: Registry) -> None:
    assert [each.model for each in words.resolve("ski").candidates] == ["lvis", "openimages"]
    assert words.resolve("automobile").candidates[0].labels == {"car"}
    assert words.resolve("coco_ski").candidates[0].labels == {"skis"}


def test_the_model_decides_what_is_plural(words: Registry) -> None:
    plurals = {candidate.model: candidate.plural for candidate in words.resolve("skis").candidates}
    assert plurals == {"coco": False, "lvis": True, "openimages": True}
    assert words.resolve("birds").plural
    assert not words.resolve("bird").plural


@pytest.mark.parametrize(("word", "plural"), [("object", False), ("objects", True), ("OBJECT", False)])
def test_object_is_any_box_of_any_model(words: Registry, word: str, plural: bool) -> None:
    query = words.resolve(word)
    assert [each.model for each in query.candidates] == [
        "coco",
        "lvis",
        "openimages",
        "cld-fashion",
        "human-anatomy",
        "cld-text",
    ]
    assert all(each.labels is None and each.plural is plural for each in query.candidates)
    assert [each.model for each in words.resolve("coco_objects").candidates] == ["coco"]


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("elefant", "elephant"),
        ("trafic_light", "traffic_light"),
        ("coco_dgo", "coco_dog"),
        ("coco_v9_cat", "coco_v1_cat"),
        ("lvis_v2_mug", "lvis_v1_mug"),
    ],
)
def test_an_unknown_word_comes_with_known_ones(words: Registry, word: str, nearest: str) -> None:
    query = words.resolve(word)
    assert not query.known
    assert query.nearest[0] == nearest
    assert len(query.nearest) <= 3
    assert words.identities(query) == ()


@pytest.mark.parametrize(
    "word", ["", "_", "coco_", "coco_v1_", "-", "%", "v1", "coco_v99999999999999999999_cat", "🐈"]
)
def test_odd_words_are_unknown_and_harmless(words: Registry, word: str) -> None:
    assert not words.resolve(word).known
