"""Due dates with their reasons, the rules behind each decision, and the events of the statutory clock"""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request", sa.Column("due_note", sa.String(), nullable=False, server_default=""))
    op.add_column("request", sa.Column("due_target", sa.Date(), nullable=True))
    op.add_column("request", sa.Column("notice_by", sa.Date(), nullable=True))
    op.add_column("request", sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("request", sa.Column("overdue", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("request", sa.Column("rules", sa.String(), nullable=False, server_default=""))
    op.add_column("decision", sa.Column("rules", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "clock_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_clock_event_case_id"), "clock_event", ["case_id"], unique=False)
