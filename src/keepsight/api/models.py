"""`GET /models` and `GET /models/objects`: what can be found in a picture, and by whom."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from keepsight.api.words import Kind, search, words_of
from keepsight.detect.licences import licence_of
from keepsight.detect.registry import Registry

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
LONGEST_QUERY = 100


class ModelAnswer(BaseModel):
    """One model. Nothing here tells where on the host it lies."""

    name: str
    version: int
    versions: list[int]
    """Every version that a URL may name, ascending."""
    private: bool
    starter: bool
    """Whether it is a small network that came along, until another of its name is installed."""
    state: Literal["ready", "loadable", "missing", "broken", "refused"]
    """ready: in memory. loadable: installed. missing: not installed. broken: `keepsight doctor` says why. refused: its
    licence is none of those that `models.licences` allows."""
    licence: str | None
    """Licence of the weights that are installed, or of those that would be; None where the card is broken."""
    runtime: str | None
    """What runs it here; None for one that is not installed, broken, or computed from others."""
    default_confidence: float | None
    """0..1; a detection counts from here on."""
    capabilities: list[str]
    objects: int
    categories: int


class ModelsAnswer(BaseModel):
    """All models, in the order in which they are asked."""

    models: list[ModelAnswer]


class KnownBy(BaseModel):
    """A model that knows a word, and how to ask it."""

    model: str
    version: int
    kind: Kind
    syntaxes: list[str]
    """For `g_`, the most exact first: `coco_v1_sink`, `coco_sink`, `sink`."""


class ObjectAnswer(BaseModel):
    """A word and who knows it, in the order in which they are asked."""

    word: str
    kind: Kind
    models: list[KnownBy]


class ObjectsAnswer(BaseModel):
    """Words that contain the query: those that start with it first, then the short ones."""

    query: str
    total: int
    """Words that match; `objects` holds the first of them."""
    objects: list[ObjectAnswer]


def models_router(registry: Registry) -> APIRouter:
    """The routes over the models of `registry`."""
    router = APIRouter(tags=["models"])
    words = cache(lambda: words_of(registry))

    @router.get("/models")
    def models() -> ModelsAnswer:
        """Every model: whether it is installed, and what it can do."""
        return ModelsAnswer(models=list(_models(registry)))

    @router.get("/models/objects")
    def objects(
        q: Annotated[str, Query(max_length=LONGEST_QUERY, description="Part of a word; empty for all.")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    ) -> ObjectsAnswer:
        """Which models know a word that contains `q`, and how a URL asks for it."""
        found = search(words(), q)
        rows = [
            ObjectAnswer(
                word=word.text,
                kind=word.kind,
                models=[
                    KnownBy(
                        model=knower.model,
                        version=knower.version,
                        kind=knower.kind,
                        syntaxes=list(word.syntaxes(knower)),
                    )
                    for knower in word.knowers
                ],
            )
            for word in found[:limit]
        ]
        return ObjectsAnswer(query=q, total=len(found), objects=rows)

    return router


def _models(registry: Registry) -> list[ModelAnswer]:
    answers = []
    for state in registry.models:
        card = state.card
        vocabulary = registry.model(state.exact).vocabulary if card else None
        answers.append(
            ModelAnswer(
                name=state.name,
                version=state.version,
                versions=sorted(card.versions) if card else [],
                private=state.private,
                starter=state.starter,
                state=state.state,
                licence=licence_of(card, state.file) if card else None,
                runtime=state.runtime,
                default_confidence=card.confidence if card else None,
                capabilities=list(registry.model(state.exact).capabilities) if card else [],
                objects=len(vocabulary.names) if vocabulary else 0,
                categories=len(vocabulary.categories) if vocabulary else 0,
            )
        )
    return answers
