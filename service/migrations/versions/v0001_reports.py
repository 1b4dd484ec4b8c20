"""Reports, corrections, history, keys and the job queue."""

from alembic import op
from procrastinate.schema import SchemaManager

from service.tables import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables as they are now; the first release will freeze them here."""
    connection = op.get_bind()
    METADATA.create_all(connection)
    # Many statements in one string, which only the driver itself takes. Another version of
    # procrastinate brings migrations of its own, each to become a revision here.
    connection.connection.cursor().execute(SchemaManager.get_schema())
    # Theirs finds the job of a report only while a worker is at it.
    queued = "status IN ('todo', 'doing')"
    op.create_index("jobs_by_lock", "procrastinate_jobs", ["lock"], postgresql_where=queued)
