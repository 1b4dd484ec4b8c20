"""What callers choose among, for the command line too, which is to start at once.

It imports nothing of what reads, stores or serves.
"""

from typing import Final, Literal, TypeAlias

Format: TypeAlias = Literal["csv", "xlsx", "parquet", "json"]
"""Of an export."""
Shape: TypeAlias = Literal["tidy", "wide"]
"""Of an export: a row for each field, or for each report."""

Role: TypeAlias = Literal["upload", "review", "admin"]
"""Of a key; each may do what those before it may."""

LEAST_PRIORITY, MOST_PRIORITY = -100, 100
PERSON: Final = 0
"""Somebody waits for it."""
ARCHIVE: Final = -10
"""One of many, in no hurry."""
