"""Tiles of scanned pages: repeatable, held apart, and their maps lie on what is printed."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from forms.form import load_forms
from training.rasters import render
from training.tiles import MappedPage, Tiles, cut_shards, cut_tiles, map_page, read_tiles
from training.truth import find_truth
from training.variety import draw_sheet

FORM = load_forms()[2]
DPI = 150
SEED = 2
"""A report with rules all round its cells."""


@pytest.fixture(scope="module")
def mapped() -> MappedPage:
    """A clean scan of a page full of cells."""
    sheet = draw_sheet(FORM, SEED, "train")
    assert sheet.style.ruling == "full"
    truths = find_truth(sheet.pdf, sheet.parts, sheet.style)
    fullest = max(range(len(truths)), key=lambda page: len(truths[page].cells))
    page = render(sheet.pdf, DPI)[fullest]
    return map_page((page, page), truths[fullest], "clean", default_rng(3), DPI)


def test_a_number_cuts_the_same_tiles_again() -> None:
    one, same = (cut_tiles(FORM, 4, "train") for _ in range(2))
    assert np.array_equal(one.pages, same.pages)
    assert np.array_equal(one.maps, same.maps)


def test_measuring_has_other_tiles() -> None:
    train, measure = cut_tiles(FORM, 4, "train"), cut_tiles(FORM, 4, "measure")
    assert train.pages.shape != measure.pages.shape or not np.array_equal(
        train.pages, measure.pages
    )


def test_tiles_and_maps_are_alike_in_size() -> None:
    tiles = cut_tiles(FORM, 4, "train")
    assert tiles.pages.shape == tiles.maps.shape
    assert {tiles.pages.dtype, tiles.maps.dtype} == {np.dtype(np.uint8)}
    assert tiles.maps.max() < 8


def test_marked_print_is_darker_than_unmarked_paper(mapped: MappedPage) -> None:
    printed = mapped.map & 1 > 0
    assert mapped.grey[printed].mean() < mapped.grey[mapped.map == 0].mean() - 40


def test_marked_lines_are_ruled_where_all_rules_are_printed(mapped: MappedPage) -> None:
    paper = np.median(mapped.grey)
    for bit in (1, 2):
        line = (mapped.map >> bit & 1 > 0) & (mapped.map & 1 == 0)
        assert line.any()
        assert mapped.grey[line].mean() < paper - 20


def test_cells_lie_on_the_page(mapped: MappedPage) -> None:
    height, width = mapped.grey.shape
    assert len(mapped.cells) > 50
    assert mapped.cells.min() >= 0
    assert (mapped.cells[:, 2:] <= (width, height)).all()


def test_shards_that_are_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    shard = tmp_path / "train" / "000020.npz"
    shard.write_bytes(b"as it was")
    cut_shards(tmp_path, "train", 20, 20)
    assert shard.read_bytes() == b"as it was"
    assert list(tmp_path.rglob("*.npz")) == [shard]


def test_shards_are_read_without_end(tmp_path: Path) -> None:
    for number in range(2):
        pages = np.full((number + 1, 16, 16), number, np.uint8)
        np.savez_compressed(tmp_path / f"{number}.npz", pages=pages, maps=pages)
    read = list(islice(read_tiles(tmp_path, 1), 6))
    assert sorted(len(tiles.pages) for tiles in read) == [1, 1, 1, 2, 2, 2]


def test_the_first_tiles_are_taken() -> None:
    tiles = Tiles(np.zeros((5, 2, 2), np.uint8), np.ones((5, 2, 2), np.uint8))
    assert len(tiles.first(3).pages) == len(tiles.first(3).maps) == 3
