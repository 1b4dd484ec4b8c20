"""Reviewed reports become cells and tables to learn from; a worse net is not kept."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from eval.corpus import REPORTS
from forms.form import Form
from models.classifier import NONE
from models.digits import HEIGHT, WORDS
from models.load import Models
from models.weights import OWN_FOLDER
from pipeline.documents import PageLimits, open_document
from pipeline.extract import Options, extract, gather
from pipeline.ink import separate_ink
from pipeline.pages import map_box, read_pages
from pipeline.readings import Readers, read_cells
from pipeline.report import ReportJson, dump_json
from pipeline.stopwatch import Stopwatch
from pipeline.tables import find_ruled_tables
from pipeline.types import Page, Reading
from tests.training.crop_files import save_crops
from training.corrections import Choices, correct
from training.crops import Crops, cut_crops
from training.rasters import render, write_png
from training.reviewed import Examples, find_pairs, is_accepted, learn_from, spell_field
from training.sheet_grid import plain_grid
from training.sheet_markup import SheetStyle, Table
from training.sheets import draw_parts
from training.token_damage import IGNORED

SOURCE: Final = REPORTS / "blank_cells" / "scan_light.pdf"
CORRECTED: Final = "t3.new.natural"
TEXT: Final = "7,391"
"""Printed nowhere else in the report."""
NOT_LOOKED_AT: Final = "t3.new.legal"


@pytest.fixture(scope="module")
def folder(
    models: Models, forms: Mapping[str, Form], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A scan and its report, one field corrected by a person, one left for one."""
    folder = tmp_path_factory.mktemp("reviewed")
    (folder / "a scan.pdf").write_bytes(SOURCE.read_bytes())
    report = extract(SOURCE.read_bytes(), "a.pdf", models, tuple(forms.values()), Options())
    written = json.loads(dump_json(report))
    for field in written["fields"].values():
        field["review"] = field["box"] is None
    written["fields"][CORRECTED] |= {"text": TEXT, "source": "reviewed", "review": True}
    written["fields"][NOT_LOOKED_AT] |= {"review": True}
    (folder / "report.json").write_text(json.dumps(written), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def examples(folder: Path, models: Models, forms: Mapping[str, Form]) -> Examples:
    return learn_from(find_pairs(folder), models, tuple(forms.values()))


@pytest.fixture(scope="module")
def drawn(forms: Mapping[str, Form], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few drawn cells to mix in and to score with."""
    folder = tmp_path_factory.mktemp("drawn")
    cut = cut_crops(forms["2019"], 6, "train")
    # A net that forgot everything still reads an empty cell right.
    figures = [at for at, text in enumerate(cut.texts) if text.isdigit()][:8]
    few_cut = Crops(
        tuple(cut.cells[at] for at in figures),
        tuple(cut.texts[at] for at in figures),
        tuple(cut.levels[at] for at in figures),
    )
    for split in ("train", "measure"):
        (folder / split).mkdir()
        save_crops(few_cut, folder / split / "000000.npz")
    return folder


def first(crops: Crops, count: int) -> Crops:
    """So few that tests are quick."""
    return Crops(crops.cells[:count], crops.texts[:count], crops.levels[:count])


@pytest.fixture(scope="module")
def few(examples: Examples) -> Examples:
    return Examples(first(examples.crops, 8), examples.sheets)


def fields_of(examples: Examples) -> list[str]:
    (sheet,) = examples.sheets
    return [name for table in sheet.fields for name in table]


def report_of(folder: Path) -> ReportJson:
    (pair,) = find_pairs(folder)
    return pair.report


def test_corrected_text_is_learned_from_its_cell(examples: Examples) -> None:
    assert examples.crops.texts.count(TEXT) == 1
    assert {cell.shape[0] for cell in examples.crops.cells} == {HEIGHT}


def test_every_other_text_is_an_accepted_one(examples: Examples, folder: Path) -> None:
    accepted = [one for one in report_of(folder).fields.values() if is_accepted(one)]
    assert set(examples.crops.texts) <= {spell_field(one) for one in accepted}
    assert 0.9 * len(accepted) < len(examples.crops.texts) <= len(accepted)


def test_what_nobody_looked_at_teaches_nothing(examples: Examples) -> None:
    assert NOT_LOOKED_AT not in fields_of(examples)
    assert CORRECTED in fields_of(examples)


def test_cells_are_named_by_row_and_column(examples: Examples) -> None:
    (sheet,) = examples.sheets
    assert sheet.form == "2019"
    named = [
        (field, row, column)
        for fields, rows, columns in zip(sheet.fields, sheet.rows, sheet.columns, strict=True)
        for field, row, column in zip(fields, rows, columns, strict=True)
    ]
    assert (CORRECTED, "t3.new", "t3.natural") in named
    fields = [field for field, *_ in named if field not in (NONE, IGNORED)]
    assert len(set(fields)) == len(fields)


def test_numbers_parted_from_one_cell_are_learned_each_from_its_own(
    folder: Path, models: Models, forms: Mapping[str, Form], tmp_path: Path
) -> None:
    rows = (("规章", "13", "0"), ("规范性文件", "524　　　　68", ""), ("许可", "7", "1"))
    sheet = draw_parts([Table(plain_grid(("信息", "数量", "其他"), rows))], SheetStyle())
    source = io.BytesIO()
    Image.fromarray(render(sheet, 150)[0]).save(source, "PNG", dpi=(150, 150))
    (tmp_path / "a scan.png").write_bytes(source.getvalue())
    ((page, readings),) = read(source.getvalue(), models)
    parts = [one for one in readings if one.label in ("524", "68")]
    assert len(parts) == 2
    written = json.loads((folder / "report.json").read_bytes())
    written["source"]["sha256"] = hashlib.sha256(source.getvalue()).hexdigest()
    for field in written["fields"].values():
        field |= {"page": None, "box": None, "review": False}
    for name, part in zip((CORRECTED, NOT_LOOKED_AT), parts, strict=True):
        box = map_box(page.mesh, part.cell.box)
        place = {"page": 1, "box": [box.left, box.top, box.right, box.bottom]}
        written["fields"][name] |= {"text": part.label, "source": "reviewed", **place}
    (tmp_path / "report.json").write_text(json.dumps(written), encoding="utf-8")
    learned = learn_from(find_pairs(tmp_path), models, tuple(forms.values()))
    assert learned.crops.texts == ("524", "68")


def read(source: bytes, models: Models) -> Iterator[tuple[Page, tuple[Reading, ...]]]:
    """The readings of each page of a scan with one table on each."""
    readers = Readers(models.labels.read_lines, models.read_numbers)
    with open_document(source, PageLimits()) as document:
        for page in read_pages(document, models.find_orientation):
            (table,) = find_ruled_tables(page, separate_ink(page, models.segment))
            yield page, read_cells(page, table, readers)


def test_tables_are_learned_as_they_are_found_when_serving(
    models: Models, forms: Mapping[str, Form], tmp_path: Path
) -> None:
    # Without rules the detector alone takes title and prose for rows.
    source, known = (REPORTS / "unruled" / "scan_light.pdf").read_bytes(), tuple(forms.values())
    (tmp_path / "a.pdf").write_bytes(source)
    report = dump_json(extract(source, "a.pdf", models, known, Options()))
    (tmp_path / "report.json").write_text(report, encoding="utf-8")
    (learned,) = learn_from(find_pairs(tmp_path), models, known).sheets
    served = gather(source, models, known, Options(), Stopwatch()).contents
    assert [(table.box, table.rows) for table in learned.tables] == [
        (table.box, table.rows) for content in served for table in content.tables
    ]


def test_dust_that_serving_leaves_out_is_not_learned(
    models: Models, forms: Mapping[str, Form], tmp_path: Path
) -> None:
    known = tuple(forms.values())
    page = render((REPORTS / "unruled" / "source.pdf").read_bytes(), 150)[0].copy()
    for left, top in ((184, 608), (302, 689), (516, 743), (935, 1207), (935, 1234)):
        # The reader of numbers takes it for a dash.
        page[top : top + 3, left : left + 3] = 20
    source = write_png(page, 150)
    (tmp_path / "a.png").write_bytes(source)
    report = dump_json(extract(source, "a.png", models, known, Options()))
    (tmp_path / "report.json").write_text(report, encoding="utf-8")
    (content,) = gather(source, models, known, Options(), Stopwatch()).contents
    (learned,) = learn_from(find_pairs(tmp_path), models, known).sheets
    assert any(is_dust(one) and one.candidates for one in content.readings[0])
    assert not any(is_dust(one) for one in learned.readings[0])


def is_dust(reading: Reading) -> bool:
    return max(reading.cell.box.width, reading.cell.box.height) < 4


def test_labels_are_named_by_the_values_beside_and_below(examples: Examples) -> None:
    (sheet,) = examples.sheets
    names = {
        reading.label: (row, column)
        for readings, rows, columns in zip(sheet.readings, sheet.rows, sheet.columns, strict=True)
        for reading, row, column in zip(readings, rows, columns, strict=True)
    }
    assert names["行政规范性文件"] == ("t2.normative", NONE)
    assert names["对外公开总数量"] == (NONE, "t2.total")


def test_report_without_its_document_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes((folder / "report.json").read_bytes())
    with pytest.raises(FileNotFoundError, match=r"report\.json"):
        find_pairs(tmp_path)


@pytest.mark.parametrize(
    ("text", "state", "value", "spelled"),
    [
        ("1,599", "value", 1599, "1,599"),
        ("３ 件", "value", 3, "3件"),
        ("", "blank", None, ""),
        ("/", "not_reported", None, "/"),
        ("见附件", "value", None, WORDS),
        ("12期", "value", 12, f"12{WORDS}"),
        ("0（含撤回1件）", "value", 0, f"0{WORDS}"),
        ("−5", "value", -5, None),
        ("–", "not_reported", None, None),
    ],
)
def test_texts_are_spelled_as_the_reader_gives_them(
    folder: Path, text: str, state: str, value: int | None, spelled: str | None
) -> None:
    field = report_of(folder).fields[CORRECTED]
    update = {"text": text, "state": state, "value": value}
    assert spell_field(field.model_copy(update=update)) == spelled


def choose(drawn: Path, out: Path, rate: float) -> Choices:
    return Choices(out, steps=2, rate=rate, crops=drawn, held_sheets=2, threads=1)


def test_nets_that_forgot_everything_are_not_kept(
    few: Examples, drawn: Path, tmp_path: Path
) -> None:
    digits, classifier = correct(few, choose(drawn, tmp_path, 1e6))
    assert (digits.kept, classifier.kept) == (False, False)
    assert list((tmp_path / "weights").iterdir()) == []
    assert (tmp_path / "decided.md").read_text(encoding="utf-8").count("not kept: worse") == 2


def test_nets_that_are_no_worse_are_kept_with_how_to_serve_them(
    few: Examples, drawn: Path, tmp_path: Path
) -> None:
    before = (OWN_FOLDER / "SHA256SUMS").read_bytes()
    decisions = correct(few, choose(drawn, tmp_path, 1e-9))
    assert [one.kept for one in decisions] == [True, True]
    assert {path.name for path in (tmp_path / "weights").iterdir()} == {
        *("SHA256SUMS", "digits", "digits.onnx", "classifier", "classifier.onnx")
    }
    assert "python -m training.export digits" in (tmp_path / "decided.md").read_text("utf-8")
    assert (OWN_FOLDER / "SHA256SUMS").read_bytes() == before


def test_what_an_earlier_run_kept_is_left_alone(few: Examples, drawn: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    with pytest.raises(FileExistsError):
        correct(few, choose(drawn, tmp_path, 1.0))


def test_nothing_reviewed_teaches_nothing(drawn: Path, tmp_path: Path) -> None:
    nothing = Examples(Crops((), (), ()), ())
    decisions = correct(nothing, choose(drawn, tmp_path, 1.0))
    assert [(one.examples, one.new, one.kept) for one in decisions] == [(0, None, False)] * 2
    assert "nothing to learn from" in (tmp_path / "decided.md").read_text(encoding="utf-8")
