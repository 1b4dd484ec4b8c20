"""Figures of the speed comparison, on made-up times."""

import pytest

from eval.corpus import REPORTS
from eval.peers.rasters import read_pages
from eval.speed import Timing, summarise, write_table

TIMINGS = (
    Timing("a", "clean", 2, 1.0, 4.0, 2.0),
    Timing("a", "light", 2, 1.5, 3.0, 1.0),
    Timing("b", "clean", 3, 9.0, 9.0, 3.0),
    Timing("a", "digital", 2, 0.1, None, None),
)


def test_ratio_is_the_median_over_files_and_under_one_when_faster() -> None:
    summary = summarise(TIMINGS)
    assert summary["scanned_ratio_to_paddleocr"] == pytest.approx(0.5)
    assert summary["scanned_ratio_to_paddleocr_tiny"] == pytest.approx(1.5)
    assert summary["digital_ms_per_page"] == pytest.approx(50.0)


def test_nothing_timed_is_none_and_not_zero() -> None:
    assert summarise(TIMINGS[3:])["scanned_ratio_to_paddleocr"] is None


def test_table_has_a_line_for_every_file() -> None:
    table = write_table(TIMINGS, summarise(TIMINGS))
    assert table.count("| a |") == 3
    assert "scanned_ratio_to_paddleocr: 0.500" in table


@pytest.mark.parametrize("name", ["scan.tif", "scan_light.pdf"])
def test_pages_of_both_kinds_of_file_are_drawn(name: str) -> None:
    pages = read_pages((REPORTS / "kuancheng_2020" / name).read_bytes())
    assert len(pages) == 2
    assert all(page.ndim == 3 for page in pages)
