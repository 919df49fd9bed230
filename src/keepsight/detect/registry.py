"""All models of an installation, in the order in which they are asked.

A model has a name, such as `coco`, and may be there in several versions, each a network of its own: `coco_v2` is that
very one, `coco` the default version if it is installed, else whichever is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import cast

from keepsight.detect.card import Card, read_cards
from keepsight.detect.derived import DerivedModel
from keepsight.detect.installation import Installation
from keepsight.detect.licences import Licences, restricted
from keepsight.detect.model import STARTER, Model, ModelState
from keepsight.detect.query import Query, understand
from keepsight.detect.remote import RemoteModel
from keepsight.detect.runtime import Choice, Device
from keepsight.errors import ConfigurationError, ModelError

ORDER = ("coco", "lvis", "openimages", "cld-fashion", "human-anatomy", "cld-text")
"""The documented order; private models come before it."""
WORDS_REMEMBERED = 4096


class Registry:
    """Shipped and private models by name. Fixed once built; networks are loaded when first needed."""

    def __init__(  # noqa: PLR0913 - the last five are settings, by name only
        self,
        cards: Sequence[Card],
        weights: Path,
        *,
        private: Sequence[Path] = (),
        starters: Path | None = None,
        order: Sequence[str] = (),
        runtime: Choice = "auto",
        device: Device = "auto",
        licences: Licences = "all",
    ) -> None:
        """Build from cards and folders; nothing is loaded.

        `weights` is the folder with the weights of the shipped cards. Each folder of `private` holds one card and its
        weights; the models are asked in this order, before all others. A private model takes the place of a shipped
        one of the same name. The models in `starters`, cards and weights in one folder, stand in for those of their
        name of which no version is installed. Shipped models that `order` does not mention follow in the documented
        order.
        `runtime` runs every YOLO network whose card does not say otherwise, on `device`. Models under other `licences`
        than those that are allowed are listed as refused, and do nothing.

        Raises ConfigurationError when `order` names an unknown model. A private model that is broken is not an
        error: it is listed in `models` with its fault.
        """
        self._runtime, self._device, self._licences = runtime, device, licences
        self._broken: list[ModelState] = []
        self._all = _Versions()
        for folder in private:
            self._add_private(folder)
        known = {card.name: card for card in cards}
        if strangers := [name for name in order if name not in known and name not in self._all]:
            raise ConfigurationError(tuple(f"models.order: there is no model called {name!r}" for name in strangers))
        for name in dict.fromkeys((*order, *ORDER, *known)):
            if name in known and name not in self._all:
                self._add(known[name], weights)
        self._add_starters(starters)
        self._faces = [name for name, model in self._all.items() if model.card.task == "faces"]
        objects = {name: models for name, models in self._all.versions.items() if models[0].card.task == "detect"}
        self._understand = lru_cache(WORDS_REMEMBERED)(partial(understand, models=objects))

    @property
    def models(self) -> tuple[ModelState, ...]:
        """How every version of every model is doing, in the order in which they are asked; the default comes first.

        Broken private cards come last.
        """
        return (*(model.state for name in self._all for model in self._all.each(name)), *self._broken)

    @property
    def names(self) -> tuple[str, ...]:
        """What every version of every model is asked by: the bare name where there is one version only."""
        return tuple(model.called for name in self._all for model in self._all.each(name))

    @property
    def faces(self) -> str | None:
        """The name of the model that finds faces, if there is one."""
        return self._faces[0] if self._faces else None

    def model(self, name: str) -> Model:
        """The model called `coco`, or with a version `coco_v2`. Raises KeyError when there is none."""
        return self._all[name]

    def default(self, name: str) -> Model:
        """The default version of the model, installed or not; the first that is not refused, if there is one.

        Raises KeyError when there is none of that name.
        """
        return self._all.first_allowed(name)

    def to_install(self, name: str) -> Model:
        """What `coco` or `coco_v2` means to whoever wants it installed: never what came along. Raises KeyError."""
        bare, _, number = name.rpartition("_v")
        versions = self._all.versions.get(bare, ())
        named = next((model for model in versions if str(model.card.version) == number), None)
        return named or self.default(name.removesuffix(STARTER))

    def is_installed(self, name: str) -> bool:
        """Whether a version of the model is installed that did not just come along. Raises KeyError."""
        return any(model.installed for model in self._all.versions[name])

    def resolve(self, word: str) -> Query:
        """What a word such as `cat`, `coco_v1_cat`, `birds` or `object` asks for; see `understand`. Never raises."""
        return self._understand(word)

    def identities(self, query: Query) -> tuple[str, ...]:
        """The keys of all models that may answer, for the key of what is derived from the answer.

        `name:missing` for one that is not installed, so that installing it changes the key. Loads no network.
        """
        return tuple(self._all[name].key for name in dict.fromkeys(each.model for each in query.candidates))

    def installation(self) -> Installation:
        """The state of the folders in which weights are looked for."""
        models = [model for versions in self._all.versions.values() for model in versions]
        return Installation.of(dict.fromkeys(model.folder for model in models if model.card.files))

    def _add_starters(self, folder: Path | None) -> None:
        for card in read_cards(sorted(folder.glob("*.toml")) if folder else ()):
            if card.name in self._all and card.starter:
                allowed, refused = restricted(card, self._licences)
                self._all.starters[card.name] = Model(
                    allowed,
                    cast("Path", folder),
                    self._all,
                    runtime=self._runtime,
                    device=self._device,
                    refused=refused,
                )

    def _add_private(self, folder: Path) -> None:
        try:
            paths = sorted(folder.glob("*.toml"))
            if len(paths) != 1:
                raise ModelError(f"a private model is a folder with one card (*.toml); here are {len(paths)}")
            (card,) = read_cards(paths)
            if card.name in self._all:
                raise ModelError(f"the name {card.name!r} is taken by another private model")
            self._add(card, folder, private=True)
        except (ConfigurationError, ModelError, OSError) as error:
            self._broken.append(ModelState(folder.name, 0, True, "broken", fault=str(error)))

    def _add(self, card: Card, folder: Path, *, private: bool = False) -> None:
        """Each version as the kind of model that the card asks for; all are there before any of them is asked."""
        versions = [restricted(each, self._licences) for each in card.each_version()]
        self._all.versions[card.name] = tuple(
            _kind(each, refused)(
                each,
                folder,
                self._all,
                private=private,
                runtime=self._runtime,
                device=self._device,
                called=f"{card.name}_v{each.version}" if len(versions) > 1 else "",
                refused=refused,
            )
            for each, refused in versions
        )


def _kind(card: Card, refused: str) -> type[Model]:
    if refused:  # nothing is computed or asked for it
        return Model
    return RemoteModel if card.endpoint else DerivedModel if card.sources else Model


class _Versions(Mapping[str, Model]):
    """Models by name, in order; of each the version that counts just now, or the one that is named."""

    def __init__(self) -> None:
        self.versions: dict[str, tuple[Model, ...]] = {}
        """The default comes first."""
        self.starters: dict[str, Model] = {}
        """What stands in for a model of which no version is installed."""

    def __getitem__(self, name: str) -> Model:
        if name in self.versions:
            models = self.versions[name]
            if len(models) == 1 and name not in self.starters:
                return models[0]
            return next((m for m in models if m.installed), self._starter(name) or self.first_allowed(name))
        bare = name.removesuffix(STARTER)
        if bare != name and bare in self.starters:
            return self.starters[bare]
        bare, _, number = name.rpartition("_v")
        for model in self.versions.get(bare, ()):
            if str(model.card.version) == number:
                starter = self._starter(bare)
                return starter if starter and starter.card.version == model.card.version else model
        raise KeyError(name)

    def each(self, name: str) -> tuple[Model, ...]:
        """Every version of a model; one that came along first, while it counts or is refused."""
        starter = self.starters.get(name)
        listed = starter if starter is not None and starter.refused else self._starter(name)
        return (*((listed,) if listed else ()), *self.versions[name])

    def first_allowed(self, name: str) -> Model:
        """The first version that is not refused, else the default. Raises KeyError when there is none of that name."""
        models = self.versions[name]
        return next((model for model in models if not model.refused), models[0])

    def _starter(self, name: str) -> Model | None:
        starter = self.starters.get(name)
        if starter is None or not starter.installed or any(model.installed for model in self.versions[name]):
            return None
        return starter

    def __iter__(self) -> Iterator[str]:
        return iter(self.versions)

    def __len__(self) -> int:
        return len(self.versions)
