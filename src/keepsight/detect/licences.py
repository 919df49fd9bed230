"""Which weights may be used under which licences."""

from __future__ import annotations

from typing import Literal

from keepsight.detect.card import Card

Licences = Literal["all", "permissive"]

OWN = "own"
"""What a card says of weights that the operator of the server made or bought, and so knows the licence of."""
PERMISSIVE = frozenset(
    identifier.lower()
    for identifier in (
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "MIT-0",
        "Unlicense", "Zlib", OWN,
    )
)  # fmt: skip
"""SPDX identifiers of licences that ask for no more than being named."""


def is_permissive(licence: str) -> bool:
    """Whether a licence lets the weights be used without asking anything of the program around them.

    `licence` is an SPDX expression of identifiers, AND and OR, without brackets; a remark may follow in brackets or
    behind a comma. What is not known is not permissive.
    """
    expression = licence.partition("(")[0].partition(",")[0].lower()
    return any(
        all(identifier.strip() in PERMISSIVE for identifier in together.split(" and "))
        for together in expression.split(" or ")
    )


def licence_of(card: Card, name: str | None = None) -> str:
    """The licence of the file called `name`, or of the model."""
    return next((file.licence for file in card.files if file.name == name and file.licence), card.licence)


def restricted(card: Card, licences: Licences) -> tuple[Card, str]:
    """The card with those files alone that may be used, and why the model as a whole may not; empty where it may.

    A model that is computed from others may be: each of its sources is refused for itself.
    """
    if licences == "all":
        return card, ""
    allowed = tuple(file for file in card.files if is_permissive(file.licence or card.licence))
    if allowed or card.sources or (card.endpoint is not None and is_permissive(card.licence)):
        return card.model_copy(update={"files": allowed}), ""
    return card, f"its licence is {card.licence}, and models.licences allows permissive ones only"
