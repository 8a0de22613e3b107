"""The first tables: studies, series, instances, changes, notes.

Written out rather than taken from ``tables.py``: a migration says what the schema was on its day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "studies",
        sa.Column("study", sa.Text, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in (
                "description",
                "date",
                "patient_name",
                "patient_id",
                "birth_date",
                "sex",
                "added_at",
            )
        ),
        sa.PrimaryKeyConstraint("study", name="pk_studies"),
    )
    op.create_table(
        "series",
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=True),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("body_part", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("study", "series", name="pk_series"),
        sa.ForeignKeyConstraint(["study"], ["studies.study"], name="fk_series_study_studies"),
    )
    op.create_table(
        "instances",
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=True),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("columns", sa.Integer, nullable=False),
        sa.Column("transfer_syntax", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("stack_key", sa.JSON, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("added_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("instance", name="pk_instances"),
        sa.ForeignKeyConstraint(
            ["study", "series"], ["series.study", "series.series"], name="fk_instances_study_series"
        ),
    )
    op.create_index("ix_instances_sha256", "instances", ["sha256"])
    op.create_index("ix_instances_study", "instances", ["study", "series", "place"])
    op.create_table(
        "changes",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["study"], ["studies.study"], name="fk_changes_study_studies"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_study", "changes", ["study", "sequence"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("quality", sa.Text, nullable=False),
        sa.Column("rmse", sa.Float, nullable=True),
        sa.Column("written_at", sa.Text, nullable=False),
        sa.Column("stored_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.ForeignKeyConstraint(["study"], ["studies.study"], name="fk_notes_study_studies"),
        sa.ForeignKeyConstraint(
            ["sequence"], ["changes.sequence"], name="fk_notes_sequence_changes"
        ),
        sa.UniqueConstraint("sequence", name="uq_notes_sequence"),
    )
    op.create_index("ix_notes_study", "notes", ["study"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("notes", "changes", "instances", "series", "studies"):
        op.drop_table(table)
