"""What a word of a URL asks for: `[model[_vN]_]name` as models and labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from keepsight.detect.model import Model
from keepsight.detect.vocabulary import Match, squash

ANYTHING = {"object": False, "objects": True}
"""Words for any box of any model -> whether all of them are meant."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may answer, and what it is asked for."""

    model: str
    """With its version, `coco_v2`, where the word names one of several."""
    labels: frozenset[str] | None
    """A detection with one of these labels satisfies the word; None: any detection does."""
    plural: bool
    """All instances are meant, not the most prominent one."""
    category: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A word, understood."""

    word: str
    candidates: tuple[Candidate, ...]
    """In the order in which the models are to be asked; empty when no model knows the word."""
    named: str | None = None
    """The model that the word names, if it names one, without its version."""
    nearest: tuple[str, ...] = ()
    """For an unknown word: up to three known words that look like it."""

    @property
    def known(self) -> bool:
        """Whether any model knows the word."""
        return bool(self.candidates)

    @property
    def plural(self) -> bool:
        """Whether the first model takes the word as a plural; the model that answers has the last say."""
        return bool(self.candidates) and self.candidates[0].plural


def understand(word: str, models: Mapping[str, Sequence[Model]]) -> Query:
    """Resolve a word against `models`, which are in the order in which they are to be asked.

    Each comes in its versions, which know the same words unless the words are in the weights; the default comes first.

    A whole word that some model knows as a name, plural or category comes first, then a prefix that names a model
    (the longest, since names of models contain `-` and names of objects `_`), and synonyms only when no model knows
    the word as a name: a synonym of an early model would hide the exact name of a later one.
    """
    word = word.strip().lower()
    defaults = [versions[0] for versions in models.values()]
    if candidates := _candidates(word, defaults):
        return Query(word, candidates)
    named = next((name for name in sorted(models, key=len, reverse=True) if word.startswith(f"{name}_")), None)
    if named is None:
        return _or_nearest(Query(word, _candidates(word, defaults, synonyms=True)), defaults)
    model = models[named][0]
    rest = word[len(named) + 1 :]
    asked = named
    if versioned := re.fullmatch(r"v(\d+)_(.+)", rest):
        rest = versioned[2]
        meant = next((each for each in models[named] if int(versioned[1]) in each.card.versions), None)
        if meant is None:
            return Query(word, (), named, tuple(f"{named}_v{each.card.version}_{rest}" for each in models[named]))
        model = meant
        asked = named if len(models[named]) == 1 else f"{named}_v{model.card.version}"
    candidates = _candidates(rest, [model]) or _candidates(rest, [model], synonyms=True)
    return _or_nearest(Query(word, tuple(replace(each, model=asked) for each in candidates), named), [model])


def _candidates(word: str, models: Iterable[Model], *, synonyms: bool = False) -> tuple[Candidate, ...]:
    if word in ANYTHING:
        return tuple(Candidate(model.card.name, None, ANYTHING[word]) for model in models)
    matches = ((model.card.name, model.vocabulary.lookup(word, synonyms=synonyms)) for model in models)
    return tuple(_candidate(name, match) for name, match in matches if match is not None)


def _candidate(name: str, match: Match) -> Candidate:
    return Candidate(name, match.labels, match.plural, match.category)


def _or_nearest(query: Query, models: Iterable[Model]) -> Query:
    """The query itself when known, else with known words that look alike."""
    if query.known:
        return query
    prefix = f"{query.named}_" if query.named else ""
    key = squash(query.word.removeprefix(prefix))
    words: dict[str, str] = {}
    for model in models:
        for word in model.vocabulary.words():
            words.setdefault(squash(word), word)
    near = [candidate for candidate in words if abs(len(candidate) - len(key)) <= 3]
    nearest = tuple(prefix + words[match] for match in get_close_matches(key, near, n=3, cutoff=0.6))
    return Query(query.word, (), query.named, nearest)
