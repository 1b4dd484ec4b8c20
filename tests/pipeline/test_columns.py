"""Columns of cells → the form's columns, one to one and with probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forms.form import Form
from models.classifier import Posteriors
from pipeline.columns import Columns, PlacedRow, TablePart, find_columns, place_cells, share_out
from pipeline.opinions import Opinions
from pipeline.rows import expect_rows
from pipeline.types import Box, Candidate, Cell, Reading

Floats = NDArray[np.float64]


def reading(x: float, text: str = "0") -> Reading:
    cell = Cell(0, 0, 1, 1, Box(x - 40, 0, x + 40, 20), (), touched=False)
    return Reading(cell, 1, text, (Candidate(text, 0.9),), "read")


COLUMNS = Columns(
    np.array([100.0, 200.0, 300.0]),
    100.0,
    {0: 0, 1: 1, 2: 2},
    dict.fromkeys(range(3), 1.0),
    dict.fromkeys(range(3), True),
)


@st.composite
def scores(draw: st.DrawFn) -> Floats:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    numbers = st.floats(-9, 9)
    drawn = draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns))
    return np.array(drawn).reshape(rows, columns)


@settings(max_examples=60, deadline=None)
@given(scores())
def test_no_column_is_shared_out_more_than_once(given: Floats) -> None:
    shares = share_out(given)
    assert (shares >= 0.0).all()
    assert shares.sum(axis=0).max() <= 1.0 + 1e-9 or shares.shape[0] < shares.shape[1]
    assert shares.sum(axis=1).max() <= 1.0 + 1e-9 or shares.shape[1] < shares.shape[0]


def test_shares_are_like_those_of_all_assignments() -> None:
    given = np.random.default_rng(1).normal(0.0, 2.0, (4, 4))
    weights = {p: float(np.exp(given[range(4), p].sum())) for p in permutations(range(4))}
    exact = np.zeros((4, 4))
    for order, weight in weights.items():
        exact[range(4), order] += weight / sum(weights.values())
    assert np.abs(share_out(given) - exact).max() < 0.2


def test_equal_columns_share_alike_and_one_that_stands_out_takes_all() -> None:
    assert share_out(np.zeros((2, 2))) == pytest.approx(0.5)
    sure = share_out(np.array([[20.0], [0.0], [0.0]]))
    assert sure[0, 0] == pytest.approx(1.0, abs=1e-6)


def test_a_cell_goes_to_the_nearest_column_and_a_far_one_to_none() -> None:
    near, far = reading(203), reading(460)
    placed = place_cells([near, far], COLUMNS)
    assert placed == {1: (near, 1.0)}


def test_a_missing_cell_lets_no_other_slide() -> None:
    first, last = reading(100), reading(300)
    placed = place_cells([first, last], COLUMNS)
    assert {index: cell for index, (cell, _) in placed.items()} == {0: first, 2: last}


def test_of_two_halves_the_one_with_print_is_taken() -> None:
    empty, half = reading(185, ""), reading(230)
    placed = place_cells([reading(100), empty, half, reading(300)], COLUMNS)
    assert placed[1][0] is half


def test_of_a_cell_and_the_sliver_that_holds_its_print_the_sliver_is_taken() -> None:
    empty, sliver = reading(190, ""), reading(250)
    placed = place_cells([reading(100), empty, sliver, reading(300)], COLUMNS)
    assert placed[1][0] is sliver
    # Also where slivers of several rows look like a column of their own.
    parted = replace(COLUMNS, middles=np.array([100.0, 200.0, 250.0, 300.0]))
    parted = replace(parted, indices={0: 0, 1: 1, 3: 2})
    placed = place_cells([reading(100), empty, sliver, reading(300)], parted)
    assert placed[1][0] is sliver
    assert placed[1][1] < 1.0


def test_a_cell_between_two_columns_is_not_sure() -> None:
    ((_, sure),) = place_cells([reading(245)], COLUMNS).values()
    assert sure < 1.0


MIDDLES = (100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0)
"""Of the columns of the 2021 form's third table, in pixels of a page."""


def run(x: float, y: float, text: str) -> Reading:
    """A run of print, a cell of a table without rules."""
    half = 5.0 * len(text)
    cell = Cell(0, 0, 1, 1, Box(x - half, y, x + half, y + 20), (), touched=False)
    return Reading(cell, 1, text, (Candidate(text, 0.9),), "read")


