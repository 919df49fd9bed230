"""Every word that some model knows, ready to be searched while somebody types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from keepsight.detect.registry import Registry
from keepsight.detect.vocabulary import Vocabulary, squash
from keepsight.transformation.gravity import Objects
from keepsight.transformation.gravity_parser import gravity

Kind = Literal["object", "category", "plural"]
KINDS: tuple[Kind, ...] = ("object", "category", "plural")


@dataclass(frozen=True, slots=True)
class Knower:
    """A model that knows a word."""

    model: str
    version: int
    kind: Kind
    """What the word is to this model; a plural means every instance."""
    default: bool = True
    """Whether a URL that names no version asks this one."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it can be written in a URL, with everybody who knows it, in the order in which they are asked."""

    text: str
    key: str
    knowers: tuple[Knower, ...]

    @property
    def kind(self) -> Kind:
        """What it is to most purposes: an object if any model says so, else a category, else a plural."""
        return min((knower.kind for knower in self.knowers), key=KINDS.index)

    def syntaxes(self, knower: Knower) -> tuple[str, ...]:
        """The spellings that ask this model, the most exact first; the bare word asks the others before it as well.

        Spellings to which the URL language gives another meaning are left out: `g_face` asks for faces.
        """
        exact = f"{knower.model}_v{knower.version}_{self.text}"
        spellings = (exact, f"{knower.model}_{self.text}", self.text) if knower.default else (exact,)
        return tuple(spelling for spelling in spellings if _asks_for_object(spelling))


def words_of(registry: Registry) -> tuple[Word, ...]:
    """All words, in the order in which the models list them: objects, then categories, then plurals of each."""
    known: dict[str, tuple[str, list[Knower]]] = {}
    for state in registry.models:
        if state.card is None or state.card.task != "detect":
            continue
        default = registry.default(state.name).card.version == state.version
        for kind, word in _spoken(registry.model(state.exact).vocabulary):
            knowers = known.setdefault(squash(word), (_as_written(word), []))[1]
            if all((knower.model, knower.version) != (state.name, state.version) for knower in knowers):
                knowers.append(Knower(state.name, state.version, kind, default))
    return tuple(Word(text, key, tuple(knowers)) for key, (text, knowers) in known.items() if key)


def search(words: tuple[Word, ...], query: str) -> list[Word]:
    """The words that contain the query, those that start with it first, then by length and alphabet.

    Spelling does not matter: `wine glass`, `wine-glass` and `WineGlass` are one. An empty query matches every word.
    """
    key = squash(query)
    found = (word for word in words if key in word.key)
    return sorted(found, key=lambda word: (not word.key.startswith(key), len(word.key), word.key))


def _spoken(vocabulary: Vocabulary) -> Iterator[tuple[Kind, str]]:
    yield from (("object", name) for name in vocabulary.names)
    yield from (("category", name) for name in vocabulary.categories)
    yield from (("plural", name) for name in vocabulary.tables["plural"])


def _as_written(word: str) -> str:
    """The word in letters that need no escape in a URL; commas and brackets make no difference to the models."""
    return re.sub(r"[^\w-]+", "_", word).strip("_")


def _asks_for_object(text: str) -> bool:
    try:
        return isinstance(gravity(text), Objects)
    except ValueError:
        return False
