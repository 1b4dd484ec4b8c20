"""Time-boxed training of one net: falls asleep at any moment, goes on where it stopped."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

_LOG = logging.getLogger(__name__)

Batch = TypeVar("Batch")

_WARM_UP = 0.03
# Over about the last hundred steps: short trainings forget their beginning.
_AVERAGE = 0.99
_STEPS_BETWEEN_LINES = 50
_LAST = "last.pt"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    Attributes:
        out: Folder for last.pt, best.pt and train.log; made when it is not there.
        minutes: Of training in all, resumed ones counted.
        resume: Go on from last.pt when there is one.
        peak_rate: Learning rate after the warm-up; it falls to nothing at the end.
        steps_between_scores: After so many the net is scored and saved.
        steps: Training also ends after so many.
    """

    out: Path
    minutes: float
    resume: bool
    peak_rate: float
    steps_between_scores: int
    steps: float = math.inf


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far training is; `best` is the highest mean score so far."""

    step: int
    seconds: float
    best: float


@dataclass(frozen=True, slots=True, eq=False)
class _Learner:
    """What learns: the net, the average of its weights, and its optimizer."""

    net: nn.Module
    average: AveragedModel
    optimizer: torch.optim.Optimizer


def device() -> torch.device:
    """The GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(
    net: nn.Module,
    batches: Callable[[int], Iterator[Batch]],
    loss: Callable[[nn.Module, Batch], Tensor],
    score: Callable[[nn.Module], tuple[float, ...]],
    plan: Plan,
) -> None:
    """Train until the time is up, keeping the average of the weights that scores best.

    Args:
        net: On its device.
        batches: From a step to batches without end, other ones for another step.
        loss: Of the net on a batch.
        score: Of the net on held-apart data; the higher the mean, the better.
        plan: How long, and where to.
    """
    average_of = get_ema_multi_avg_fn(_AVERAGE)  # type: ignore[no-untyped-call]
    learner = _Learner(
        net,
        AveragedModel(net, multi_avg_fn=average_of, use_buffers=True),
        torch.optim.AdamW(net.parameters(), lr=plan.peak_rate, weight_decay=0.01),
    )
    progress = _resume(learner, plan)
    started = time.monotonic() - progress.seconds
    for batch in batches(progress.step):
        seconds = time.monotonic() - started
        done = max(seconds / (60 * plan.minutes), progress.step / plan.steps)
        if done >= 1:
            break
        wrong = _learn(learner, loss, batch, _rate(plan.peak_rate, done))
        progress = replace(progress, step=progress.step + 1, seconds=seconds)
        if progress.step % _STEPS_BETWEEN_LINES == 0:
            _LOG.info("step %d %.0f s loss %.4f", progress.step, seconds, wrong.item())
        if progress.step % plan.steps_between_scores == 0:
            progress = _keep(learner, progress, score(learner.average.module), plan.out)
    _keep(learner, progress, score(learner.average.module), plan.out)


def _resume(learner: _Learner, plan: Plan) -> _Progress:
    """Take up what an earlier training left in last.pt, when that is wanted and there."""
    last = plan.out / _LAST
    if not (plan.resume and last.exists()):
        return _Progress(0, 0.0, -math.inf)
    saved = torch.load(last, map_location=device(), weights_only=True)
    learner.net.load_state_dict(saved["net"])
    learner.average.load_state_dict(saved["average"])
    learner.optimizer.load_state_dict(saved["optimizer"])
    return _Progress(saved["step"], saved["seconds"], saved["best"])


def _learn(
    learner: _Learner, loss: Callable[[nn.Module, Batch], Tensor], batch: Batch, rate: float
) -> Tensor:
    """One step; returns the loss before it."""
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    learner.net.train()
    wrong = loss(learner.net, batch)
    learner.optimizer.zero_grad(set_to_none=True)
    wrong.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(learner.net.parameters(), 1.0)
    learner.optimizer.step()
    learner.average.update_parameters(learner.net)
    return wrong


def _keep(
    learner: _Learner, progress: _Progress, scores: tuple[float, ...], out: Path
) -> _Progress:
    """Save the last state, and the averaged weights when they score best."""
    _LOG.info("step %d scores %s", progress.step, " ".join(f"{one:.5f}" for one in scores))
    mean = sum(scores) / len(scores)
    if mean > progress.best:
        progress = replace(progress, best=mean)
        _save(learner.average.module.state_dict(), out / "best.pt")
    state = {
        "net": learner.net.state_dict(),
        "average": learner.average.state_dict(),
        "optimizer": learner.optimizer.state_dict(),
        **asdict(progress),
    }
    _save(state, out / _LAST)
    return progress


def log_to(out: Path) -> None:
    """Lines of the log go to the terminal and to train.log in this folder."""
    out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        handlers=[logging.StreamHandler(), logging.FileHandler(out / "train.log")],
    )


def _rate(peak: float, done: float) -> float:
    """Rises in the first part of the time, then falls like a cosine."""
    rise = min(done / _WARM_UP, 1.0)
    return max(peak * rise * 0.5 * (1 + math.cos(math.pi * done)), 1e-6)


def _save(state: object, path: Path) -> None:
    """Put in place by renaming: a training killed while saving leaves the old one."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)
