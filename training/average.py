"""Average two nets: `python -m training.average BEFORE AFTER --share 0.7 --out FILE`.

What a fine-tuning learns it pays for elsewhere. Between the weights that it began with and
those that it ended with lie nets that keep most of both.

Source: Wortsman et al., Robust fine-tuning of zero-shot models, 2022.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor


def average(
    before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """Mix two states of a net, running means of batch norm with its weights.

    Args:
        before: What a training began with.
        after: What it ended with.
        share: Of `after`, 0 to 1.

    Returns:
        The state between; what counts steps is taken from `after`.

    Raises:
        ValueError: The states are not of one net.
    """
    if {name: one.shape for name, one in before.items()} != {
        name: one.shape for name, one in after.items()
    }:
        raise ValueError("these are the states of two different nets")
    return {
        name: torch.lerp(before[name], one, share) if one.is_floating_point() else one
        for name, one in after.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, help="state that a training began with")
    parser.add_argument("after", type=Path, help="state that it ended with")
    parser.add_argument("--share", type=float, default=0.7, help="of AFTER, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    before, after = (
        torch.load(path, map_location="cpu", weights_only=True)
        for path in (chosen.before, chosen.after)
    )
    torch.save(average(before, after, chosen.share), chosen.out)


if __name__ == "__main__":
    main()
