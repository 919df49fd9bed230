"""One crop for the page: its address in every form, the picture, and why it is what it is."""

from __future__ import annotations

from typing import Any

from keepsight.errors import BadRequest
from keepsight.responsive import (
    WIDTHS,
    Component,
    Photo,
    Variant,
    art_directed,
    component_text,
    density_srcset,
    image,
    picture,
    signer,
    srcset,
)
from keepsight.settings import Settings
from keepsight.studio.darkroom import Darkroom, Subject
from keepsight.studio.snippets import snippets
from keepsight.studio.telling import told
from keepsight.studio.wishes import CropWish, PictureWish

Json = dict[str, Any]
TRY = "/studio/try"
"""Before a delivery path: the studio answers it itself, also for what was dropped."""


class Cropping:
    """From wishes to answers, with settings and darkroom at hand. Safe for threads."""

    def __init__(self, settings: Settings, darkroom: Darkroom) -> None:
        self._settings, self._darkroom = settings, darkroom

    def crop(self, wish: CropWish, base: str) -> Json:
        """The crop that is wished for. Raises RequestError, in the words of the server."""
        subject = Subject.of(wish.photo)
        component = wish.component
        shown = self._darkroom.show(subject, component)
        header = shown.made.header
        photo = self._photo(subject, base, (header.width, header.height))
        return {
            "transformation": component_text(component),
            "url": photo.url(component),
            "signed": photo.sign is not None,
            "deliverable": not subject.dropped,
            "srcset": self._srcset(photo, wish, component),
            "code": snippets(photo, (component,)),
            **told(shown),
        }

    def picture(self, wish: PictureWish, base: str) -> Json:
        """Markup of the art-directed picture, and of the same for the page itself. Raises RequestError."""
        subject = Subject.of(wish.photo)
        header = self._darkroom.read(subject).header
        size = (header.width, header.height)
        variants = art_directed(wish.gravity_text, wish.medium_ratio, wish.small_ratio)
        for variant in variants[1:]:  # a word that the language refuses is refused here, not by three broken frames
            self._darkroom.show(subject, *variant.cut.at(min(320, size[0]), {"f": "jpg"}))
        photo = self._photo(subject, base, size)
        return {
            "markup": picture(photo, variants, wish.alt, wish.formats),
            "deliverable": not subject.dropped,
            "signed": photo.sign is not None,
        }

    def framed(self, wish: PictureWish) -> str:
        """The markup with addresses that the studio itself answers. Raises RequestError."""
        subject = Subject.of(wish.photo)
        header = self._darkroom.read(subject).header
        cloud = self._settings.cloud.name
        base = f"{TRY}/{subject.type}"
        type_ = "upload" if subject.dropped else subject.type
        photo = Photo(subject.public_id, cloud, type_, base, size=(header.width, header.height))
        return picture(photo, art_directed(wish.gravity_text, wish.medium_ratio, wish.small_ratio), wish.alt)

    def _photo(self, subject: Subject, base: str, size: tuple[int, int]) -> Photo:
        secrets = self._settings.cloud.secrets
        public = self._settings.server.public_url
        return Photo(
            subject.public_id,
            self._settings.cloud.name,
            "upload" if subject.dropped else subject.type,
            str(public).rstrip("/") if public else base,
            size=size,
            sign=signer(secrets[0]) if secrets else None,
        )

    def _srcset(self, photo: Photo, wish: CropWish, component: Component) -> str:
        """Markup: by density where the slot has a size, else by width."""
        alt = photo.public_id.rpartition("/")[2].rpartition(".")[0] or photo.public_id
        if {"w", "h"} & component.keys() and wish.mode != "crop":
            attributes = f'src="{photo.url(component)}" srcset="{density_srcset(photo, component)}"'
            sides = "".join(f' {n}="{v}"' for n, v in (("width", wish.width), ("height", wish.height)) if v)
            return f'<img {attributes}{sides} alt="">'
        try:
            return image(photo, Variant(wish.cut, widths=WIDTHS), alt)
        except BadRequest:  # a cut without a width of its own
            return srcset(photo, wish.cut)
