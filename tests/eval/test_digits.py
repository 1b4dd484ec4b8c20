"""Tables of how well number cells are read, on made-up outcomes."""

from eval.digits import Outcome, Sighting, write_calibration, write_samples, write_scores
from models.digits import WORDS
from models.types import Candidate

OUTCOMES = (
    Outcome(
        "12", "light", crowded=False, candidates=(Candidate("12", 0.95), Candidate("17", 0.03))
    ),
    Outcome("0", "light", crowded=False, candidates=(Candidate("8", 0.6), Candidate("0", 0.4))),
    Outcome("", "light", crowded=False, candidates=(Candidate("1", 0.3),)),
    Outcome(WORDS, "light", crowded=False, candidates=(Candidate(f"1{WORDS}", 0.95),)),
)


def line_of(table: str, level: str) -> str:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {level} |")]
    return line


def test_first_and_in_five_are_told_apart() -> None:
    line = line_of(write_scores(OUTCOMES), "light")
    assert line.startswith("| light | 4 | 50.00% | 75.00% | 50.00% | 100.00% | 100.00% | 100.00%")


def test_levels_without_cells_show_no_share() -> None:
    assert "| heavy | 0 | – |" in write_scores(OUTCOMES)


def test_dashes_of_any_width_are_one_sign() -> None:
    assert Outcome("——", "clean", crowded=False, candidates=(Candidate("-", 0.9),)).right


def test_calibration_counts_cells_where_the_net_is_as_sure() -> None:
    line = line_of(write_calibration(OUTCOMES), "light")
    assert line == "| light | 0.00% of 1 | 0.00% of 1 | 100.00% of 2 | – of 0 | – of 0 |"


def test_samples_are_counted_by_level() -> None:
    seen = [Sighting("heavy", right=True, found=True), Sighting("heavy", right=False, found=True)]
    assert line_of(write_samples(seen), "heavy") == "| heavy | 2 | 50.00% | 100.00% |"
