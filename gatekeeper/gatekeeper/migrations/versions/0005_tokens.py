"""Tokens for programs (0005)."""

import sqlalchemy as sa
from alembic import op

import gatekeeper_consent.columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("created_at", gatekeeper_consent.columns.Instant(), nullable=False),
        sa.Column("expires_at", gatekeeper_consent.columns.Instant(), nullable=False),
        sa.Column("used_at", gatekeeper_consent.columns.Instant(), nullable=True),
        sa.Column("revoked_at", gatekeeper_consent.columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])
