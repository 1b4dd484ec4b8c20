"""Damaged documents, few of each kind, read as the program reads."""

import pytest

from eval.corpus import REPORTS
from eval.fuzz import Fuzzing, Trial, fuzz, write_table
from eval.mutations import KINDS, load_sources, mutate

NUMBERS = tuple(number for number in range(28) if not KINDS[number % len(KINDS)].bomb)
"""Bombs take seconds to go off, twice; `python -m eval.fuzz` has them."""


@pytest.fixture(scope="module")
def found() -> Fuzzing:
    return fuzz(iter(NUMBERS), seed=1)


def test_every_damaged_document_is_read_or_refused_and_no_process_dies(found: Fuzzing) -> None:
    assert [trial.number for trial in found.trials] == list(NUMBERS)
    assert found.failures == ()
    assert found.readers == 1
    assert {trial.fate for trial in found.trials} == {"read", "refused"}


def test_mutant_is_the_same_for_the_same_seed_and_differs_from_its_source() -> None:
    sources = load_sources(REPORTS)
    whole = {document for documents in sources.values() for document in documents}
    for number in range(len(KINDS)):
        _, suffix, content = mutate(sources, number, 1)
        assert (suffix, content) == mutate(sources, number, 1)[1:]
        assert content not in whole


def test_table_names_what_failed() -> None:
    trials = (
        Trial(0, "bit flips", "read", "", 0.1, 100),
        Trial(14, "bit flips", "crashed", "", 0.1, 0),
    )
    table = write_table(Fuzzing(trials, 2, 120), seed=1)
    assert "| bit flips | 2 | 1 | 0 | 0 | 1 | 0.1 |" in table
    assert "- failed: number 14, bit flips: crashed" in table
