from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from keepsight.detect.vocabulary import Vocabulary, squash

from .conftest import ROOT, shared

MODELS = ("coco", "lvis", "openimages", "cld-fashion", "human-anatomy", "cld-text")
SIZES = {"coco": 80, "lvis": 1203, "openimages": 601, "cld-fashion": 28, "human-anatomy": 61, "cld-text": 1}


@pytest.mark.parametrize("model", MODELS)
def test_every_name_means_itself_or_its_subtree(model: str) -> None:
    vocabulary = Vocabulary.named(model)
    assert len(set(vocabulary.names)) == len(vocabulary.names) == SIZES[model]
    for name in vocabulary.names:
        match = vocabulary.lookup(name)
        assert match is not None
        assert name in match.labels
        assert not match.plural
        assert match.category or match.labels == {name}


@pytest.mark.parametrize("model", MODELS)
def test_every_word_of_every_table_means_names_of_the_model(model: str) -> None:
    vocabulary = Vocabulary.named(model)
    names = set(vocabulary.names)
    for kind, table in vocabulary.tables.items():
        for key in table:
            assert key == squash(key) != ""
            match = vocabulary.lookup(key, synonyms="synonym" in kind)
            assert match is not None
            assert match.labels
            assert match.labels <= names
            if kind == "plural":
                assert match.plural or key in vocabulary.tables["singular"]


@pytest.mark.parametrize("model", MODELS)
def test_every_category_means_its_members(model: str) -> None:
    vocabulary = Vocabulary.named(model)
    for category, members in vocabulary.categories.items():
        match = vocabulary.lookup(category)
        assert match is not None
        assert match.labels == set(members)


@pytest.mark.parametrize(
    ("model", "word", "labels", "plural"),
    [
        ("coco", "cat", {"cat"}, False),
        ("coco", "cats", {"cat"}, True),
        ("coco", "tvmonitor", {"tv"}, False),
        ("coco", "sofa", {"couch"}, False),
        ("coco", "wine_glass", {"wine_glass"}, False),
        ("coco", "wineglass", {"wine_glass"}, False),
        ("coco", "wine glass", {"wine_glass"}, False),
        ("coco", "Wine-Glasses", {"wine_glass"}, True),
        ("coco", "people", {"person"}, True),
        ("coco", "mice", {"mouse"}, True),
        ("coco", "skis", {"skis"}, False),
        ("coco", "sheep", {"sheep"}, False),
        ("coco", "sheeps", {"sheep"}, True),
        ("lvis", "skis", {"ski"}, True),
        ("lvis", "bow", {"bow_(weapon)", "bow_(decorative_ribbons)"}, False),
        ("openimages", "women", {"woman"}, True),
        ("human-anatomy", "left-hand", {"left_hand"}, False),
        ("cld-fashion", "hat", {"hat"}, False),
    ],
)
def test_words(model: str, word: str, labels: set[str], plural: bool) -> None:
    match = Vocabulary.named(model).lookup(word)
    assert match is not None
    assert (match.labels, match.plural) == (labels, plural)


def test_a_name_with_children_means_its_subtree() -> None:
    match = Vocabulary.named("openimages").lookup("bird")
    assert match is not None
    assert match.category
    assert {"bird", "owl", "duck"} <= match.labels


def test_synonyms_are_a_pass_of_their_own() -> None:
    coco = Vocabulary.named("coco")
    assert coco.lookup("automobile") is None
    match = coco.lookup("automobiles", synonyms=True)
    assert match is not None
    assert (match.labels, match.plural) == ({"car"}, True)
    assert coco.lookup("car", synonyms=True) is None


def test_a_private_vocabulary_makes_its_own_plurals() -> None:
    vocabulary = Vocabulary.of_classes(["Steak Knife", "bus", "red/blue pen"], {"Cutlery": ["steak_knife"]})
    assert vocabulary.names == ("steak_knife", "bus", "red_blue_pen")
    for word, labels, plural in [
        ("steak-knives", {"steak_knife"}, True),
        ("buses", {"bus"}, True),
        ("redbluepens", {"red_blue_pen"}, True),
        ("cutlery", {"steak_knife"}, False),
    ]:
        match = vocabulary.lookup(word)
        assert match is not None
        assert (match.labels, match.plural) == (labels, plural)


def test_a_category_of_unknown_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="spoon"):
        Vocabulary.of_classes(["knife"], {"cutlery": ["knife", "spoon"]})


def test_the_committed_tables_are_what_the_tool_makes(tmp_path: Path) -> None:
    source = shared("vocab")
    spec = importlib.util.spec_from_file_location("build_vocabulary", ROOT / "tools" / "build_vocabulary.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    made = tool.build(source, tmp_path)
    assert [path.stem for path in made] == list(MODELS)
    for path in made:
        assert path.read_bytes() == (tool.TABLES / path.name).read_bytes()
