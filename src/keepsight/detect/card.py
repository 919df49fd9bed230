"""A card describes a model: what it is called, what runs it, which files hold its weights."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ConfigurationError

Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Sha1 = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]

Capability = Literal["tag", "confidence", "box", "mask", "attributes"]

RUNTIME_OF_REMOTE = "kserve"
RUNTIME_OF_TASK = {"faces": "yunet", "saliency": "u2net"}
"""Tasks that one runtime alone fulfils, and that it alone is for."""


class WeightsFile(BaseModel):
    """One file name under which the weights of a model are accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FileName
    address: HttpUrl | None = None
    """Where the file is published. Absent: there is nothing to download, it has to be brought."""
    sha256: Sha256 | None = None
    git_blob: Sha1 | None = None
    """What `git hash-object` prints for the file, where only this much is known."""
    bytes: Annotated[int, Field(gt=0)] | None = None
    """Size of the file, where it is known."""
    version: Annotated[int, Field(ge=1)] | None = None
    """The version of the model that it holds, where that is not the card's own."""
    licence: str | None = None
    """Of this file, where it is another than that of the card."""
    lacks: tuple[Capability, ...] = ()
    """What the card says the model can do and these weights cannot."""


class Endpoint(BaseModel):
    """A server that runs the network of a card: Triton, or any other that speaks version 2 of KServe's protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: HttpUrl
    """Of the server, without `/v2`. The administrator names it, so it may be private and without encryption."""
    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Its name on that server."""
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """The version that is asked, and part of every cache key: what it computes must never change."""
    versioned: bool = True
    """Whether the server tells versions apart, as Triton does. KServe's own knows one of each model, and `version` is
    only what these weights are called here."""
    names: tuple[str, ...] = ()
    """Class names in the order of the class index. Absent: those in the metadata that Ultralytics' exporter writes,
    as the server's configuration of the model gives them (parameter `metadata`)."""
    stride: Annotated[int, Field(ge=1, le=1024)] = 32
    """Px; sides of the input are multiples of it. The metadata, where there is one, says it instead."""
    end_to_end: bool = False
    """Whether the network answers with finished boxes. The metadata, where there is one, says it instead."""


