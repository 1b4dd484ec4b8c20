"""The net of `models.digits`: a small convolutional reader with CTC."""

import torch
from torch import Tensor, nn

from models.digits import ALPHABET

_WIDTHS = (16, 32, 64, 96)
_READ = 128
# Frames from one that is looked at to the next; together seven digits to either side.
_STEPS = (2, 4)


class DigitNet(nn.Module):
    """Darkness (batch, 1, 32, width) → log-odds (batch, width / 2, classes), blank first.

    Height shrinks to one pixel; a frame of the answer is two pixels wide, so that every
    digit has two frames and equal neighbours a blank between them.

    Source: Shi et al., An End-to-End Trainable Neural Network for Image-based Sequence
        Recognition, 2015, with convolutions in place of the recurrent layers.
    """

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four = _WIDTHS
        self.see = nn.Sequential(
            _conv(1, one),
            nn.MaxPool2d(2),
            _conv(one, two),
            _conv(two, two),
            nn.MaxPool2d((2, 1)),
            _conv(two, three),
            _conv(three, three),
            nn.MaxPool2d((2, 1)),
            _conv(three, four),
            nn.Conv2d(four, _READ, (4, 1)),
            nn.BatchNorm2d(_READ),
            nn.ReLU(inplace=True),
        )
        self.read = nn.Sequential(
            *(Glance(5), Glance(9), Glance(5)),
            *(Glance(9, step) for step in _STEPS),
        )
        self.name = nn.Conv1d(_READ, 1 + len(ALPHABET), 1)

    def forward(self, darkness: Tensor) -> Tensor:
        """See the class."""
        logits: Tensor = self.name(self.read(self.see(darkness).squeeze(2)))
        return logits.transpose(1, 2)


class Glance(nn.Module):
    """Adds what stands a few frames to either side, of every frame or of every other."""

    def __init__(self, reach: int, step: int = 1) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv1d(
                *(_READ, _READ, reach),
                padding=reach // 2 * step,
                dilation=step,
                groups=8,
                bias=False,
            ),
            nn.BatchNorm1d(_READ),
            nn.ReLU(inplace=True),
            nn.Conv1d(_READ, _READ, 1),
        )
        # It begins by adding nothing, so that a trained net may be given one more.
        for blind in self.mix[-1].parameters():
            nn.init.zeros_(blind)

    def forward(self, frames: Tensor) -> Tensor:
        """(batch, channels, time) → the same shape."""
        return torch.relu(frames + self.mix(frames))


def _conv(inside: int, outside: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )
