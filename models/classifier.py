"""Cells of a report's tables → which row, column and form each belongs to.

A LayoutLM over cells: a cell's text is a bag of its characters and pairs of
characters, its place its box in the table, its line in the report and its column; and
every cell is told the texts left of it and above it. The net and its labels come from
one ONNX file; what it was trained on is in the card beside it.

Source: Xu et al., LayoutLM (2020), for text and 2-D position in one embedding.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from models.sessions import open_session
from models.weights import weight_path

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

SPECIAL: Final = ("[PAD]", "[UNK]", "[MASK]", "[BLANK]", "[ZERO]", "[NUMBER]", "[DASH]")
"""What comes before the characters in a vocabulary; the last four stand for values."""

KINDS: Final = ("text", "other", "blank", "zero", "number", "dash")
"""What a cell's text is at first sight; "other" is short print that is nothing else."""

LONGEST_TEXT: Final = 40
"""Characters of a label that are looked at; the longest prescribed one has 46."""

PAIRS: Final = 4096
"""Pairs of characters are hashed into so many."""

PLACES: Final = 1001
"""Coordinates run from 0 to 1000 within a table, as in LayoutLM."""

MOST_LINES: Final = 512
MOST_COLUMNS: Final = 32
MOST_TABLES: Final = 16
"""Lines of a report, columns of a table and tables of a report that are told apart."""

MOST_CELLS: Final = 1200
"""A report has 300 cells, with extra tables and prose twice that; what has more is a scan
in which the table finder saw cells in noise, and memory grows with their square."""

OUTPUTS: Final = ("rows", "columns", "forms")
"""Names of the net's outputs."""

NONE: Final = ""
"""The name of "no row", "no column" and "no known form"."""

_NEAREST: Final = 3
_FADE: Final = 0.4
# How much of the narrower of two cells must lie over the other.
_OVER: Final = 0.5

_BLANK: Final = re.compile(r"[.·、,'`]*")
_ZERO: Final = re.compile(r"[0oO〇]")
_DASH: Final = re.compile(r"[-—–―一/\\丿无]+")
_NUMBER: Final = re.compile(r"[+-]?[\d,.]*\d[\d,.]*(?:%|元|万元|亿元|个|件|条|次|人|人次|篇|项)?")
_LETTERS_AT_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell as the net sees it.

    Attributes:
        table: Index of its table (or part of one) in the report, in reading order.
        row: First grid row, from 0.
        column: First grid column, from 0.
        row_span: Grid rows it covers.
        column_span: Grid columns it covers.
        box: Left, top, right, bottom in any unit that all cells of the table share.
        text: As read.
    """

    table: int
    row: int
    column: int
    row_span: int
    column_span: int
    box: tuple[float, float, float, float]
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class EncodedCells:
    """The net's inputs for one report of n cells with u different texts.

    Attributes:
        characters: int64 (u, LONGEST_TEXT): indices into the vocabulary, 0 is padding.
        pairs: int64 (u, LONGEST_TEXT): hashes of two neighbouring characters, 0 is padding.
        text_of: int64 (n,): each cell's text.
        kinds: int64 (n,): index into `KINDS`.
        boxes: int64 (n, 4): 0 to 1000 within the table.
        places: int64 (n, 4): line in the report, column from the left, column from the
            right, table.
        beside: float32 (n, n): how much of each text to the left a cell is told.
        above: float32 (n, n): the same of the texts above.
    """

    characters: Integers
    pairs: Integers
    text_of: Integers
    kinds: Integers
    boxes: Integers
    places: Integers
    beside: Floats
    above: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """What the net thinks of each cell, natural logarithms of probabilities.

    Attributes:
        rows: float64 (cells, row names).
        columns: float64 (cells, column names).
        forms: float64 (cells, form names): the form whose table a cell is in.
    """

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    forms: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classifier:
    """The net and its labels; the first of each kind of name is `NONE`.

    Attributes:
        row_names: Such as "t3.granted", "t4." for the row without a name.
        column_names: Such as "t3.total", "s." for the column without a name.
        form_names: Ids of the forms it was trained on.
        classify: All cells of a report in reading order → their posteriors.
    """

    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    form_names: tuple[str, ...]
    classify: Callable[[Sequence[TableCell]], Posteriors]


def load_classifier(threads: int, path: Path | None = None) -> Classifier:
    """Load the net from an ONNX file.

    Args:
        threads: To run on.
        path: A file whose metadata holds the vocabulary and the labels; None for ours.

    Raises:
        ModelError: Our weights are missing or corrupt.
    """
    session = open_session(path or weight_path("classifier"), threads)
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    vocabulary = index_vocabulary(labels["vocabulary"])

    def classify(cells: Sequence[TableCell]) -> Posteriors:
        parts = [
            session.run(list(OUTPUTS), feed_net(encode_cells(part, vocabulary)))
            for part in split_cells(cells)
        ]
        return Posteriors(
            *(
                np.concatenate([log_softmax(one[0]) for one in kind])
                for kind in zip(*parts, strict=True)
            )
        )

    return Classifier(
        tuple(labels["rows"]), tuple(labels["columns"]), tuple(labels["forms"]), classify
    )


def split_cells(cells: Sequence[TableCell]) -> Iterator[Sequence[TableCell]]:
    """Cells in parts of at most `MOST_CELLS`, cut between two tables where that can be."""
    start = 0
    while start < len(cells):
        end = min(start + MOST_CELLS, len(cells))
        edges = [at for at in range(start + 1, end) if cells[at].table != cells[at - 1].table]
        if end < len(cells) and edges:
            end = edges[-1]
        yield cells[start:end]
        start = end


def index_vocabulary(characters: str) -> Mapping[str, int]:
    """Number the characters of a vocabulary, after `SPECIAL`."""
    return {one: len(SPECIAL) + index for index, one in enumerate(characters)}


def feed_net(encoded: EncodedCells) -> dict[str, NDArray[np.int64] | NDArray[np.float32]]:
    """The net's inputs by name, with an axis of one report before those of cells."""
    return {
        "characters": encoded.characters,
        "pairs": encoded.pairs,
        "text_of": encoded.text_of[None],
        "kinds": encoded.kinds[None],
        "boxes": encoded.boxes[None],
        "places": encoded.places[None],
        "beside": encoded.beside[None],
        "above": encoded.above[None],
    }


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logarithms of probabilities along the last axis."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    logs: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs


def encode_cells(cells: Sequence[TableCell], vocabulary: Mapping[str, int]) -> EncodedCells:
    """Turn a report's cells into the net's inputs.

    Args:
        cells: Of all tables in reading order, at least one.
        vocabulary: Characters to indices, as `index_vocabulary` gives it.
    """
    texts = [_plain(cell.text) for cell in cells]
    kinds = [_kind_of(text) for text in texts]
    words = [
        text if kind < 2 else SPECIAL[kind + 1] for text, kind in zip(texts, kinds, strict=True)
    ]
    index = {word: at for at, word in enumerate(dict.fromkeys(words))}
    characters = np.zeros((len(index), LONGEST_TEXT), dtype=np.int64)
    pairs = np.zeros_like(characters)
    for word, at in index.items():
        if word in SPECIAL:
            characters[at, 0] = SPECIAL.index(word)
            continue
        seen = word[:LONGEST_TEXT]
        characters[at, : len(seen)] = [vocabulary.get(one, 1) for one in seen]
        pairs[at, : len(seen)] = [
            1 + (ord(one) * 31 + ord(other)) % (PAIRS - 1)
            for one, other in zip(seen, seen[1:] + "\n", strict=True)
        ]
    spans = np.array(
        [(c.table, c.row, c.row + c.row_span, c.column) for c in cells], dtype=np.int64
    )
    boxes = np.array([cell.box for cell in cells], dtype=np.float64)
    named = np.array(kinds, dtype=np.int64) == 0
    return EncodedCells(
        characters,
        pairs,
        np.array([index[word] for word in words], dtype=np.int64),
        np.array(kinds, dtype=np.int64),
        _within_tables(boxes, spans[:, 0]),
        _find_places(spans),
        _weigh_beside(spans, boxes, named),
        _weigh_above(spans, boxes, named),
    )


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).split())


