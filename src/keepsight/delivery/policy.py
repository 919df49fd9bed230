"""Who may see what: delivery types, signatures, and what needs one."""

from __future__ import annotations

from keepsight.delivery.signature import is_signed_by
from keepsight.detect.registry import Registry
from keepsight.errors import BadRequest, NotFound, Unauthorized
from keepsight.settings import Settings
from keepsight.transformation.path import DeliveryRequest
from keepsight.transformation.plan import Plan

OBJECT_AWARE = "object-aware"
"""In `security.allow_unsigned`: every model."""


def authorize(request: DeliveryRequest, plan: Plan, settings: Settings, registry: Registry) -> None:
    """Return if the request may be answered.

    Without a secret nothing can be checked: development mode. With one, a signature that is present must be right,
    and it must be present for object-aware gravity (unless allowed unsigned), for every transformation in strict mode,
    for authenticated assets and for private originals. Raises Unauthorized, BadRequest or NotFound.
    """
    if request.asset_type != "image":
        raise BadRequest(f"Resource type {request.asset_type} is not offered by this server (expected image)")
    secrets = settings.cloud.secrets
    if secrets and request.signature is not None and not is_signed_by(request, secrets):
        raise Unauthorized("Invalid signature: it does not match the transformation and public id of this URL")
    if secrets and request.signature is None:
        _check_unsigned(request, plan, settings, registry)
    match request.delivery_type:
        case "upload":
            return
        case "private" | "authenticated":  # a folder holds public pictures only
            raise NotFound(f"Resource not found - {request.public_id}")
        case "fetch":
            raise Unauthorized("Images of type fetch are restricted in this account")
        case other:
            raise BadRequest(f"Delivery type {other} is not offered by this server (expected upload)")


def check_strict(request: DeliveryRequest, settings: Settings) -> None:
    """What changes a picture, another format by its extension too, is signed in strict mode. Raises Unauthorized."""
    if settings.security.strict_transformations and settings.cloud.secrets and request.signature is None:
        raise Unauthorized("Transformations need a signed URL: strict transformations are on")


def _check_unsigned(request: DeliveryRequest, plan: Plan, settings: Settings, registry: Registry) -> None:
    if request.delivery_type == "authenticated" or (request.delivery_type == "private" and not plan.transforms):
        raise Unauthorized(f"Images of type {request.delivery_type} need a signed URL")
    if plan.transforms:
        check_strict(request, settings)
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
