"""Averaged nets lie between the two they are made of."""

from pathlib import Path

import pytest
import torch

from training.average import average, main
from training.nets.digits import DigitNet


def test_the_ends_are_the_nets_themselves_and_the_middle_lies_between(tmp_path: Path) -> None:
    before, after = DigitNet().state_dict(), DigitNet().state_dict()
    torch.save(before, tmp_path / "before.pt")
    torch.save(after, tmp_path / "after.pt")
    for share in (0.0, 0.5, 1.0):
        out = tmp_path / f"{share}.pt"
        files = [str(tmp_path / name) for name in ("before.pt", "after.pt")]
        main([*files, "--share", str(share), "--out", str(out)])
        mixed = torch.load(out, weights_only=True)
        DigitNet().load_state_dict(mixed)
        for name in ("name.weight", "see.0.1.running_var"):
            wanted = (1 - share) * before[name] + share * after[name]
            assert torch.allclose(mixed[name], wanted, atol=1e-6)


def test_states_of_two_nets_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="two different nets"):
        average({"weight": torch.zeros(2)}, {"weight": torch.zeros(3)}, 0.5)
