"""Figures of a run: what it says they are, the same each time."""

from pathlib import Path

from eval.accuracy_table import Reading
from eval.corpus import Case, Truth
from eval.figures import draw_figures, draw_programs
from eval.metrics import Outcome


def readings() -> list[Reading]:
    truth = Truth(body="青石县", fiscal_year=2021, form="2021", values={})
    drawn = []
    for level, wrong in (("clean", 1), ("heavy", 9)):
        case = Case("qingshi", level, origin="drawn", path=Path("scan.pdf"), truth=truth)
        outcomes = tuple(
            Outcome("7", "1" if n < wrong else "7", 0.5 + n / 100, review=False, contradicted=False)
            for n in range(40)
        )
        drawn.append(Reading(case, "2021", None, outcomes, outcomes, (), 0, 0, accused=False))
    return drawn


def test_three_figures_are_drawn_and_are_the_same_each_time(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    one, other = (draw_figures(readings(), folder) for folder in folders)
    assert [path.name for path in one] == ["reliability.svg", "risk_coverage.svg", "levels.svg"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_programs_are_drawn_side_by_side_each_at_the_levels_it_has(tmp_path: Path) -> None:
    measured = {"Gouji": {"digital": 1.0, "heavy": 0.99}, "a peer": {"digital": 0.9}}
    alone = {"Gouji": measured["Gouji"]}
    one, other, fewer = (tmp_path / f"{name}.svg" for name in ("one", "other", "fewer"))
    for path, accuracies in ((one, measured), (other, measured), (fewer, alone)):
        draw_programs(accuracies, path)
    assert one.read_bytes() == other.read_bytes()
    # Text is drawn as outlines, beside a comment that says it.
    names = [f"<!-- {name} -->" for name in ("Gouji", "a peer", "digital", "heavy")]
    assert all(name in one.read_text(encoding="utf-8") for name in names)
    assert "<!-- a peer -->" not in fewer.read_text(encoding="utf-8")
    assert "<!-- clean -->" not in one.read_text(encoding="utf-8")
