"""The contact sheet shows a page of every split at every level of damage."""

import numpy as np
import pytest

from forms.form import load_forms
from models.types import Image
from training.sheet_contact import draw_contact_sheet

TILE = 700


@pytest.fixture(scope="module")
def sheet() -> Image:
    return draw_contact_sheet(load_forms()[:1], 1)


def test_splits_are_rows_and_levels_columns(sheet: Image) -> None:
    assert sheet.shape == (2 * TILE, 4 * TILE, 3)
    assert sheet.dtype == np.uint8


def test_every_tile_shows_a_page_of_its_own(sheet: Image) -> None:
    tiles = [
        sheet[top : top + TILE, left : left + TILE]
        for top in (0, TILE)
        for left in range(0, 4 * TILE, TILE)
    ]
    assert all(tile.std() > 10 for tile in tiles)
    assert len({tile.tobytes() for tile in tiles}) == 8
