"""What sentences and other years are worth: `python -m eval.sentences [--readings DIR]`.

Sets the figures that sentences of digital reports state beside what their tables print. Then
states, for drawn reports that the nets have read, every figure that their form has phrases
for: as the table has it in five of six reports, and in the sixth not all so. In the same way
reports of the years before and after state all figures carried over, of which one in twenty
is another there. Prints a page and writes it to `eval/results/sentences.md`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from eval.corpus import Case, find_cases
from eval.metrics import same_value
from eval.misreadings import count_of
from eval.repair import RESULTS
from forms.form import Form, load_forms
from forms.statements import CLAUSES, FIGURE, WORDS
from models.calibration import USUAL_RISK, Calibration, load_calibration
from models.load import Models, load_models
from pipeline.conclusions import Conclusions, conclude_fields
from pipeline.extract import Options, gather
from pipeline.review import Policy
from pipeline.sentences import TRUST, find_stated
from pipeline.stated import Stated
from pipeline.stopwatch import Stopwatch
from pipeline.types import Section
from service.neighbours import KEPT
from training.held_apart import QUALITIES
from training.outcomes import ReadReport, read_drawn

_DIFFERENCES: Final = (0, 0, 0, 1, 2, 5, 10)
"""What is added where the prose counts something else: most such reports differ in some."""

Tell: TypeAlias = Callable[[ReadReport, Form, Calibration, np.random.Generator], Conclusions]
"""What is concluded of a report that something is stated of."""

_USUAL: Final = Policy(USUAL_RISK, None)

_COUNTED: Final = ("right before", "after", "wrong accepted before", "after", "reviewed", "after")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure that a sentence of a report states, and what the table prints."""

    slug: str
    drawn: bool
    stated: Stated
    printed: str

    @property
    def agrees(self) -> bool:
        """Whether they are the same."""
        return same_value(self.printed, str(self.stated.value))


def compare(case: Case, models: Models, forms: Sequence[Form]) -> Iterator[Comparison]:
    """Every figure that the sentences of a digital report state."""
    gathered = gather(case.path.read_bytes(), models, forms, Options(), Stopwatch())
    for stated in find_stated(gathered.sections, gathered.fit.form):
        printed = case.truth.values.get(stated.field, "")
        yield Comparison(case.slug, case.origin == "drawn", stated, printed)


def describe_comparisons(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """How many agree, and each that does not."""
    for drawn, what in ((False, "samples"), (True, "drawn reports")):
        mine = [one for one in comparisons if one.drawn == drawn]
        reports = {one.slug for one in mine}
        differing = [one for one in mine if not one.agrees]
        yield (
            f"- {what}: {len(mine)} figures in {len(reports)} reports, "
            f"{len(differing)} differ in {len({one.slug for one in differing})}"
        )
        for one in differing:
            yield f"  - {one.slug}: {one.stated.source}, the table has “{one.printed}”"


def write_prose(form: Form, printed: Mapping[str, str], random: np.random.Generator) -> Section:
    """A section that states all it can of a report, some of it otherwise in one of six."""
    differences = (0,) if random.random() < TRUST else _DIFFERENCES
    sentences = []
    for statement in form.stated:
        phrase = next(one for one in statement.phrases if FIGURE in one)
        count = count_of(printed.get(statement.field, "")) + int(random.choice(differences))
        plain = phrase.replace(CLAUSES, "").replace(WORDS, "")
        sentences.append(plain.replace(FIGURE, f"{count}件"))
    return Section("一、总体情况", "。".join(sentences), 1)


def tell_prose(
    read: ReadReport, form: Form, calibration: Calibration, random: np.random.Generator
) -> Conclusions:
    """With prose that states all it can."""
    section = write_prose(form, read.values, random)
    return conclude_fields(form, read.fields, (section,), calibration, _USUAL)


def tell_neighbours(
    read: ReadReport, form: Form, calibration: Calibration, random: np.random.Generator
) -> Conclusions:
    """With reports of the years before and after that were read surely."""
    known = tuple(
        Stated(field, Decimal(count_of(read.values[field]) + _stray(random)), KEPT, "a neighbour")
        for field in (*form.carried_in.values(), *form.carried_out.values())
        if field in read.values
    )
    return conclude_fields(form, read.fields, (), calibration, _USUAL, known)


def _stray(random: np.random.Generator) -> int:
    """By how much a figure is another in the neighbour's report."""
    return 0 if random.random() < KEPT else int(random.integers(1, 10))


def count(read: ReadReport, conclusions: Conclusions) -> Counter[str]:
    """How many of a report's fields are right, accepted wrong, and reviewed."""
    counts: Counter[str] = Counter()
    for one, judgement in conclusions:
        right = same_value(read.values.get(one.found.field, ""), one.text)
        wrong = judgement.accepted and not right
        counts.update(right=right, wrong=wrong, reviewed=not judgement.accepted)
    return counts


def describe_gain(
    reads: Sequence[ReadReport], forms: Mapping[str, Form], tell: Tell
) -> Iterator[str]:
    """A table with a row for each quality."""
    calibration, random = load_calibration(), np.random.default_rng(0)
    yield f"| quality | reports | told | {' | '.join(_COUNTED)} |"
    yield "|---" * (3 + len(_COUNTED)) + "|"
    for quality in QUALITIES:
        some = [one for one in reads if one.quality == quality and one.read_as == one.form]
        before, after = Counter[str](), Counter[str]()
        changed = 0
        for read in some:
            form = forms[read.form]
            untold = conclude_fields(form, read.fields, (), calibration, _USUAL)
            told = tell(read, form, calibration, random)
            before += count(read, untold)
            after += count(read, told)
            changed += told != untold
        names = ("right", "wrong", "reviewed")
        cells = [str(counts[name]) for name in names for counts in (before, after)]
        yield f"| {quality} | {len(some)} | {changed} | {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Run the evaluation; see the module's head."""
    parser = argparse.ArgumentParser(prog="python -m eval.sentences", description=__doc__)
    parser.add_argument("--readings", type=Path, default=Path("build/calibration"))
    parser.add_argument("--reports", type=int, default=375, help="drawn reports to conclude on")
    parser.add_argument("--jobs", type=int, default=2, help="processes to read them with")
    chosen = parser.parse_args(arguments)
    forms, models = load_forms(), load_models()
    digital = [case for case in find_cases() if case.level == "digital" and case.truth.form]
    comparisons = [one for case in digital for one in compare(case, models, forms)]
    reads = read_drawn(chosen.readings, chosen.reports, chosen.jobs)
    by_id = {form.id: form for form in forms}
    lines = (
        *("# What is stated elsewhere", "", "In sentences:", ""),
        *describe_comparisons(comparisons),
        *("", "With prose that states all it can:", ""),
        *describe_gain(reads, by_id, tell_prose),
        *("", "With reports of the years before and after:", ""),
        *describe_gain(
            [read for read in reads if by_id[read.form].carried_in], by_id, tell_neighbours
        ),
    )
    page = "\n".join(lines) + "\n"
    sys.stdout.write(page)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sentences.md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