class Card(BaseModel):
    """One model, as its TOML file describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    """The prefix of its words in URLs; no `_`, which ends the prefix."""
    version: Annotated[int, Field(ge=1)] = 1
    """The version that is asked where a URL names none, if it is installed. Files may hold others."""
    accepts: tuple[int, ...] = ()
    """Further versions a URL may ask for and get the default one."""
    task: Literal["detect", "segment", "faces", "pose", "saliency", "classify"] = "detect"
    """Only `detect` answers words. `segment` gives things with masks, `faces` serves face gravities, `pose` (people
    with key points) is a source of derived models, `saliency` gives a map of what stands out instead of detections,
    `classify` tells the attributes of what another model found."""
    runtime: Literal["ultralytics", "torch", "onnx", "openvino", "yunet", "ppocr", "u2net", "detr", "kserve"] = (
        "ultralytics"
    )
    """`ultralytics` is a YOLO network in whatever runs it fastest here; its three runtimes can also be named. `detr`
    is a DETR-like network in ONNX, such as D-FINE or RF-DETR. `kserve` is one that runs on the server at `endpoint`,
    however the settings choose among the others."""
    endpoint: Annotated[Endpoint | None, Field(validate_default=True)] = None
    capabilities: tuple[Capability, ...] = ("tag", "confidence", "box")
    """What its detections carry. `mask` needs weights of a segmentation network, `attributes` an `attributes_by`."""
    confidence: Share = 0.25
    """A detection counts from here on."""
    weak_confidence: Share | None = None
    """When no model sees the word at its `confidence`, detections from here on count after all."""
    second_look: Share | None = None
    """When no model sees the word even at its `weak_confidence`, this one looks again (see `second_look.py`), and
    detections from here on count. Absent: it looks once."""
    input_size: Annotated[int, Field(ge=64, le=2048)] = 640
    """Long side of the network's input, px."""
    deadline: Annotated[float, Field(gt=0)] = 10.0
    """Seconds for one picture, waiting included, after which a request goes on without the model."""
    starter: bool = False
    """Whether this is a small network that comes along, and counts only while no other of its name is installed."""
    own_names: bool = False
    """Whether the weights may know other classes than the vocabulary, of which those with one of its names count."""
    names: tuple[str, ...] = ()
    """Class names in the order of the class index, for the runtime `detr`, whose files have none; an index that is no
    class has an empty one. Absent: the names of the vocabulary, of `coco` also in the numbering with gaps."""
    normalise: Literal["none", "imagenet"] | None = None
    """What the runtime `detr` does with colours in 0..1. Absent: `imagenet` (mean and deviation are taken off) for the
    form of RF-DETR's own export, with the outputs `dets` and `labels`, and `none` for every other."""
    attributes_by: Name | None = None
    """The model with the task `classify` that looks at each thing found, if it is installed."""
    vocabulary: str | None = None
    """A vocabulary that ships with Keepsight. Absent: the class names in the weights are the words."""
    categories: dict[str, tuple[str, ...]] = {}
    """Category -> class names, for models whose words come from the weights."""
    spellings: dict[str, str] = {}
    """Class name in the weights -> name in the vocabulary, where they differ in more than punctuation."""
    licence: str
    """An SPDX identifier, or `own` for weights that are the operator's; a remark may follow in brackets."""
    note: str = ""
    sources: tuple[Name, ...] = ()
    """Models from whose detections this one is computed while none of its own files is installed: people with key
    points become parts of the body, everything else what `renames` says."""
    renames: dict[str, str] = {}
    """Label of a source -> name in the vocabulary; what is not mentioned is left out."""
    others: tuple[Card, ...] = ()
    """Further versions, each with a card of its own: another kind of network, another licence."""
    files: tuple[WeightsFile, ...] = Field((), validate_default=True)
    """Accepted files, the preferred one first; none are needed when there are sources. A name may occur again with the
    hash of another edition."""

    @field_validator("files")
    @classmethod
    def _something_to_run(cls, files: tuple[WeightsFile, ...], others: ValidationInfo) -> tuple[WeightsFile, ...]:
        if not files and not others.data.get("sources") and not others.data.get("endpoint"):
            raise ValueError("needs at least 1 item, unless there are sources or an endpoint")
        return files

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.weak_confidence is not None and self.weak_confidence >= self.confidence:
            raise ValueError("weak_confidence must be below confidence")
        if self.second_look is not None and self.second_look < self.floor:
            raise ValueError(f"second_look must be at least {self.floor}, the lowest confidence that counts")
        if self.second_look is not None and (self.task != "detect" or self.sources):
            raise ValueError("second_look only goes with the task 'detect' and without sources")
        if self.vocabulary is not None and self.categories:
            raise ValueError("categories only go with the class names of the weights, not with a vocabulary")
        if self.vocabulary is not None:
            try:
                Vocabulary.named(self.vocabulary)
            except KeyError:
                raise ValueError(f"no vocabulary called {self.vocabulary!r}") from None
        for task, runtime in RUNTIME_OF_TASK.items():
            if (self.task == task) != (self.runtime == runtime):
                raise ValueError(f"task {task!r} and runtime {runtime!r} go together")
        if ("attributes" in self.capabilities) != (self.attributes_by is not None or self.task == "classify"):
            raise ValueError("the capability 'attributes' goes with attributes_by or the task 'classify'")
        if self.own_names and self.vocabulary is None:
            raise ValueError("own_names only goes with a vocabulary")
        if self.task == "segment" and "mask" not in self.capabilities:
            raise ValueError("the task 'segment' goes with the capability 'mask'")
        if any(other.name != self.name or other.others for other in self.others):
            raise ValueError("others are further versions of the model, under the same name")
        if twice := {other.version for other in self.others} & {self.version, *self.accepts}:
            raise ValueError(f"others have versions that are there already: {sorted(twice)}")
        if clash := sorted(set(self.accepts) & {file.version for file in self.files if file.version}):
            raise ValueError(f"accepts names versions that have files of their own: {clash}")
        if self.runtime == "detr" and (self.task != "detect" or not (any(self.names) or self.vocabulary)):
            raise ValueError("the runtime 'detr' goes with the task 'detect', and with names or a vocabulary")
        if self.runtime != "detr" and (self.names or self.normalise):
            raise ValueError("names and normalise only go with the runtime 'detr'")
        if (self.endpoint is not None) != (self.runtime == RUNTIME_OF_REMOTE):
            raise ValueError(f"an endpoint and the runtime {RUNTIME_OF_REMOTE!r} go together")
        if self.endpoint is not None and (self.files or self.sources or self.task == "classify"):
            raise ValueError("a model with an endpoint has no files, no sources, and finds things")
        if self.endpoint is not None and self.vocabulary is None and not self.endpoint.names:
            raise ValueError("a model with an endpoint needs a vocabulary or endpoint.names")
        if self.sources:
            self._check_derivation()
        return self

    def _check_derivation(self) -> None:
        if self.vocabulary is None or self.task != "detect":
            raise ValueError("a model with sources has the task 'detect' and a vocabulary")
        known = set(Vocabulary.named(self.vocabulary).names)
        if strangers := sorted(set(self.renames.values()) - known):
            raise ValueError(f"renames lead to words outside the vocabulary: {', '.join(strangers)}")

    def each_version(self) -> tuple[Card, ...]:
        """A card per version that has files or is the default, which comes first; each with its own files alone."""
        others = dict.fromkeys(file.version for file in self.files if file.version not in {None, self.version})
        mine = tuple(self._of(number) for number in (self.version, *others) if number is not None)
        return (*mine, *(other._as_other() for other in self.others))

    def _of(self, version: int) -> Card:
        default = version == self.version
        files = tuple(
            file.model_copy(update={"version": None if default else version})
            for file in self.files
            if (file.version or self.version) == version
        )
        return self.model_copy(update={"version": version, "files": files, "accepts": self.accepts if default else ()})

    def _as_other(self) -> Card:
        files = tuple(file.model_copy(update={"version": self.version}) for file in self.files)
        return self.model_copy(update={"files": files})

    @property
    def alternative(self) -> bool:
        """Whether this is one of `each_version`, and not the default."""
        return any(file.version == self.version for file in self.files)

    @property
    def versions(self) -> frozenset[int]:
        """Every version a URL may name to get this model."""
        return frozenset((self.version, *self.accepts))

    @property
    def floor(self) -> float:
        """The lowest confidence that can ever count; the runtime drops everything below."""
        return self.confidence if self.weak_confidence is None else self.weak_confidence


