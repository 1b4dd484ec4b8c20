"""A table of reports → CSV, Excel, Parquet or JSON, as bytes that come while it is made.

Memory holds one batch of rows, however many reports there are; Excel, which is a zip of
files, is put together in a temporary file. A dictionary of the columns goes with every
format: a second sheet, the columns' own metadata in Parquet, or a CSV of its own.

Source: docs/decisions/0010-exports.md
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from forms.form import Form
from service.choices import Format, Shape
from service.export_rows import (
    Cell,
    Column,
    Kind,
    Record,
    Row,
    Table,
    columns_of,
    describe_columns,
    make_table,
)
from service.files import write_file
from service.spreadsheets import stream_csv

MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}

PARTITIONS: Final = ("form", "fiscal_year")
"""Columns that a folder of Parquet is divided by."""

_CELLS_AT_ONCE: Final = 500_000
"""About 50 MB as Python objects, and a Parquet row group large enough to compress."""

_CHUNK_BYTES: Final = 1 << 20

_SHEET_ROWS: Final = 1_048_576
"""Rows that a sheet has room for, headings included (Excel's specifications)."""

_ARROW: Final[Mapping[Kind, Any]] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "truth": pa.bool_(),
}


def stream_export(
    records: Iterable[Record], forms: Sequence[Form], layout: Format, shape: Shape
) -> Iterator[bytes]:
    """Write reports as one file.

    Args:
        records: Taken as the bytes are.
        forms: Whose labels and fields the table has, see `make_table`.
        layout: The file's format.
        shape: A row for each field, or for each report.

    Yields:
        The file, in order.
    """
    return _STREAMS[layout](make_table(records, forms, shape))


def stream_dictionary(forms: Sequence[Form], shape: Shape) -> Iterator[bytes]:
    """Write what the columns of a table mean, as CSV."""
    return _stream_csv(describe_columns(columns_of(shape, forms)))


def write_partitions(
    records: Iterable[Record], forms: Sequence[Form], folder: Path, shape: Shape
) -> None:
    """Write reports as Parquet to `folder/form=…/fiscal_year=…/`, the dictionary beside them.

    Parquet of an earlier export is replaced where this one has the same form and year.
    """
    table = make_table(records, forms, shape)
    schema = _schema(table.columns)
    divided = pa.schema([schema.field(name) for name in PARTITIONS])
    ds.write_dataset(
        _batches(table, schema),
        folder,
        schema=schema,
        format="parquet",
        partitioning=ds.partitioning(divided, flavor="hive"),
        existing_data_behavior="delete_matching",
        max_rows_per_group=_rows_at_once(table.columns),
    )
    # Readers of datasets pass over names that begin with an underscore.
    write_file(stream_dictionary(forms, shape), folder / "_dictionary.csv")


def _stream_csv(table: Table) -> Iterator[bytes]:
    names: Row = tuple(column.name for column in table.columns)
    return stream_csv(chain([names], table.rows))


def _stream_json(table: Table) -> Iterator[bytes]:
    """One array, a line for each row."""
    names = tuple(column.name for column in table.columns)
    before = "[\n"
    for rows in _parts(table.rows, _rows_at_once(table.columns)):
        lines = (
            json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
            for row in rows
        )
        yield (before + ",\n".join(lines)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _stream_parquet(table: Table) -> Iterator[bytes]:
    schema = _schema(table.columns)
    written = io.BytesIO()
    with pq.ParquetWriter(written, schema, compression="zstd") as writer:
        for batch in _batches(table, schema):
            writer.write_batch(batch)
            yield _drain(written)
    yield _drain(written)


def _schema(columns: Sequence[Column[Any]]) -> Any:
    """The columns as Arrow's, what they mean in the metadata that Parquet keeps."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW[column.kind], metadata={"meaning": column.meaning})
            for column in columns
        ]
    )


def _batches(table: Table, schema: Any) -> Iterator[Any]:
    kinds = [column.kind for column in table.columns]
    for rows in _parts(table.rows, _rows_at_once(table.columns)):
        arrays = [
            pa.array(_as_floats(cells) if kind == "number" else cells, type=_ARROW[kind])
            for kind, cells in zip(kinds, zip(*rows, strict=True), strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_floats(cells: Iterable[Cell]) -> list[float | None]:
    """Arrow refuses integers that a float does not hold exactly."""
    return [None if cell is None else float(cell) for cell in cells]


def _stream_xlsx(table: Table) -> Iterator[bytes]:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with TemporaryFile() as file:
        with Workbook(file, options) as book:
            book.use_zip64()
            first = _add_sheet(book, "reports", table.columns)
            dictionary = describe_columns(table.columns)
            _write_rows(_add_sheet(book, "dictionary", dictionary.columns), dictionary.rows)
            more = (_add_sheet(book, f"reports {number}", table.columns) for number in count(2))
            parts = _parts(table.rows, _SHEET_ROWS - 1)
            # A sheet is only added when there are rows for it.
            for rows, sheet in zip(parts, chain([first], more), strict=False):
                _write_rows(sheet, rows)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _add_sheet(book: Workbook, name: str, columns: Sequence[Column[Any]]) -> Worksheet:
    """Add a sheet with its headings, which stay in sight."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [column.name for column in columns], book.add_format({"bold": True}))
    return sheet


def _write_rows(sheet: Worksheet, rows: Iterable[Row]) -> None:
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, row)


def _drain(written: io.BytesIO) -> bytes:
    """Take what was written since the last time; Arrow keeps count itself."""
    taken = written.getvalue()
    written.seek(0)
    written.truncate()
    return taken


def _rows_at_once(columns: Sequence[Column[Any]]) -> int:
    return max(1, _CELLS_AT_ONCE // len(columns))


def _parts(rows: Iterable[Row], length: int) -> Iterator[Iterator[Row]]:
    """Cut rows into parts; each must be gone through before the next is taken."""
    rest = iter(rows)
    for first in rest:
        yield chain([first], islice(rest, length - 1))


_STREAMS: Final[Mapping[Format, Callable[[Table], Iterator[bytes]]]] = {
    "csv": _stream_csv,
    "xlsx": _stream_xlsx,
    "parquet": _stream_parquet,
    "json": _stream_json,
}
