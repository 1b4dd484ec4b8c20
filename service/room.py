"""A disk that is full, told from all that is a fault of ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Final

from obstore.exceptions import BaseError
from psycopg.errors import DiskFull
from sqlalchemy.exc import DBAPIError

_FULL: Final = frozenset({ENOSPC, EDQUOT, EFBIG})
"""No space, no quota, no larger file."""

_OS_ERROR: Final = re.compile(r"\(os error (\d+)\)")
"""How Rust ends the message of a failed system call, and obstore's only trace of it."""


class NoRoom(Exception):
    """A disk is full; nothing was changed."""


@contextmanager
def taking_room() -> Iterator[None]:
    """Around what writes to a disk, be it through the database.

    Raises:
        NoRoom: The disk is full.
    """
    try:
        yield
    except (OSError, BaseError, DBAPIError) as error:
        if is_full(error):
            raise NoRoom from error
        raise


def is_full(error: OSError | BaseError | DBAPIError) -> bool:
    """Whether a failure comes of a full disk."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    if isinstance(error, DBAPIError):
        return isinstance(error.orig, DiskFull)
    return any(int(number) in _FULL for number in _OS_ERROR.findall(str(error)))
