"""What sentences are worth: `python -m eval.sentences [--readings DIR] [--reports 375]`.

Sets the figures that sentences of digital reports state beside what their tables print. Then
states, for drawn reports that the nets have read, every figure that their form has phrases
for: as the table has it in five of six reports, and in the sixth not all so. Prints a page and
writes it to `eval/results/sentences.md`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
from training.held_apart import QUALITIES
from training.outcomes import ReadReport, read_drawn

_DIFFERENCES: Final = (0, 0, 0, 1, 2, 5, 10)
"""What is added where the prose counts something else: most such reports differ in some."""

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


def tell(
    read: ReadReport, form: Form, calibration: Calibration, random: np.random.Generator
) -> tuple[Conclusions, Conclusions]:
    """What is concluded of a report without and with its prose."""
    policy = Policy(USUAL_RISK, None)
    section = write_prose(form, read.values, random)
    untold = conclude_fields(form, read.fields, (), calibration, policy)
    return untold, conclude_fields(form, read.fields, (section,), calibration, policy)


def count(read: ReadReport, conclusions: Conclusions) -> Counter[str]:
    """How many of a report's fields are right, accepted wrong, and reviewed."""
    counts: Counter[str] = Counter()
    for one, judgement in conclusions:
        right = same_value(read.values.get(one.found.field, ""), one.text)
        wrong = judgement.accepted and not right
        counts.update(right=right, wrong=wrong, reviewed=not judgement.accepted)
    return counts


def describe_gain(reads: Sequence[ReadReport], forms: Mapping[str, Form]) -> Iterator[str]:
    """A table with a row for each quality."""
    calibration, random = load_calibration(), np.random.default_rng(0)
    yield f"| quality | reports | told | {' | '.join(_COUNTED)} |"
    yield "|---" * (3 + len(_COUNTED)) + "|"
    for quality in QUALITIES:
        some = [one for one in reads if one.quality == quality and one.read_as == one.form]
        before, after = Counter[str](), Counter[str]()
        changed = 0
        for read in some:
            untold, told = tell(read, forms[read.form], calibration, random)
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
    lines = ["# Sentences", "", *describe_comparisons(comparisons), ""]
    page = "\n".join((*lines, *describe_gain(reads, by_id))) + "\n"
    sys.stdout.write(page)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sentences.md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
