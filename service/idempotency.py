"""Names that callers give their requests, so that one sent twice is done once."""

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql

from service.tables import REQUESTS


def is_asked_again(
    connection: Connection, key_id: str, idempotency_key: str, asked: str
) -> bool | None:
    """Whether a key has asked for the same under this name before; None if for another thing.

    Names are remembered for a day.
    """
    yesterday = func.now() - func.make_interval(0, 0, 0, 1)
    connection.execute(delete(REQUESTS).where(REQUESTS.c.at < yesterday))
    request = {"key_id": key_id, "idempotency_key": idempotency_key, "asked": asked}
    new = postgresql.insert(REQUESTS).values(**request).on_conflict_do_nothing()
    if connection.execute(new.returning(REQUESTS.c.asked)).first() is not None:
        return False
    before = select(REQUESTS.c.asked).where(
        REQUESTS.c.key_id == key_id, REQUESTS.c.idempotency_key == idempotency_key
    )
    return True if connection.execute(before).scalar_one() == asked else None