def read_cards(paths: Iterable[Path]) -> tuple[Card, ...]:
    """Read cards from TOML files, in the order given.

    Raises ConfigurationError that lists every fault of every card, each as `file: field: what is wrong`.
    """
    cards: list[Card] = []
    faults: list[str] = []
    for path in paths:
        try:
            cards.append(Card.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            faults.append(f"{path.name}: {error}")
        except ValidationError as error:
            for fault in error.errors():
                field = ".".join(str(part) for part in fault["loc"])
                faults.append(f"{path.name}: {field}: {fault['msg']}" if field else f"{path.name}: {fault['msg']}")
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(cards)


def preferring(cards: Iterable[Card], names: Collection[str]) -> tuple[Card, ...]:
    """The cards with the files called `names` before their others, where a card has them.

    Raises ConfigurationError when no card has a file of that name.
    """
    cards = tuple(cards)
    known = {file.name for card in cards for each in (card, *card.others) for file in each.files}
    if strangers := [name for name in names if name not in known]:
        raise ConfigurationError(tuple(f"models.prefer: no model has a file called {name!r}" for name in strangers))
    return tuple(
        _preferring(card.model_copy(update={"others": tuple(_preferring(each, names) for each in card.others)}), names)
        for card in cards
    )


def _preferring(card: Card, names: Collection[str]) -> Card:
    return card.model_copy(update={"files": tuple(sorted(card.files, key=lambda file: file.name not in names))})


def cards_folder() -> Path:
    """Where the shipped cards lie: `models/` of a source checkout, `keepsight/cards` of an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "cards"
    return installed if installed.is_dir() else package.parent.parent / "models"


def starters_folder() -> Path:
    """Where the networks that come along lie, a card and its weights each; it need not be there."""
    return cards_folder() / "starter"


def find_cards() -> tuple[Card, ...]:
    """The cards that ship with Keepsight, one for each model. Raises ConfigurationError as `read_cards` does.

    Where several files have one name, the lowest version is the default and the others are further ones of it.
    """
    cards = sorted(read_cards(sorted(cards_folder().glob("*.toml"))), key=lambda card: (card.name, card.version))
    named = {name: tuple(each) for name, each in groupby(cards, key=lambda card: card.name)}
    return tuple(first.model_copy(update={"others": tuple(others)}) for first, *others in named.values())
