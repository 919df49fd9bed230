"""The first catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from keepsight.assets.catalogue.columns import Instant, Json, Name, RowId

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward. There is no way back: a backup is one."""
    op.create_table(
        "assets",
        sa.Column("id", RowId, nullable=False),
        sa.Column("asset_id", Name, nullable=False),
        sa.Column("resource_type", Name, nullable=False),
        sa.Column("type", Name, nullable=False),
        sa.Column("public_id", Name, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("version_id", Name, nullable=False),
        sa.Column("generation", Name, nullable=False),
        sa.Column("key", Name, nullable=False),
        sa.Column("digest", Name, nullable=False),
        sa.Column("etag", Name, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("format", Name, nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("folder", Name, nullable=False),
        sa.Column("filename", Name, nullable=False),
        sa.Column("asset_folder", Name, nullable=False),
        sa.Column("display_name", Name, nullable=False),
        sa.Column("original_filename", Name, nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("context", Json, nullable=False),
        sa.Column("metadata", Json, nullable=False),
        sa.Column("custom_coordinates", Json, nullable=True),
        sa.Column("face_coordinates", Json, nullable=True),
        sa.Column("face_count", sa.Integer(), nullable=True),
        sa.Column("info", Json, nullable=True),
        sa.Column("colours", Json, nullable=True),
        sa.Column("image_metadata", Json, nullable=True),
        sa.Column("phash", Name, nullable=True),
        sa.Column("access_mode", Name, nullable=False),
        sa.Column("access_control", Json, nullable=True),
        sa.Column("moderation", Json, nullable=True),
        sa.Column("status", Name, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("asset_id", name=op.f("uq_assets_asset_id")),
        sa.UniqueConstraint("key", name=op.f("uq_assets_key")),
        sa.UniqueConstraint("public_id", "resource_type", "type", name=op.f("uq_assets_public_id_resource_type_type")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assets_asset_folder"), ["asset_folder"], unique=False)
        batch_op.create_index("ix_assets_created_at_id", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assets_digest"), ["digest"], unique=False)
        batch_op.create_index("ix_assets_folder", ["folder"], unique=False)
        batch_op.create_index("ix_assets_uploaded_at_id", ["uploaded_at", "id"], unique=False)

    op.create_table(
        "folders",
        sa.Column("path", Name, nullable=False),
        sa.Column("parent", Name, nullable=False),
        sa.Column("external_id", Name, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_folders")),
        sa.UniqueConstraint("external_id", name=op.f("uq_folders_external_id")),
    )
    with op.batch_alter_table("folders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_folders_parent"), ["parent"], unique=False)

    op.create_table(
        "garbage",
        sa.Column("key", Name, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_garbage")),
    )
    with op.batch_alter_table("garbage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_garbage_since"), ["since"], unique=False)

    if op.get_bind().dialect.name == "sqlite":  # on PostgreSQL jobs are those of a library
        op.create_table(
            "jobs",
            sa.Column("id", RowId, nullable=False),
            sa.Column("kind", Name, nullable=False),
            sa.Column("payload", Json, nullable=False),
            sa.Column("state", Name, nullable=False),
            sa.Column("attempts", sa.Integer(), nullable=False),
            sa.Column("due_at", sa.Float(), nullable=False),
            sa.Column("worker", Name, nullable=True),
            sa.Column("fault", sa.Text(), nullable=True),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        )
        with op.batch_alter_table("jobs", schema=None) as batch_op:
            batch_op.create_index("ix_jobs_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "secrets",
        sa.Column("name", Name, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "transformations",
        sa.Column("name", Name, nullable=False),
        sa.Column("transformation", sa.Text(), nullable=False),
        sa.Column("allowed_for_strict", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_transformations")),
    )
    op.create_table(
        "unfinished_uploads",
        sa.Column("upload_id", Name, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("key", Name, nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_unfinished_uploads")),
        sa.UniqueConstraint("key", name=op.f("uq_unfinished_uploads_key")),
    )
    with op.batch_alter_table("unfinished_uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unfinished_uploads_received_at"), ["received_at"], unique=False)

    op.create_table(
        "upload_presets",
        sa.Column("name", Name, nullable=False),
        sa.Column("unsigned", sa.Boolean(), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upload_presets")),
    )
    op.create_table(
        "asset_terms",
        sa.Column("term", Name, nullable=False),
        sa.Column("field", Name, nullable=False),
        sa.Column("asset", RowId, nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_asset_terms_asset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "field", "asset", name=op.f("pk_asset_terms")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("asset_terms", schema=None) as batch_op:
        batch_op.create_index("ix_asset_terms_asset", ["asset"], unique=False)

    op.create_table(
        "asset_values",
        sa.Column("field", Name, nullable=False),
        sa.Column("value", Name, nullable=False),
        sa.Column("asset", RowId, nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_asset_values_asset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("field", "value", "asset", name=op.f("pk_asset_values")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("asset_values", schema=None) as batch_op:
        batch_op.create_index("ix_asset_values_asset", ["asset"], unique=False)

    op.create_table(
        "delete_tokens",
        sa.Column("token", Name, nullable=False),
        sa.Column("asset", RowId, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_delete_tokens_asset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_delete_tokens")),
    )
    with op.batch_alter_table("delete_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delete_tokens_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "derived",
        sa.Column("id", Name, nullable=False),
        sa.Column("asset", RowId, nullable=False),
        sa.Column("transformation", Name, nullable=False),
        sa.Column("format", Name, nullable=False),
        sa.Column("generation", Name, nullable=False),
        sa.Column("key", Name, nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_derived_asset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derived")),
        sa.UniqueConstraint("asset", "transformation", "format", name=op.f("uq_derived_asset_transformation_format")),
        sa.UniqueConstraint("key", name=op.f("uq_derived_key")),
    )
    with op.batch_alter_table("derived", schema=None) as batch_op:
        batch_op.create_index("ix_derived_transformation", ["transformation"], unique=False)
