"""The tables of the catalogue. A change here needs a migration in `migrations/versions`; a test compares them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from keepsight.assets.catalogue.columns import Instant, Json, Name, RowId

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _owner(*, primary_key: bool = False) -> Column[int]:
    owner = ForeignKey("assets.id", ondelete="CASCADE")
    return Column("asset", RowId, owner, nullable=False, primary_key=primary_key)


assets = Table(
    "assets",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("asset_id", Name, nullable=False, unique=True),
    Column("resource_type", Name, nullable=False),
    Column("type", Name, nullable=False),
    Column("public_id", Name, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("version_id", Name, nullable=False),
    Column("generation", Name, nullable=False),
    Column("key", Name, nullable=False, unique=True),
    Column("digest", Name, nullable=False, index=True),
    Column("etag", Name, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("format", Name),
    Column("width", Integer),
    Column("height", Integer),
    Column("pages", Integer),
    Column("created_at", Instant, nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("folder", Name, nullable=False),
    Column("filename", Name, nullable=False),
    Column("asset_folder", Name, nullable=False, index=True),
    Column("display_name", Name, nullable=False),
    Column("original_filename", Name),
    Column("tags", Json, nullable=False),
    Column("context", Json, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("custom_coordinates", Json),
    Column("face_coordinates", Json),
    Column("face_count", Integer),
    Column("info", Json),
    Column("colours", Json),
    Column("image_metadata", Json),
    Column("phash", Name),
    Column("access_mode", Name, nullable=False),
    Column("access_control", Json),
    Column("moderation", Json),
    Column("status", Name, nullable=False),
    # The id first: SQLite would take an index by type for a listing, and then sort all there is of the type.
    UniqueConstraint("public_id", "resource_type", "type"),
    Index("ix_assets_created_at_id", "created_at", "id"),
    Index("ix_assets_uploaded_at_id", "uploaded_at", "id"),
    Index("ix_assets_folder", "folder"),
    sqlite_autoincrement=True,  # else it gives the id of the last one deleted to the next one
)

# Both are indexes over the rows of `assets`: written with them in one transaction, and to be made anew from them.
values = Table(
    "asset_values",
    metadata,
    Column("field", Name, primary_key=True),
    Column("value", Name, primary_key=True),
    _owner(primary_key=True),
    Index("ix_asset_values_asset", "asset"),
    sqlite_with_rowid=False,
)
terms = Table(
    "asset_terms",
    metadata,
    Column("term", Name, primary_key=True),
    Column("field", Name, primary_key=True),
    _owner(primary_key=True),
    Index("ix_asset_terms_asset", "asset"),
    sqlite_with_rowid=False,
)

derived = Table(
    "derived",
    metadata,
    Column("id", Name, primary_key=True),
    _owner(),
    Column("transformation", Name, nullable=False),
    Column("format", Name, nullable=False),
    Column("generation", Name, nullable=False),
    Column("key", Name, unique=True),
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("asset", "transformation", "format"),
    Index("ix_derived_transformation", "transformation"),
)

transformations = Table(
    "transformations",
    metadata,
    Column("name", Name, primary_key=True),
    Column("transformation", Text, nullable=False),
    Column("allowed_for_strict", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

presets = Table(
    "upload_presets",
    metadata,
    Column("name", Name, primary_key=True),
    Column("unsigned", Boolean, nullable=False),
    Column("settings", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
)

folders = Table(
    "folders",
    metadata,
    Column("path", Name, primary_key=True),
    Column("parent", Name, nullable=False, index=True),
    Column("external_id", Name, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

uploads = Table(
    "unfinished_uploads",
    metadata,
    Column("upload_id", Name, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("key", Name, nullable=False, unique=True),
    Column("received_at", Instant, nullable=False, index=True),
)

tokens = Table(
    "delete_tokens",
    metadata,
    Column("token", Name, primary_key=True),
    _owner(),
    Column("expires_at", Instant, nullable=False, index=True),
)

garbage = Table(
    "garbage",
    metadata,
    Column("key", Name, primary_key=True),
    Column("since", Instant, nullable=False, index=True),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Name, primary_key=True),
    Column("value", Text, nullable=False),
)

# On PostgreSQL the queue is that of a library, which brings tables of its own; see `assets/jobs`.
jobs = Table(
    "jobs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Name, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", Name, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("worker", Name),
    Column("fault", Text),
    Index("ix_jobs_state_due_at", "state", "due_at"),
)
