"""Time-boxed training: learns, keeps the best, and goes on after being killed."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from training.loop import Plan, fit

Batch = tuple[Tensor, Tensor]


class Killed(BaseException):
    """Training was ended from outside."""


def batches(step: int) -> Iterator[Batch]:
    """Twice the input, without end."""
    del step
    x = torch.linspace(-1, 1, 16)[:, None]
    return repeat((x, 2 * x))


def loss(net: nn.Module, batch: Batch) -> Tensor:
    x, y = batch
    return torch.mean((net(x) - y) ** 2)


def score(net: nn.Module) -> tuple[float, ...]:
    with torch.no_grad():
        return (-float(loss(net, next(batches(0)))),)


def new_net() -> nn.Linear:
    torch.manual_seed(1)
    return nn.Linear(1, 1)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(tmp_path, 1.0, resume=True, peak_rate=0.05, steps_between_scores=10, steps=200)


def test_training_learns(plan: Plan) -> None:
    net = new_net()
    fit(net, batches, loss, score, plan)
    assert score(net)[0] > -0.01


def test_the_best_average_is_kept(plan: Plan) -> None:
    fit(new_net(), batches, loss, score, plan)
    best = new_net()
    best.load_state_dict(torch.load(plan.out / "best.pt", weights_only=True))
    last = torch.load(plan.out / "last.pt", weights_only=True)
    assert score(best)[0] == pytest.approx(last["best"])


def test_a_worse_score_does_not_replace_the_best(plan: Plan) -> None:
    scores = iter((0.5, 0.9, 0.1, 0.2))
    seen: list[float] = []

    def falling(net: nn.Module) -> tuple[float, ...]:
        seen.append(float(next(net.parameters()).detach().sum()))
        return (next(scores),)

    fit(new_net(), batches, loss, falling, replace(plan, steps=30))
    best = torch.load(plan.out / "best.pt", weights_only=True)
    assert float(best["weight"].sum()) == seen[1]


def test_a_killed_training_goes_on_from_what_it_saved_last(plan: Plan) -> None:
    def deadly(step: int) -> Iterator[Batch]:
        for number, batch in enumerate(batches(step)):
            if number == 25:
                raise Killed
            yield batch

    with pytest.raises(Killed):
        fit(new_net(), deadly, loss, score, plan)
    assert torch.load(plan.out / "last.pt", weights_only=True)["step"] == 20
    begun: list[int] = []

    def counted(step: int) -> Iterator[Batch]:
        begun.append(step)
        return batches(step)

    fit(new_net(), counted, loss, score, plan)
    assert begun == [20]
    assert torch.load(plan.out / "last.pt", weights_only=True)["step"] == plan.steps


def test_without_resuming_training_begins_anew(plan: Plan) -> None:
    fit(new_net(), batches, loss, score, replace(plan, steps=20))
    fit(new_net(), batches, loss, score, replace(plan, steps=10, resume=False))
    assert torch.load(plan.out / "last.pt", weights_only=True)["step"] == 10


def test_training_ends_when_its_time_is_up(plan: Plan) -> None:
    fit(new_net(), batches, loss, score, replace(plan, minutes=0.002, steps=10**9))
    saved = torch.load(plan.out / "last.pt", weights_only=True)
    assert 0 < saved["seconds"] < 30


def test_saving_leaves_no_half_written_file(plan: Plan) -> None:
    fit(new_net(), batches, loss, score, plan)
    assert {path.name for path in plan.out.iterdir()} == {"best.pt", "last.pt"}