def _kind_of(text: str) -> int:
    if sum("\u4e00" <= one <= "\u9fff" for one in text) >= _LETTERS_AT_LEAST:
        return KINDS.index("number" if _NUMBER.fullmatch(text) else "text")
    for name, pattern in (("blank", _BLANK), ("zero", _ZERO), ("dash", _DASH), ("number", _NUMBER)):
        if pattern.fullmatch(text):
            return KINDS.index(name)
    return KINDS.index("other")


def _within_tables(boxes: NDArray[np.float64], tables: Integers) -> Integers:
    """Boxes as thousandths of the table's width and height."""
    placed = np.zeros(boxes.shape, dtype=np.int64)
    for table in np.unique(tables):
        mine = tables == table
        low, high = boxes[mine, :2].min(axis=0), boxes[mine, 2:].max(axis=0)
        size = np.maximum(high - low, 1e-6)
        scaled = (boxes[mine] - np.tile(low, 2)) / np.tile(size, 2) * (PLACES - 1)
        placed[mine] = np.clip(np.rint(scaled), 0, PLACES - 1).astype(np.int64)
    return placed


def _find_places(spans: Integers) -> Integers:
    """Line in the report, column from either side, table; each clipped to what is known."""
    tables, rows, columns = spans[:, 0], spans[:, 1], spans[:, 3]
    lines, last = np.zeros_like(rows), np.zeros_like(rows)
    start = 0
    for table in np.unique(tables):
        mine = tables == table
        lines[mine] = start + rows[mine]
        last[mine] = columns[mine].max()
        start += int(spans[mine, 2].max())
    places = np.stack([lines, columns, last - columns, tables], axis=1)
    limits = np.array([MOST_LINES, MOST_COLUMNS, MOST_COLUMNS, MOST_TABLES]) - 1
    return np.clip(places, 0, limits)


def _weigh_beside(spans: Integers, boxes: NDArray[np.float64], named: NDArray[np.bool_]) -> Floats:
    """The nearest texts left of a cell whose rows it shares, fading with each step."""
    other = spans[named]
    left = (boxes[named, 0] + boxes[named, 2])[None] < (boxes[:, 0] + boxes[:, 2])[:, None]
    shared = (other[None, :, 1] < spans[:, None, 2]) & (spans[:, None, 1] < other[None, :, 2])
    allowed = left & shared & (spans[:, None, 0] == other[None, :, 0])
    distance = np.broadcast_to(-boxes[named, 0][None], allowed.shape)
    return _spread(_fade(np.where(allowed, distance, np.inf)), named)


def _weigh_above(spans: Integers, boxes: NDArray[np.float64], named: NDArray[np.bool_]) -> Floats:
    """The nearest texts above a cell that lie over it, fading with each step."""
    other, over = spans[named], boxes[named]
    shared = np.minimum(over[None, :, 2], boxes[:, None, 2]) - np.maximum(
        over[None, :, 0], boxes[:, None, 0]
    )
    widths = boxes[:, 2] - boxes[:, 0]
    narrower = np.minimum(widths[:, None], widths[named][None])
    allowed = (other[None, :, 2] <= spans[:, None, 1]) & (shared > _OVER * narrower)
    allowed &= spans[:, None, 0] == other[None, :, 0]
    distance = np.broadcast_to(-other[None, :, 2].astype(np.float64), allowed.shape)
    return _spread(_fade(np.where(allowed, distance, np.inf)), named)


def _fade(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the nearest few of each row: 1, 0.4, 0.16, scaled to sum to 1."""
    weights = np.zeros_like(distances)
    order = np.argsort(distances, axis=1, kind="stable")[:, :_NEAREST]
    faded = np.broadcast_to(_FADE ** np.arange(order.shape[1]), order.shape)
    near = np.isfinite(np.take_along_axis(distances, order, axis=1))
    np.put_along_axis(weights, order, np.where(near, faded, 0.0), axis=1)
    scaled: NDArray[np.float64] = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return scaled


def _spread(weights: NDArray[np.float64], named: NDArray[np.bool_]) -> Floats:
    """Weights over the texts as weights over all cells."""
    whole = np.zeros((len(named), len(named)), dtype=np.float32)
    whole[:, named] = weights
    return whole
