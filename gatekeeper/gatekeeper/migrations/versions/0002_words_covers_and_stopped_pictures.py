"""Words in pictures, covers, and pictures that were stopped (0002)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stopped_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("gradient_hash", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("stopped_picture", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stopped_picture_submission_id"), ["submission_id"], unique=False
        )
    # Pictures that are there already get their values at their next check, or when stopped.
    with op.batch_alter_table("submission_photo", schema=None) as batch_op:
        batch_op.add_column(sa.Column("words", sa.JSON(), nullable=True))
        batch_op.add_column(
            sa.Column("words_problem", sa.String(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("bodies", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("gradient_hash", sa.String(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("patches", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("patched_width", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("faces_before", sa.JSON(), nullable=False, server_default="[]")
        )
