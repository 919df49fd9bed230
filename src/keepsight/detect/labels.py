"""From the class names in a weights file to the labels of its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keepsight.detect.vocabulary import Vocabulary, squash
from keepsight.errors import ModelError

COVERED = 0.1
"""Share of a vocabulary that weights with names of their own must know to be taken for a model of it."""
RECOGNISED = 0.5
"""Share of class names that must be known as such before the place in the list is believed for the others."""


def labels_of(
    names: Sequence[str], vocabulary: Vocabulary, spellings: Mapping[str, str], *, own_names: bool = False
) -> tuple[str, ...]:
    """The label of each class index: a name of the vocabulary, each one once.

    Where the weights speak `own_names`, those that the vocabulary has, the others are empty.
    Raises ModelError when the classes are not those of the vocabulary.
    """
    if own_names and len(names) != len(vocabulary.names):
        return _by_name(names, vocabulary, spellings)
    return _all_of(names, vocabulary, spellings)


def _all_of(names: Sequence[str], vocabulary: Vocabulary, spellings: Mapping[str, str]) -> tuple[str, ...]:
    """The label of each class index: always a name of the vocabulary, each one once.

    Names decide, not places: editions of a data set sort renamed classes elsewhere, and a list that is off by one
    mislabels everything behind it. A name counts as written, without its bracket (`Bat (Animal)`), or by any of its
    parts between slashes (`bat/bat animal`), among which the name at the same place comes first. A class still unknown
    takes the name at its own place, if no other class has it.
    """
    if len(names) != len(vocabulary.names):
        raise ModelError(f"the weights know {len(names)} classes, the vocabulary has {len(vocabulary.names)}")
    tokens = {squash(token): token for token in vocabulary.names}
    found: list[str | None] = []
    for name, at_its_place in zip(names, vocabulary.names, strict=True):
        spelt = spellings.get(name, name)
        parts = [squash(part) for part in spelt.split("/")]
        parts.sort(key=lambda part: part != squash(at_its_place))
        keys = (squash(spelt), squash(spelt.partition("(")[0]), *parts)
        found.append(next((tokens[key] for key in keys if key in tokens), None))
    labels = tuple(label or vocabulary.names[index] for index, label in enumerate(found))
    strangers = [name for name, label in zip(names, found, strict=True) if label is None]
    if len(strangers) > (1 - RECOGNISED) * len(names) or len(set(labels)) != len(labels):
        some = ", ".join((strangers or list(names))[:3])
        raise ModelError(f"the classes in the weights ({some} ...) are not those of the vocabulary")
    return labels


def _by_name(names: Sequence[str], vocabulary: Vocabulary, spellings: Mapping[str, str]) -> tuple[str, ...]:
    """The name of the vocabulary that each class is called by, as a whole or without its bracket; empty for others."""
    tokens = {squash(token): token for token in vocabulary.names}
    # `bat (animal)` of one list is the `bat` of another, unless the vocabulary has several, or one without a bracket.
    bare = [squash(token.partition("_(")[0]) for token in vocabulary.names]
    tokens |= {
        key: token
        for key, token in zip(bare, vocabulary.names, strict=True)
        if key not in tokens and bare.count(key) == 1
    }
    spelt = [spellings.get(name, name) for name in names]
    labels = tuple(tokens.get(squash(name)) or tokens.get(squash(name.partition("(")[0]), "") for name in spelt)
    known = len(set(labels) - {""})
    if known < COVERED * len(vocabulary.names):
        raise ModelError(
            f"the weights know {len(names)} classes by names of their own, and only {known} of the"
            f" {len(vocabulary.names)} of the vocabulary are among them"
        )
    return labels
