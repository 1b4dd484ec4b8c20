"""The tables of the service; those of the job queue are procrastinate's own."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
)

METADATA: Final = MetaData()


def _moment(name: str, *, now: bool = False) -> Column[object]:
    default = func.now() if now else None
    return Column(name, DateTime(timezone=True), nullable=not now, server_default=default)


REPORTS: Final = Table(
    "reports",
    METADATA,
    # The SHA-256 of the file, so that the same bytes are the same report.
    Column("id", Text, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    # Grows with every change; the ETag.
    Column("version", Integer, nullable=False, server_default="1"),
    _moment("created_at", now=True),
    _moment("changed_at", now=True),
    Column("priority", Integer, nullable=False),
    Column("review_risk", Float),
    # How often it was begun since somebody asked for it, and took its reader down.
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    # Numbers its readings, all of them: only the last one may say how it ended.
    Column("reading", Integer, nullable=False, server_default="0"),
    # How far it is; the total is known once the file is open.
    Column("pages_done", Integer, nullable=False, server_default="0"),
    Column("pages_total", Integer),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_advice", Text),
    # The report as JSON text, to be sent as it is, and what a correction starts from.
    Column("report", Text),
    Column("draft", Text),
    # Taken out of the report to be searched.
    Column("form", Text),
    Column("body", Text),
    Column("fiscal_year", Integer),
    Column("to_review", Integer, nullable=False, server_default="0"),
    Column("leased_by", Text),
    _moment("leased_until"),
    _moment("postponed_until"),
)
Index("reports_by_age", REPORTS.c.created_at, REPORTS.c.id)
Index("reports_by_status", REPORTS.c.status, REPORTS.c.created_at)
Index("reports_by_body", REPORTS.c.body)

CORRECTIONS: Final = Table(
    "corrections",
    METADATA,
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

HISTORY: Final = Table(
    "history",
    METADATA,
    Column("number", BigInteger, primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
    _moment("at", now=True),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("field", Text),
    Column("old", Text),
    Column("new", Text),
    Index("history_by_person", "who", "at"),
)

ARCHIVES: Final = Table(
    "archives",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    _moment("created_at", now=True),
)

ARCHIVE_FILES: Final = Table(
    "archive_files",
    METADATA,
    Column("archive_id", ForeignKey("archives.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
)

# Whom to tell what becomes of a report: everybody who sent it may ask for that.
CALLBACKS: Final = Table(
    "callbacks",
    METADATA,
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, primary_key=True),
)

DELIVERIES: Final = Table(
    "deliveries",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    _moment("created_at", now=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    # When it was delivered or given up.
    _moment("settled_at"),
)

ATTEMPTS: Final = Table(
    "delivery_attempts",
    METADATA,
    Column("number", BigInteger, primary_key=True),
    Column(
        "delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("detail", Text),
)

KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _moment("created_at", now=True),
    _moment("revoked_at"),
)

REQUESTS: Final = Table(
    "idempotent_requests",
    METADATA,
    Column("key_id", ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("asked", Text, nullable=False),
    _moment("at", now=True),
    UniqueConstraint("key_id", "idempotency_key"),
    Index("idempotent_requests_by_age", "at"),
)

TALLIES: Final = Table(
    "tallies",
    METADATA,
    # What the metrics add up over all workers, such as the seconds of a stage.
    Column("name", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("total", Float, nullable=False),
)
