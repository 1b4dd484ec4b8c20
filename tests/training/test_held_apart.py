"""Reports held apart: the same each time, and of neither training nor the other purpose."""

from collections.abc import Mapping
from typing import get_args

from forms.form import Form
from pipeline.types import Box, Candidate, Cell, FieldReading, Reading
from training.held_apart import QUALITIES, Purpose, draw_held
from training.outcomes import LINE, ReadReport
from training.variety import draw_sheet


def test_forms_and_qualities_take_turns(forms: Mapping[str, Form]) -> None:
    known = tuple(forms.values())
    digital = [draw_held(known, "calibrate", number) for number in range(len(known))]
    assert {one.form for one in digital} == set(forms)
    assert {one.quality for one in digital} == {QUALITIES[0]}


def test_same_number_gives_the_same_file(forms: Mapping[str, Form]) -> None:
    known = tuple(forms.values())
    one, other = (draw_held(known, "evaluate", 3) for _ in range(2))
    assert one == other
    assert one.quality == "clean"


def test_purposes_share_no_font_of_figures(forms: Mapping[str, Form]) -> None:
    known = tuple(forms.values())
    fonts: dict[Purpose, set[str]] = {}
    for purpose in get_args(Purpose):
        seeds = [int(draw_held(known, purpose, n).name.split("-")[1]) for n in (0, 1, 2)]
        sheets = [draw_sheet(known[n], seed, "measure") for n, seed in enumerate(seeds)]
        fonts[purpose] = {sheet.style.table_font[0] for sheet in sheets}
    assert fonts["calibrate"].isdisjoint(fonts["evaluate"])


def test_what_was_read_is_kept_as_it_was() -> None:
    cell = Cell(1, 2, 1, 1, Box(1.0, 2.0, 30.5, 40.0), (Box(3.0, 4.0, 9.0, 9.0),), touched=True)
    reading = Reading(cell, 2, "", (Candidate("7", 0.9), Candidate("1", 0.1)), "read")
    fields = (
        FieldReading("t3.new.total", reading, 0.99, None),
        FieldReading("t3.granted.total", None, 0.0, "件"),
    )
    report = ReadReport("a", "2021", "light", {"t3.new.total": "7"}, "2021", fields)
    assert LINE.validate_json(LINE.dump_json(report)) == report
