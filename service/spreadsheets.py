"""Rows → CSV as spreadsheets know it, which calculate nothing that a stranger wrote.

Source: docs/decisions/0010-exports.md
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_CHUNK_CHARACTERS: Final = 1 << 20

_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_HARMLESS: Final = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?|-{1,4}")
"""What makes a spreadsheet take the text of a CSV for a formula (OWASP, CSV injection), and
the signed numbers and dashes that begin alike and are none."""


def stream_csv(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write rows as UTF-8 that begins with the mark by which Excel knows it.

    Args:
        rows: Taken as the bytes are; the first holds the headings.

    Yields:
        The file, in order, a megabyte or so at a time.
    """
    yield codecs.BOM_UTF8
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for row in rows:
        writer.writerow([_plain_cell(cell) for cell in row])
        if written.tell() >= _CHUNK_CHARACTERS:
            yield written.getvalue().encode()
            written = io.StringIO(newline="")
            writer = csv.writer(written)
    yield written.getvalue().encode()


def _plain_cell(cell: object) -> object:
    """A cell as CSV has it: an apostrophe keeps text from being calculated."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and _FORMULA.match(cell) and not _HARMLESS.fullmatch(cell):
        return f"'{cell}"
    return cell
