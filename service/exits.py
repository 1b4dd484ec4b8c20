"""The exit codes of `gouji`."""

from enum import IntEnum


class Exit(IntEnum):
    """What the shell is told."""

    INSTALLATION = 1
    USAGE = 2
    REFUSED = 3
