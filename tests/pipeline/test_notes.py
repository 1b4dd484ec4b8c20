"""Notes that are wrapped in tables without rules."""

import pytest

from pipeline.notes import join_notes
from pipeline.types import Box, Candidate, Cell, Reading


def run(row: int, left: float, top: float, text: str, probability: float = 0.9) -> Reading:
    """A run of print, a cell of a table without rules; characters are 10 pixels wide."""
    box = Box(left, top, left + 10.0 * len(text), top + 20)
    cell = Cell(row, 0, 1, 1, box, (box,), touched=False)
    return Reading(cell, 1, text, (Candidate(text, probability),), "read")


def test_note_is_put_together_in_the_row_that_it_stands_beside() -> None:
    readings = [
        run(0, 100, 100, "5.要求确认"),
        run(0, 300, 100, "2(均已办", 0.9),
        run(1, 250, 113, "40"),
        run(1, 400, 113, "398"),
        run(2, 100, 126, "取信息"),
        run(2, 310, 126, "结)", 0.8),
    ]
    joined = join_notes(readings)
    assert [(one.cell.row, one.label) for one in joined] == [
        *((0, "5.要求确认"), (1, "40"), (1, "2(均已办结)"), (1, "398"), (2, "取信息")),
    ]
    (note,) = (one for one in joined if "(" in one.label)
    assert note.candidates[0].probability == pytest.approx(0.72)
    assert note.cell.box == Box(300, 100, 350, 146)


def test_note_of_three_lines_is_one() -> None:
    readings = [
        *(run(0, 300, 100, "0(含"), run(1, 295, 124, "撤回1"), run(2, 300, 148, "件)")),
        run(1, 400, 124, "7"),
    ]
    assert [one.label for one in join_notes(readings)] == ["0(含撤回1件)", "7"]


@pytest.mark.parametrize(
    "other",
    [
        run(1, 500, 124, "明)"),  # of another column
        run(1, 300, 190, "明)"),  # too far below
        run(1, 300, 124, "(二)被纠正"),  # begins a bracket of its own
    ],
)
def test_note_that_nothing_closes_is_left_as_it_is(other: Reading) -> None:
    begun = run(0, 300, 100, "172(见说")
    assert join_notes([begun, other]) == (begun, other)


def test_note_whose_end_was_misread_takes_no_number_of_the_rows_below() -> None:
    readings = (
        *(run(0, 300, 100, "172(见说"), run(1, 310, 124, "明"), run(2, 305, 148, "40")),
        run(3, 305, 172, "结)"),
    )
    assert join_notes(readings) == readings


def test_a_row_s_number_with_an_open_bracket_in_its_label_is_no_note() -> None:
    readings = [run(0, 100, 100, "部分公开(区分处理的"), run(1, 100, 124, "不计其他情形)")]
    assert join_notes(readings) == tuple(readings)
