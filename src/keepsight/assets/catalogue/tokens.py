"""Tokens with which whoever uploaded an asset may delete it without a signature, for ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from secrets import token_hex

from sqlalchemy import Connection, delete, insert, select

from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.rows import asset_of
from keepsight.assets.catalogue.tables import assets, tokens

LIFETIME = timedelta(minutes=10)
"""As Cloudinary's."""


def issue_token(connection: Connection, asset: Asset, lifetime: timedelta = LIFETIME) -> str:
    """A new token; those that are too old are cleared away."""
    now = datetime.now(UTC)
    connection.execute(delete(tokens).where(tokens.c.expires_at <= now))
    token = token_hex(32)
    connection.execute(insert(tokens).values(token=token, asset=asset.id, expires_at=now + lifetime))
    return token


def redeem_token(connection: Connection, token: str) -> Asset | None:
    """The asset that it lets delete; None when it is unknown, too old, or was used before."""
    gone = delete(tokens).where(tokens.c.token == token, tokens.c.expires_at > datetime.now(UTC))
    asset = connection.execute(gone.returning(tokens.c.asset)).scalar_one_or_none()
    row = connection.execute(select(assets).where(assets.c.id == asset)).one_or_none()
    return asset_of(row) if row is not None else None