def part(
    form: Form,
    lines: Sequence[Mapping[float, str]],
    *,
    ruled: bool,
    headers: Sequence[Reading],
    before: Sequence[Reading] = (),
) -> TablePart:
    """Rows of the third table that print these texts at these middles."""
    expected = [row for row in expect_rows(form) if row.fields and "t3." in row.fields[0].id]
    rows = []
    for number, line in enumerate(lines):
        values = tuple(run(x, 200.0 + 30 * number, text) for x, text in sorted(line.items()))
        placed = PlacedRow(
            expected[number], values, None, None, 0, ruled, probability=1.0, labelled=True
        )
        rows.append(placed)
    readings = [*headers, *(value for row in rows for value in row.values)]
    return TablePart(rows, readings, before)


def believe(rows: Sequence[PlacedRow], middles: Sequence[float]) -> Opinions:
    """A classifier that says of values at these middles that they are the columns in turn."""
    columns = [column.id for column in rows[0].expected.band.columns]
    values = [value for row in rows for value in row.values]
    said = np.full((len(values), 1 + len(columns)), 0.02)
    for place, value in enumerate(values):
        x = value.cell.box.center[0]
        said[place, 1 + middles.index(x) if x in middles else 0] = 0.86
    nothing = np.zeros((len(values), 1))
    return Opinions(
        {value: place for place, value in enumerate(values)},
        Posteriors(nothing, np.log(said), nothing),
        {},
        {f"t3.{column}": 1 + at for at, column in enumerate(columns)},
        {},
    )


def test_columns_that_few_rows_print_are_told_apart(forms: Mapping[str, Form]) -> None:
    # Most neighbours in a row stand two columns or more apart.
    places = [(0, 6), (1, 4), (2, 6), (0, 3), (3, 5), (1, 6), (4, 5), (2, 4), (5, 6), (0, 2)]
    lines = [{MIDDLES[at]: "7" for at in pair} for pair in places]
    (columns,) = find_columns([part(forms["2021"], lines, ruled=False, headers=())], None)
    assert columns.middles.tolist() == list(MIDDLES)
    assert columns.indices == {at: at for at in range(len(MIDDLES))}


@pytest.mark.parametrize("margin", [50.0, 450.0])
def test_a_column_without_print_beside_all_of_the_form_s_is_a_margin(
    forms: Mapping[str, Form], margin: float
) -> None:
    line = {**dict.fromkeys(MIDDLES, "0"), margin: ""}
    (columns,) = find_columns([part(forms["2021"], [line], ruled=True, headers=())], None)
    first = int(margin < MIDDLES[0])
    assert columns.indices == {first + index: index for index in range(len(MIDDLES))}


def test_a_column_of_labels_that_nobody_can_read_is_none(forms: Mapping[str, Form]) -> None:
    lines = [
        {**dict.fromkeys(MIDDLES, "0"), 20.0: "6人y", 50.0: "四8a"},
        {**dict.fromkeys(MIDDLES, "7"), 50.0: "3Y2形"},
        {**dict.fromkeys(MIDDLES, "0"), 50.0: "国R19"},
    ]
    rows = part(forms["2021"], lines, ruled=True, headers=())
    (columns,) = find_columns([rows], believe(rows.rows, MIDDLES))
    outside = len(columns.middles) - len(MIDDLES)
    assert columns.indices == {outside + index: index for index in range(len(MIDDLES))}
    assert min(columns.probabilities.values()) > 0.95


def test_columns_are_labelled_where_headers_tell_them_from_their_neighbours(
    forms: Mapping[str, Form],
) -> None:
    names = ("自然人", "商业企业", "科研机构", "囗囗", "囗囗囗", "其他", "总计")
    headers = [run(x, 100.0, name) for x, name in zip(MIDDLES, names, strict=True)]
    line = dict.fromkeys(MIDDLES, "0")
    (columns,) = find_columns([part(forms["2021"], [line], ruled=True, headers=headers)], None)
    assert columns.labelled == {at: at not in (3, 4) for at in range(len(MIDDLES))}
    (bare,) = find_columns([part(forms["2021"], [line], ruled=True, headers=())], None)
    assert not any(bare.labelled.values())


def test_headers_of_a_page_that_lies_otherwise_do_not_speak_for_neighbours(
    forms: Mapping[str, Form],
) -> None:
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    headers = [run(x, 100.0, name) for x, name in zip(MIDDLES, names, strict=True)]
    full = dict.fromkeys(MIDDLES, "0")
    headed = part(forms["2021"], [full] * 5, ruled=True, headers=headers)
    # A cell too many, and the page drawn out: the second column is nearest to the first there.
    drawn_out = (58.0, 118.0, 185.0, 235.0, 287.0, 340.0, 395.0)
    line = dict.fromkeys(drawn_out, "0")
    other = part(forms["2021"], [{**line, -60.0: ""}, line], ruled=True, headers=())
    _, columns = find_columns([headed, other], believe([*headed.rows, *other.rows], drawn_out))
    assert columns.indices == {index + 1: index for index in range(len(names))}


