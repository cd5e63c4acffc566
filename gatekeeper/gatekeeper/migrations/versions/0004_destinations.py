"""Several accounts of several kinds, and a post for each (0004)."""

import sqlalchemy as sa
from alembic import op

import gatekeeper_consent.columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NOT_OVER = "state NOT IN ('cancelled', 'removed')"


def upgrade() -> None:
    op.create_table(
        "account_rest",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("until", gatekeeper_consent.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"]),
        sa.PrimaryKeyConstraint("account_id", "action"),
    )
    op.create_table(
        "hand_task",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("handed_at", gatekeeper_consent.columns.Instant(), nullable=True),
        sa.Column("handed_to", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_at", gatekeeper_consent.columns.Instant(), nullable=True),
        sa.Column("not_up", sa.Boolean(), nullable=False),
        sa.Column("gone_by", sa.String(), nullable=False),
        sa.Column("gone_at", gatekeeper_consent.columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sa.PrimaryKeyConstraint("post_id"),
    )
    with op.batch_alter_table("channel_account", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("platform", sa.String(), nullable=False, server_default="twitter")
        )

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("account_ids", sa.JSON(), nullable=False, server_default="[]")
        )
    _carry_accounts_over()
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("account_id")

    # What was approved until now went to one place on each channel.
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("destinations", sa.JSON(), nullable=False, server_default="[]")
        )
    op.execute("UPDATE approval SET destinations = '[\"\"]' WHERE channel != 'twitter'")
    op.execute(
        "UPDATE approval SET destinations = (SELECT account_ids FROM submission "
        "WHERE submission.id = approval.submission_id) WHERE channel = 'twitter'"
    )

    _count_earlier_sends()

    op.drop_index("ix_post_once", table_name="post")
    for name, columns, where in (
        ("ix_post_once", ["submission_id", "channel"], f"{_NOT_OVER} AND account_id IS NULL"),
        ("ix_post_once_each", ["submission_id", "account_id"], _NOT_OVER),
    ):
        op.create_index(
            name,
            "post",
            columns,
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _count_earlier_sends() -> None:
    """What has references was tried before sends were counted, and may have been sent."""
    post = sa.table("post", sa.column("references", sa.String()), sa.column("sends", sa.Integer()))
    tried = sa.cast(post.c.references, sa.String()) != "[]"
    op.execute(post.update().where(tried, post.c.sends == 0).values(sends=1))


def _carry_accounts_over() -> None:
    submissions = sa.table(
        "submission",
        sa.column("id", sa.String()),
        sa.column("account_id", sa.String()),
        sa.column("account_ids", sa.JSON()),
    )
    connection = op.get_bind()
    found = connection.execute(
        sa.select(submissions.c.id, submissions.c.account_id).where(
            submissions.c.account_id.is_not(None)
        )
    ).all()
    for submission_id, account_id in found:
        connection.execute(
            submissions.update()
            .where(submissions.c.id == submission_id)
            .values(account_ids=[account_id])
        )
