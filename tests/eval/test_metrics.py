"""When a field counts as right, and what the measures say of none."""

import pytest

from eval.metrics import (
    Outcome,
    calibrate_bins,
    canonical,
    fill_bins,
    same_value,
    score_reports,
    trade_risk,
)


def _outcome(truth: str, read: str, confidence: float = 1.0) -> Outcome:
    return Outcome(truth, read, confidence, review=confidence < 0.9, contradicted=False)


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (" 29 ", "29"),
        ("２９", "29"),
        ("1,599", "1599"),
        ("12，408", "12408"),
        ("2059.209000万元", "2059.209000"),
        ("251000元", "251000"),
        ("3个", "3"),
        ("3 个", "3"),
        ("+7", "7"),
        ("-18", "-18"),
        ("", "  "),
    ],
)
def test_texts_of_one_value_are_the_same(printed: str, read: str) -> None:
    assert same_value(printed, read)


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("", "0"),
        ("/", "0"),
        ("/", ""),
        ("—", "无"),
        ("-3", "3"),
        ("0", "00"),
        ("2059.209000", "2059.209"),
        ("3件", "3"),
        ("12,34", "1234"),
    ],
)
def test_nothing_looser_counts_as_the_same(printed: str, read: str) -> None:
    assert not same_value(printed, read)


def test_a_unit_alone_is_not_a_number() -> None:
    assert canonical("元") == ""


def test_measures_count_what_their_formulas_say() -> None:
    good = [_outcome("29", "29"), _outcome("", ""), _outcome("0", "0")]
    bad = [_outcome("5", "6", 0.2), _outcome("0", "0"), _outcome("", "0")]
    score = score_reports([good, bad])
    assert (score.reports, score.fields) == (2, 6)
    assert score.accuracy == pytest.approx(4 / 6)
    assert score.accuracy_nonzero == pytest.approx(1 / 2)
    assert score.accuracy_blank == pytest.approx(1 / 2)
    assert score.precision == pytest.approx(4 / 5)
    assert score.review_rate == pytest.approx(1 / 6)
    assert score.reports_right == pytest.approx(1 / 2)


def test_nothing_to_count_is_none_and_not_zero() -> None:
    score = score_reports([[_outcome("0", "0")]])
    assert score.accuracy_nonzero is None
    assert score.accuracy_blank is None
    assert score_reports([]).accuracy is None


def test_unflagged_wrong_field_in_a_sum_broken_on_paper_is_a_silent_repair() -> None:
    repaired = Outcome("0", "9", 0.99, review=False, contradicted=True)
    kept = Outcome("0", "0", 0.99, review=False, contradicted=True)
    doubted = Outcome("0", "9", 0.4, review=True, contradicted=True)
    assert score_reports([[repaired, kept, doubted]]).silent_repairs == 1


def test_calibration_bins_hold_every_field_once() -> None:
    outcomes = [_outcome("1", "1", confidence) for confidence in (0.0, 0.5, 0.95, 0.9991, 1.0)]
    bins = calibrate_bins(outcomes)
    assert sum(one.fields for one in bins) == len(outcomes)
    assert bins[-1].fields == 2
    assert bins[-1].accuracy == 1.0


def test_confidence_that_is_right_on_average_has_no_calibration_error() -> None:
    honest = [_outcome("1", "1" if n % 4 else "2", 0.75) for n in range(60)]
    boastful = [_outcome("1", "1" if n % 4 else "2", 1.0) for n in range(60)]
    assert score_reports([honest]).calibration_error == pytest.approx(0.0)
    assert score_reports([boastful]).calibration_error == pytest.approx(0.25)


def test_bins_are_equally_full_and_hold_every_field_once() -> None:
    outcomes = [_outcome("1", "1", n / 100) for n in range(100)]
    bins = fill_bins(outcomes, bins=10)
    assert [one.fields for one in bins] == [10] * 10
    assert [one.low for one in bins] == sorted(one.low for one in bins)


def test_the_surest_are_accepted_first() -> None:
    outcomes = [_outcome("1", "2", 0.1), _outcome("1", "1", 0.9), _outcome("1", "1", 0.8)]
    assert trade_risk(outcomes) == ((1 / 3, 0.0), (2 / 3, 0.0), (1.0, 1 / 3))
