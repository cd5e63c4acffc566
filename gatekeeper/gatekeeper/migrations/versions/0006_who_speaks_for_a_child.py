"""Children of whom a guardian has spoken, found without reading every answer (0006)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_consent_of_guardian",
        "consent",
        ["pupil_id"],
        sqlite_where=sa.text("guardian_id IS NOT NULL"),
        postgresql_where=sa.text("guardian_id IS NOT NULL"),
    )
