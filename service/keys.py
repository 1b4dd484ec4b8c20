"""API keys: who may do what. Only a hash of a key is kept.

A key is `gouji_ID_SECRET` with 256 random bits in its secret, so that a plain SHA-256 of it
can be kept: there is nothing to guess that a slow hash would protect.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from sqlalchemy import Connection, func, insert, select, update

from service.choices import Role
from service.tables import KEYS

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Each may do what those before it may."""

_PREFIX: Final = "gouji"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed; the key itself is shown once, when it is made."""

    id: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None


def create_key(connection: Connection, name: str, role: Role) -> str:
    """Make a key and return it; it cannot be seen again."""
    key_id = secrets.token_hex(6)
    key = f"{_PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
    connection.execute(insert(KEYS).values(id=key_id, name=name, role=role, digest=_digest(key)))
    return key


def find_key(connection: Connection, key: str) -> Key | None:
    """Whose key this is; None when it is nobody's or was revoked."""
    prefix, _, rest = key.partition("_")
    query = select(*_COLUMNS, KEYS.c.digest).where(KEYS.c.id == rest.partition("_")[0])
    row = connection.execute(query.where(KEYS.c.revoked_at.is_(None))).first()
    # Compared whether there is such an id or not, and in constant time.
    same = hmac.compare_digest(_digest(key), b"" if row is None else row.digest)
    if row is None or not same or prefix != _PREFIX:
        return None
    return Key(row.id, row.name, row.role, row.created_at, row.revoked_at)


def list_keys(connection: Connection) -> tuple[Key, ...]:
    """Every key that was ever made, the oldest first."""
    rows = connection.execute(select(*_COLUMNS).order_by(KEYS.c.created_at, KEYS.c.id))
    return tuple(Key(*row) for row in rows)


def revoke_key(connection: Connection, key_id: str) -> bool:
    """Let a key open nothing any more; whether there was one that did."""
    standing = (KEYS.c.id == key_id, KEYS.c.revoked_at.is_(None))
    revoked = update(KEYS).where(*standing).values(revoked_at=func.now()).returning(KEYS.c.id)
    return connection.execute(revoked).first() is not None


def may(role: Role, needed: Role) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(needed)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


_COLUMNS: Final = (KEYS.c.id, KEYS.c.name, KEYS.c.role, KEYS.c.created_at, KEYS.c.revoked_at)
