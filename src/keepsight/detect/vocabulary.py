"""The words of one model: which class names a word means, one instance or all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, cast

Kind = Literal["singular", "plural", "synonym", "plural_synonym"]
Table = Mapping[str, tuple[str, ...]]


def squash(word: str) -> str:
    """The comparison key of a word, letters and digits only: `dining table` and `dining-table` are `diningtable`.

    Letters of any script count, so that private models may speak any language.
    """
    return re.sub(r"[\W_]", "", word.lower())


def as_token(name: str) -> str:
    """A data set's class name as a token: lower case, words joined by `_`."""
    return re.sub(r"[\s_/,]+", "_", name.strip().lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Match:
    """What a word means to one model."""

    labels: frozenset[str]
    """Any detection with one of these labels satisfies the word."""
    plural: bool
    """True when every instance is meant, not the most prominent one."""
    category: bool
    """True when the word is a category, such as `animal`; a class with subclasses is one too."""


@dataclass(frozen=True)
class Vocabulary:
    """Names, categories and words of one model. Build it with `named`, or with `of_classes` for private models."""

    names: tuple[str, ...]
    """Tokens in the order of the model's class index."""
    categories: Mapping[str, tuple[str, ...]]
    tables: Mapping[Kind, Table]
    """Squashed key -> names, or `@category`."""

    def lookup(self, word: str, *, synonyms: bool = False) -> Match | None:
        """What `word` means here, or None.

        Without `synonyms` only names, categories and their plurals count, an exact name first (`skis`, `sheep`); with
        it only the synonyms do. The caller asks every model for names before it asks any for synonyms, because a
        synonym of an early model would hide the exact name of a later one.
        """
        key = squash(word)
        kinds: tuple[Kind, Kind] = ("synonym", "plural_synonym") if synonyms else ("singular", "plural")
        for kind in kinds:
            if targets := self.tables[kind].get(key):
                return self._match(targets, plural=kind.startswith("plural"))
        return None

    def _match(self, targets: Sequence[str], plural: bool) -> Match:
        labels: set[str] = set()
        for target in targets:
            labels.update(self.categories[target[1:]] if target.startswith("@") else (target,))
        return Match(frozenset(labels), plural, category=any(target.startswith("@") for target in targets))

    def words(self) -> Iterator[str]:
        """The words worth suggesting: names and categories as tokens, plurals as squashed keys."""
        yield from self.names
        yield from self.categories
        yield from self.tables["plural"]

    @staticmethod
    def named(name: str) -> Vocabulary:
        """The vocabulary shipped under `name`, such as `coco`. Raises KeyError when there is none."""
        return _read_table(name)

    @staticmethod
    def of_classes(names: Sequence[str], categories: Mapping[str, Sequence[str]] | None = None) -> Vocabulary:
        """A vocabulary from class names as the weights hold them; plurals are made by the rules of English.

        `categories` maps a category to class names in any spelling. Raises ValueError when a category names a class
        that does not exist.
        """
        tokens = tuple(as_token(name) for name in names)
        by_key: dict[str, tuple[str, ...]] = {}
        for token in tokens:
            by_key[squash(token)] = (*by_key.get(squash(token), ()), token)
        groups: dict[str, tuple[str, ...]] = {}
        for category, members in (categories or {}).items():
            if unknown := [member for member in members if squash(member) not in by_key]:
                raise ValueError(f"category {category!r} names unknown classes: {', '.join(unknown)}")
            groups[as_token(category)] = tuple(token for member in members for token in by_key[squash(member)])
        singular = {squash(category): (f"@{category}",) for category in groups} | by_key
        plural = {squash(_plural_of(token)): singular[squash(token)] for token in (*groups, *tokens)}
        tables: dict[Kind, Table] = {"singular": singular, "plural": plural, "synonym": {}, "plural_synonym": {}}
        return Vocabulary(tokens, MappingProxyType(groups), MappingProxyType(tables))


EMPTY = Vocabulary((), {}, {"singular": {}, "plural": {}, "synonym": {}, "plural_synonym": {}})
"""Knows no word."""


@cache
def _read_table(name: str) -> Vocabulary:
    resource = files("keepsight.detect") / "data" / f"{name}.tsv"
    if not resource.is_file():
        raise KeyError(name)
    names: list[str] = []
    categories: dict[str, tuple[str, ...]] = {}
    tables: dict[Kind, dict[str, tuple[str, ...]]] = {
        "singular": {},
        "plural": {},
        "synonym": {},
        "plural_synonym": {},
    }
    for line in resource.read_text(encoding="utf-8").splitlines():
        match line.split("\t"):
            case ["name", name]:
                names.append(name)
                tables["singular"][squash(name)] = (name,)
            case ["category", category, *members]:
                categories[category] = tuple(members)
            case ["singular" | "plural" | "synonym" | "plural_synonym" as kind, key, *targets]:
                tables[kind][key] = tuple(targets)
    return Vocabulary(tuple(names), MappingProxyType(categories), MappingProxyType(tables))


@cache
def _plural_of(token: str) -> str:
    # Forwards only: inflect is right on knife -> knives and wrong on bus <- buses.
    from inflect import engine  # noqa: PLC0415 - slow to import, needed by private models only

    head, joint, last = token.rpartition("_")
    return f"{head}{joint}{engine().plural_noun(cast('Any', last))}"
