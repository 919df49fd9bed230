"""Who may see what: delivery types, signatures, and what needs one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from keepsight.delivery.client import Client
from keepsight.delivery.signature import is_signed_by
from keepsight.delivery.token import Opened, open_token
from keepsight.detect.registry import Registry
from keepsight.errors import BadRequest, Unauthorized
from keepsight.settings import Settings
from keepsight.transformation.layer_source import AssetLayer
from keepsight.transformation.path import DeliveryRequest
from keepsight.transformation.plan import Plan

OBJECT_AWARE = "object-aware"
"""In `security.allow_unsigned`: every model."""


_TYPES = ("upload", "private", "authenticated", "fetch")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a request may."""

    trusted: bool
    """Whether its very URL was signed by whoever owns the pictures: it may ask for anything."""
    until: int | None = None
    """Seconds since the epoch until which a token opens it; None: it needs none."""
    allowed: bool = False
    """Whether the catalogue lets its transformation through in strict mode."""
    made: str | None = None
    """The derived image that was made eagerly and is asked for, if only that allows the request."""


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a request is judged."""

    settings: Settings
    registry: Registry
    allowed: Collection[str]
    """Texts of transformations that pass in strict mode without a signature."""
    made: Callable[[], str | None]
    """Looks for a derived image that was made eagerly and is the one that is asked for."""


def authorize(request: DeliveryRequest, plan: Plan, client: Client, rules: Rules) -> Grant:
    """What the request may, if it may be answered.

    Without a secret nothing can be checked: development mode. With one, a signature that is present must be right,
    and it must be present for object-aware gravity (unless allowed unsigned), for every transformation in strict mode,
    for authenticated assets, in layers too, and for private originals. A token that names the URL does instead; one
    that names a pattern opens authenticated and private pictures, and no more. What was made eagerly needs neither,
    except of authenticated assets.

    Raises Unauthorized or BadRequest.
    """
    check_offered(request)
    settings = rules.settings
    secrets = settings.cloud.secrets
    if not secrets and not settings.security.token_keys:
        return Grant(trusted=True)
    if secrets and request.signature is not None:
        if not is_signed_by(request, secrets):
            raise Unauthorized("Invalid signature: it does not match the transformation and public id of this URL")
        return Grant(trusted=True)
    protected = _protected(request, plan)
    opened = _opened(client.token, request, client, settings) if client.token else None
    if isinstance(opened, Opened) and opened.exact:
        return Grant(trusted=True, until=opened.until)
    if protected and not isinstance(opened, Opened):
        raise opened or Unauthorized(f"Images of type {protected} need a signed URL or a token")
    until = opened.until if protected and isinstance(opened, Opened) else None
    grant = Grant(trusted=not secrets, until=until, allowed=_is_allowed(request, rules.allowed))
    if not secrets:
        return grant
    try:
        _check_unsigned(plan, grant, settings, rules.registry)
    except Unauthorized:
        made = rules.made()
        if made is None:
            raise
        return replace(grant, trusted=True, made=made)
    return grant


def check_offered(request: DeliveryRequest) -> None:
    """Whether pictures of this kind are delivered at all. Raises BadRequest."""
    if request.asset_type not in ("image", "raw"):
        raise BadRequest(f"Resource type {request.asset_type} is not offered by this server (expected image or raw)")
    types = _TYPES if request.asset_type == "image" else _TYPES[:3]
    if request.delivery_type not in types:
        expected = ", ".join(types)
        raise BadRequest(f"Delivery type {request.delivery_type} is not offered by this server (expected {expected})")


def check_strict(grant: Grant, settings: Settings) -> None:
    """What changes a picture, another format by its extension too, is signed in strict mode. Raises Unauthorized."""
    if settings.security.strict_transformations and not (grant.trusted or grant.allowed):
        raise Unauthorized("Transformations need a signed URL: strict transformations are on")


def _is_allowed(request: DeliveryRequest, allowed: Collection[str]) -> bool:
    """As it is written; one that ends with a format is allowed in that one, others in every format."""
    text = "/".join(request.components)
    format_ = request.extension or request.public_id.rpartition(".")[2].lower()
    return bool(text) and (text in allowed or f"{text}/{format_}" in allowed)


def _protected(request: DeliveryRequest, plan: Plan) -> str | None:
    """The delivery type of what is not for everybody, if the request would show any."""
    shown = [request.delivery_type, *(source.type for source in plan.sources if isinstance(source, AssetLayer))]
    if "authenticated" in shown:
        return "authenticated"
    return "private" if request.delivery_type == "private" and plan.untouched else None


def _opened(token: str, request: DeliveryRequest, client: Client, settings: Settings) -> Opened | Unauthorized | None:
    """What a token opens, or why it does not; None where the server has no key for tokens."""
    keys = settings.security.token_keys
    if not keys:
        return None
    paths = dict.fromkeys((request.raw_path, request.raw_path.removeprefix(f"/{settings.cloud.name}")))
    try:
        return open_token(token, keys, tuple(paths), client.address, time.time())
    except Unauthorized as denied:
        return denied


def _check_unsigned(plan: Plan, grant: Grant, settings: Settings, registry: Registry) -> None:
    if plan.transforms:
        check_strict(grant, settings)
    allowed = frozenset(settings.security.allow_unsigned)
    if OBJECT_AWARE in allowed:
        return
    for word in plan.object_words:
        asked = (registry.model(c.model) for c in registry.resolve(word).candidates)
        models = {model.card.name for model in asked if model.installed}
        if not models or not allowed.issuperset(models):
            raise Unauthorized(
                f"Can't generate images using add-ons if URL isn't signed: {word} is object-aware "
                "(sign the URL, or name its models in security.allow_unsigned)"
            )
