"""A training whose shards are cut meanwhile, in a process of its own: its command line."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from training.loop import Plan, log_to
from training.shards import CutShards


@dataclass(frozen=True, slots=True)
class Course:
    """What trains one net.

    Attributes:
        shards: What its shards are called: the name of their folder and of its option.
        cut: Cuts them.
        reports: To cut shards of at most, unless told otherwise.
        scored_reports: Held apart, that the net is scored on.
        rate: Highest learning rate, unless told otherwise.
        steps_between_scores: After so many the net is scored and saved.
        train: Takes the folder of the shards, the plan, and the state of a net to train on.
    """

    shards: str
    cut: CutShards
    reports: int
    scored_reports: int
    rate: float
    steps_between_scores: int
    train: Callable[[Path, Plan, Path | None], None]


def take(course: Course, description: str | None, arguments: Sequence[str] | None) -> None:
    """Read the command line, cut what the net is scored on, then train while the rest is cut."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--resume", action="store_true", help="go on where OUT stopped, if it did")
    parser.add_argument("--from", dest="start", type=Path, help="state of a net to train on")
    parser.add_argument("--rate", type=float, default=course.rate, help="highest learning rate")
    parser.add_argument(
        f"--{course.shards}",
        dest="folder",
        type=Path,
        help=f"default: the folder {course.shards} in OUT",
    )
    parser.add_argument(
        "--reports", type=int, default=course.reports, help=f"to cut {course.shards} of at most"
    )
    chosen = parser.parse_args(arguments)
    log_to(chosen.out)
    folder = chosen.folder or chosen.out / course.shards
    course.cut(folder, "measure", 0, course.scored_reports)
    cutting = get_context("spawn").Process(
        target=course.cut, args=(folder, "train", 0, chosen.reports), daemon=True
    )
    cutting.start()
    try:
        plan = Plan(
            chosen.out, chosen.minutes, chosen.resume, chosen.rate, course.steps_between_scores
        )
        course.train(folder, plan, chosen.start)
    finally:
        cutting.terminate()
