"""All models of an installation, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from keepsight.detect.card import Card, read_cards
from keepsight.detect.derived import DerivedModel
from keepsight.detect.model import Model, ModelState
from keepsight.detect.query import Query, understand
from keepsight.detect.runtime import Choice
from keepsight.errors import ConfigurationError, ModelError

ORDER = ("coco", "lvis", "openimages", "cld-fashion", "human-anatomy", "cld-text")
"""The documented order; private models come before it."""
WORDS_REMEMBERED = 4096


class Registry:
    """Shipped and private models by name. Fixed once built; networks are loaded when first needed."""

    def __init__(
        self,
        cards: Sequence[Card],
        weights: Path,
        *,
        private: Sequence[Path] = (),
        order: Sequence[str] = (),
        runtime: Choice = "auto",
    ) -> None:
        """Build from cards and folders; nothing is loaded.

        `weights` is the folder with the weights of the shipped cards. Each folder of `private` holds one card and its
        weights; the models are asked in this order, before all others. A private model takes the place of a shipped
        one of the same name. Shipped models that `order` does not mention follow in the documented order.
        `runtime` runs every YOLO network whose card does not say otherwise.

        Raises ConfigurationError when `order` names an unknown model. A private model that is broken is not an
        error: it is listed in `models` with its fault.
        """
        self._runtime = runtime
        self._broken: list[ModelState] = []
        by_name: dict[str, Model] = {}
        for folder in private:
            self._add_private(folder, by_name)
        known = {card.name: card for card in cards}
        if strangers := [name for name in order if name not in known and name not in by_name]:
            raise ConfigurationError(tuple(f"models.order: there is no model called {name!r}" for name in strangers))
        for name in dict.fromkeys((*order, *ORDER, *known)):
            if name in known:
                by_name.setdefault(name, self._model(known[name], weights, by_name))
        self._faces = [name for name, model in by_name.items() if model.card.task == "faces"]
        self._all = by_name
        self._objects = {name: model for name, model in by_name.items() if model.card.task == "detect"}
        self._understand = lru_cache(WORDS_REMEMBERED)(partial(understand, models=self._objects))

    @property
    def models(self) -> tuple[ModelState, ...]:
        """How every model is doing, in the order in which they are asked; broken private cards come last."""
        return (*(model.state for model in self._all.values()), *self._broken)

    @property
    def faces(self) -> str | None:
        """The name of the model that finds faces, if there is one."""
        return self._faces[0] if self._faces else None

    def model(self, name: str) -> Model:
        """The model of that name. Raises KeyError when there is none."""
        return self._all[name]

    def resolve(self, word: str) -> Query:
        """What a word such as `cat`, `coco_v1_cat`, `birds` or `object` asks for; see `understand`. Never raises."""
        return self._understand(word)

    def identities(self, query: Query) -> tuple[str, ...]:
        """The keys of all models that may answer, for the key of what is derived from the answer.

        `name:missing` for one that is not installed, so that installing it changes the key. Loads no network.
        """
        return tuple(self._all[name].key for name in dict.fromkeys(each.model for each in query.candidates))

    def _add_private(self, folder: Path, by_name: dict[str, Model]) -> None:
        try:
            paths = sorted(folder.glob("*.toml"))
            if len(paths) != 1:
                raise ModelError(f"a private model is a folder with one card (*.toml); here are {len(paths)}")
            (card,) = read_cards(paths)
            if card.name in by_name:
                raise ModelError(f"the name {card.name!r} is taken by another private model")
            by_name[card.name] = self._model(card, folder, by_name, private=True)
        except (ConfigurationError, ModelError, OSError) as error:
            self._broken.append(ModelState(folder.name, 0, True, "broken", fault=str(error)))

    def _model(self, card: Card, folder: Path, models: Mapping[str, Model], *, private: bool = False) -> Model:
        """The kind of model that the card asks for; `models` is complete before any of them is asked."""
        if card.sources:
            return DerivedModel(card, folder, models, private=private, runtime=self._runtime)
        return Model(card, folder, private=private, runtime=self._runtime)