@pytest.mark.parametrize("shift", [-45.0, -22.0, 0.0, 30.0])
def test_headers_are_heard_on_a_page_that_lies_beside_and_lost_its_last_column(
    forms: Mapping[str, Form], shift: float
) -> None:
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    uneven = (100.0, 145.0, 200.0, 250.0, 300.0, 385.0, 430.0)
    headers = [run(x, 100.0, name) for x, name in zip(uneven, names, strict=True)]
    headed = part(forms["2021"], [dict.fromkeys(uneven, "0")] * 5, ruled=True, headers=headers)
    left = [x + shift for x in uneven[:-1]]
    other = part(forms["2021"], [dict.fromkeys(left, "0")] * 2, ruled=True, headers=())
    # The classifier takes what is last for the total.
    opinions = believe([*headed.rows, *other.rows], [*left[:-1], np.nan, left[-1]])
    _, columns = find_columns([headed, other], opinions)
    assert columns.indices == {index: index for index in range(len(left))}


def test_headers_are_heard_on_a_page_with_a_running_header_over_a_column_that_is_none(
    forms: Mapping[str, Form],
) -> None:
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    places = tuple(300.0 + 86.0 * index for index in range(7))
    headers = [run(x, 100.0, name) for x, name in zip(places, names, strict=True)]
    printed = dict.fromkeys(places, "") | {places[0]: "5", places[6]: "5"}
    headed = part(forms["2021"], [printed] * 5, ruled=True, headers=headers)
    name = run(600.0, 100.0, "2019年某市人民政府政府信息公开工作年度报告全文")
    running = replace(name, cell=replace(name.cell, box=Box(240.0, 100.0, 750.0, 120.0)))
    other = part(forms["2021"], [{240.0: "", **printed}] * 3, ruled=True, headers=[running])
    _, columns = find_columns([headed, other], None)
    assert columns.indices == {index + 1: index for index in range(len(names))}


def test_a_page_that_lies_little_off_is_not_moved_by_a_column(forms: Mapping[str, Form]) -> None:
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    places = (100.0, 150.0, 206.0, 250.0, 300.0, 350.0, 400.0)
    headers = [run(x, 100.0, name) for x, name in zip(places, names, strict=True)]
    headed = part(forms["2021"], [dict.fromkeys(places, "0")] * 5, ruled=True, headers=headers)
    # The third stands askew; moved by a column, all five would stand about under headers.
    left = (112.0, 162.0, 204.0, 262.0, 312.0)
    other = part(forms["2021"], [dict.fromkeys(left, "0")] * 2, ruled=True, headers=())
    _, columns = find_columns([headed, other], None)
    assert columns.indices == {index: index for index in range(len(left))}


def test_headers_at_the_end_of_a_page_are_heard_on_the_next(forms: Mapping[str, Form]) -> None:
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    # The page before lies elsewhere, and ends with rows of another table and these headers.
    places = [x + 400.0 for x in (80.0, 180.0, 280.0, 400.0, 520.0, 600.0)]
    others = [run(x, 800.0, text) for x in places for text in ("商业企业", "7")]
    headers = [run(x, 900.0, name) for x, name in zip(places, names, strict=True)]
    corner = run(200.0, 900.0, "本列数据的勾稽关系")
    line = {x - 400.0: "0" for x in places}
    rows = part(forms["2021"], [line], ruled=True, headers=(), before=[*others, corner, *headers])
    (columns,) = find_columns([rows], None)
    assert columns.indices == {index: index for index in range(len(names))}
    swapped = [headers[1], headers[0], *headers[2:]]
    moved = [
        replace(one, cell=replace(one.cell, box=at.cell.box))
        for one, at in zip(swapped, headers, strict=True)
    ]
    rows = part(forms["2021"], [line], ruled=True, headers=(), before=[*others, corner, *moved])
    (columns,) = find_columns([rows], None)
    assert [columns.indices[index] for index in range(3)] == [1, 0, 2]


