"""The catalog's tables (SQLAlchemy Core). ``migrations/`` builds the same schema step by step; a
test compares.

Times are RFC 3339 UTC with milliseconds, as text, so that they sort and travel as they are.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

studies = Table(
    "studies",
    metadata,
    Column("study", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("date", Text, nullable=False),
    Column("patient_name", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("birth_date", Text, nullable=False),
    Column("sex", Text, nullable=False),
    Column("added_at", Text, nullable=False),
)

series = Table(
    "series",
    metadata,
    Column("study", Text, ForeignKey("studies.study"), primary_key=True),
    Column("series", Text, primary_key=True),
    Column("number", Integer, nullable=True),
    Column("modality", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("body_part", Text, nullable=False),
)

instances = Table(
    "instances",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("study", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("number", Integer, nullable=True),
    Column("frames", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("transfer_syntax", Text, nullable=False),
    # Hex SHA-256 of the file as it came: its blob's key; tells a duplicate from a conflict.
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    # Everything the stack's order is worked out from, as app.dicom reported it.
    Column("stack_key", JSON, nullable=False),
    # Place in the series' stack, from 0; recomputed whenever an instance is added.
    Column("place", Integer, nullable=False),
    Column("added_at", Text, nullable=False),
    ForeignKeyConstraint(["study", "series"], ["series.study", "series.series"]),
    Index("ix_instances_sha256", "sha256"),
    Index("ix_instances_study", "study", "series", "place"),
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("study", Text, ForeignKey("studies.study"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=True),
    Column("at", Text, nullable=False),
    Index("ix_changes_study", "study", "sequence"),
    # AUTOINCREMENT: a sequence number is never given twice, not even after the last row were lost.
    sqlite_autoincrement=True,
)

notes = Table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("study", Text, ForeignKey("studies.study"), nullable=False),
    Column("sequence", Integer, ForeignKey("changes.sequence"), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("frame", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("quality", Text, nullable=False),
    Column("rmse", Float, nullable=True),
    Column("written_at", Text, nullable=False),
    Column("stored_at", Text, nullable=False),
    Index("ix_notes_study", "study"),
)
