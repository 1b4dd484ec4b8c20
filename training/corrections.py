"""Learn from reviewed reports: fine-tune both nets on them, and keep what is not worse.

python -m training.corrections FOLDER --out NEW [--steps 200]

FOLDER holds documents and, for each, the reviewed report as JSON. NEW gets decided.md,
and in NEW/weights each net that reads the held-apart drawn reports no worse than the
one that serves. Drawn cells and reports are mixed in, so that nothing is forgotten.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from forms.form import load_forms
from models.load import load_models
from training import train_classifier, train_digits
from training.crops import Crops, cut_shards
from training.export import export, start_of
from training.loop import Plan, device, log_to
from training.reviewed import Examples, find_pairs, learn_from
from training.tokens import SeenReport

_DIGITS_RATE: Final = 2e-4
"""Learning rate of the reader of cells, a tenth of what it was trained with: it is to change
little."""

_CLASSIFIER_FACTOR: Final = 0.1
"""Times the classifier's own learning rate, for the same reason."""

_DRAWN: Final = 20
_HELD_CROPS: Final = 20
_HELD_SHEETS: Final = 96
"""Drawn reports to mix in, and to score with: of cells, and of tables."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line asks for.

    Attributes:
        out: Folder to write to.
        steps: Of training, for each net.
        rate: Times the usual learning rate.
        crops: Folder of drawn cells, cut where they are not there yet.
        held_sheets: Drawn reports that the classifier is scored with.
        threads: To train on.
    """

    out: Path
    steps: int
    rate: float
    crops: Path
    held_sheets: int
    threads: int


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of cells right: of drawn reports held apart, and of the reviewed ones."""

    held: float
    reviewed: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a net; `new` is None where the reports taught it nothing."""

    net: str
    examples: int
    old: Score
    new: Score | None

    @property
    def kept(self) -> bool:
        """Whether the fine-tuned net is not worse."""
        return self.new is not None and self.new.held >= self.old.held


def correct(examples: Examples, choices: Choices) -> tuple[Decision, ...]:
    """Fine-tune both nets, decide, and write what was decided.

    Args:
        examples: From the reviewed reports.
        choices: How, and where to.

    Raises:
        FileExistsError: `choices.out` holds what an earlier run kept.
        OSError: The checkpoints of the nets that serve cannot be read.
    """
    torch.set_num_threads(choices.threads)
    (choices.out / "weights").mkdir(parents=True)
    decisions = (
        _tune_digits(examples.crops, choices),
        _tune_classifier(examples.sheets, choices),
    )
    text = describe(decisions, choices)
    (choices.out / "decided.md").write_text(text, encoding="utf-8")
    return decisions


def _tune_digits(reviewed: Crops, choices: Choices) -> Decision:
    start, out = start_of("digits"), choices.out / "digits"
    old = _score_digits(start, reviewed, choices)
    if not reviewed.cells:
        return Decision("digits", 0, old, None)
    # Scored at the end alone: the best of several would look better than it is.
    plan = Plan(out, math.inf, resume=False, peak_rate=_DIGITS_RATE * choices.rate,
                steps_between_scores=choices.steps + 1, steps=choices.steps)  # fmt: skip
    out.mkdir(exist_ok=True)
    train_digits.train(choices.crops, plan, start, reviewed)
    new = _score_digits(out / "best.pt", reviewed, choices)
    return _decide("digits", len(reviewed.cells), (old, new), out / "best.pt", choices.out)


def _score_digits(state: Path, reviewed: Crops, choices: Choices) -> Score:
    net = train_digits.load_net(state).to(device())
    held = train_digits.score(net, train_digits.load_measured(choices.crops))
    own = train_digits.score(net, [reviewed])[0] if reviewed.cells else 0.0
    return Score(sum(held) / len(held), own)


def _tune_classifier(reviewed: Sequence[SeenReport], choices: Choices) -> Decision:
    start, out = start_of("classifier"), choices.out / "classifier"
    old = Score(*train_classifier.score_checkpoint(start, choices.held_sheets, reviewed))
    if not reviewed:
        return Decision("classifier", 0, old, None)
    train_classifier.train(
        train_classifier.Options(
            out=out,
            minutes=math.inf,
            steps=choices.steps,
            resume=False,
            start=start,
            seed=1,
            threads=choices.threads,
            held=choices.held_sheets,
            rate=_CLASSIFIER_FACTOR * choices.rate,
        ),
        reviewed,
    )
    new = Score(*train_classifier.score_checkpoint(out / "best", choices.held_sheets, reviewed))
    return _decide("classifier", len(reviewed), (old, new), out / "best", choices.out)


def _decide(
    net: str, examples: int, scores: tuple[Score, Score], checkpoint: Path, out: Path
) -> Decision:
    decision = Decision(net, examples, *scores)
    if decision.kept:
        export(net, checkpoint, out / "weights")
    return decision


def describe(decisions: Sequence[Decision], choices: Choices) -> str:
    """What was decided and why, as Markdown, with the commands that serve what was kept."""
    lines = [
        f"# Nets after {choices.steps} steps on reviewed reports",
        "",
        "Held apart: drawn reports that no training sees; the number decides. Reviewed: the",
        "cells that the new net was trained on; the number only shows that it learned.",
        "",
        "| net | examples | held apart, old → new | reviewed, old → new | decided |",
        "| --- | ---: | ---: | ---: | --- |",
        *(_line(decision) for decision in decisions),
    ]
    kept = [decision.net for decision in decisions if decision.kept]
    if kept:
        lines += ["", "To serve what was kept, score it with `python -m eval.accuracy` after:", ""]
    lines += [
        f"    python -m training.export {net} {start_of(net, choices.out / 'weights')}"
        for net in kept
    ]
    return "\n".join(lines) + "\n"


def _line(decision: Decision) -> str:
    old, new = decision.old, decision.new
    if new is None:
        return f"| {decision.net} | 0 | {old.held:.4%} | – | nothing to learn from |"
    decided = "kept" if decision.kept else "not kept: worse"
    held, own = f"{old.held:.4%} → {new.held:.4%}", f"{old.reviewed:.2%} → {new.reviewed:.2%}"
    return f"| {decision.net} | {decision.examples} | {held} | {own} | {decided} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="documents, and the reviewed report of each")
    parser.add_argument("--out", type=Path, required=True, help="folder for what is new")
    parser.add_argument("--steps", type=int, default=200, help="for each net")
    parser.add_argument("--rate", type=float, default=1.0, help="times the usual learning rate")
    parser.add_argument("--crops", type=Path, help="drawn cells; default: the folder crops in OUT")
    parser.add_argument("--held", type=int, default=_HELD_SHEETS, help="reports to score with")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args(arguments)
    crops = chosen.crops or chosen.out / "crops"
    pairs = find_pairs(chosen.folder)
    log_to(chosen.out)
    examples = learn_from(pairs, load_models(chosen.threads), load_forms())
    cut_shards(crops, "train", 0, _DRAWN)
    cut_shards(crops, "measure", 0, _HELD_CROPS)
    correct(
        examples,
        Choices(chosen.out, chosen.steps, chosen.rate, crops, chosen.held, chosen.threads),
    )
    sys.stdout.write((chosen.out / "decided.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