def test_columns_stand_under_the_headers_of_the_page_before_though_one_was_lost_and_one_made(
    forms: Mapping[str, Form],
) -> None:
    places = [100.0 * index for index in range(1, 8)]
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    headers = [run(x, 100.0, name) for x, name in zip(places, names, strict=False)]
    headed = part(forms["2021"], [dict.fromkeys(places, "0")] * 3, ruled=True, headers=headers)
    # The rule between the fourth and the fifth is gone, and the sheet's edge stands for one.
    here = (100.0, 200.0, 300.0, 450.0, 600.0, 700.0, 790.0)
    other = part(forms["2021"], [dict.fromkeys(here, "0")] * 3, ruled=True, headers=())
    believed = believe([*headed.rows, *other.rows], places)
    _, columns = find_columns([headed, other], believed)
    placed = {int(columns.middles[cell]): column for cell, column in columns.indices.items()}
    assert [placed[x] for x in (100, 200, 300, 600, 700)] == [0, 1, 2, 5, 6]
    assert max(columns.probabilities.values()) < 0.95


def test_swapped_columns_stay_swapped_on_a_page_of_another_scale(
    forms: Mapping[str, Form],
) -> None:
    names = ("自然人", "商业企业", "科研机构", "法律服务机构", "社会公益组织", "其他", "总计")
    swapped = (0, 1, 2, 4, 3, 5, 6)
    headers = [run(x, 100.0, name) for x, name in zip(MIDDLES, names, strict=True)]
    drawn_out = tuple(1.5 * x - 100 for x in MIDDLES)
    parts = [
        part(forms["2021"], [dict.fromkeys(middles, "0")] * 3, ruled=True, headers=above)
        for middles, above in ((MIDDLES, headers), (drawn_out, ()))
    ]
    for columns in find_columns(parts, None):
        assert tuple(columns.indices[index] for index in range(len(names))) == swapped


NAMES_2021 = ("自然人", "科研机构", "商业企业", "社会公益组织", "法律服务机构", "其他", "总计")
"""Headers of the third table with two columns in each other's place."""
SWAPPED = (0, 2, 1, 3, 4, 5, 6)


def test_numbers_set_to_a_side_stand_under_the_headers_beside_them(
    forms: Mapping[str, Form],
) -> None:
    places = [100.0 * index for index in range(1, 8)]
    headers = [run(x + 35.0, 100.0, name) for x, name in zip(places, NAMES_2021, strict=True)]
    rows = part(forms["2021"], [dict.fromkeys(places, "0")] * 3, ruled=False, headers=headers)
    (columns,) = find_columns([rows], None)
    assert tuple(columns.indices[index] for index in range(7)) == SWAPPED


def test_last_character_of_a_header_on_a_line_of_its_own_is_its_end(
    forms: Mapping[str, Form],
) -> None:
    places = [100.0 * index for index in range(1, 8)]
    cut = [(name[:-1], name[-1]) if len(name) == 4 else (name, "") for name in NAMES_2021]
    headers = [run(x, 100.0, begun) for x, (begun, _) in zip(places, cut, strict=True)]
    headers += [run(x + 8.0, 122.0, end) for x, (_, end) in zip(places, cut, strict=True) if end]
    rows = part(forms["2021"], [dict.fromkeys(places, "0")] * 3, ruled=False, headers=headers)
    (columns,) = find_columns([rows], believe(rows.rows, places))
    assert tuple(columns.indices[index] for index in range(7)) == SWAPPED


def test_what_the_classifier_says_of_every_page_does_not_outweigh_headers_of_one(
    forms: Mapping[str, Form],
) -> None:
    places = [100.0 * index for index in range(1, 8)]
    headers = [run(x, 100.0, name) for x, name in zip(places, NAMES_2021, strict=True)]
    line = dict.fromkeys(places, "0")
    parts = [
        part(forms["2021"], [line] * 3, ruled=True, headers=above) for above in (headers, (), ())
    ]
    believed = believe([row for one in parts for row in one.rows], places)
    for columns in find_columns(parts, believed):
        assert tuple(columns.indices[index] for index in range(7)) == SWAPPED


def test_columns_of_a_row_that_has_all_of_them_are_told_by_their_order(
    forms: Mapping[str, Form],
) -> None:
    uneven = (100.0, 112.0, 190.0, 203.0, 290.0, 370.0, 450.0)
    alone = part(
        forms["2021"], [dict(zip(uneven, "0123456", strict=True))], ruled=False, headers=()
    )
    (columns,) = find_columns([alone], None)
    assert columns.indices == {place: place for place in range(7)}
    placed = place_cells(alone.rows[0].values, columns)
    assert [placed[place][0].label for place in range(7)] == list("0123456")
    assert all(placed[place][1] == 1.0 for place in range(7))


def test_two_parts_of_a_cell_are_not_sure_though_another_cell_is_lost() -> None:
    placed = place_cells([reading(100), reading(185, "12"), reading(215, "34")], COLUMNS)
    assert placed[0][1] == 1.0
    assert placed[1][1] < 1.0
