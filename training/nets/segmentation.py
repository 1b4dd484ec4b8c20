"""The net of `models.segmentation`: a small U-Net that looks far along rows and columns."""

import torch
from torch import Tensor, nn

# Of the levels at 1/2, 1/4, 1/8 and 1/16 of the page: 5 GMAC for an A4 page at 100 dpi.
_WIDTHS = (16, 32, 64, 96)
# Pixels of its level that a strip reaches either way: at 1/16 of 100 dpi a whole page.
_STRIP = 21
MAPS = 3
"""print, horizontal, vertical: in the order of `models.segmentation.Segments`."""


class SegmentationNet(nn.Module):
    """Darkness (batch, 1, height, width) → logits (batch, 3, height, width).

    Height and width are multiples of 16.

    Source: Ronneberger et al., U-Net, 2015; strips after Hou et al., Strip Pooling, 2020.
    """

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four = _WIDTHS
        self.down_1 = nn.Sequential(_conv(1, one, stride=2), _conv(one, one))
        self.down_2 = nn.Sequential(_conv(one, two, stride=2), _conv(two, two))
        self.down_3 = nn.Sequential(_conv(two, three, stride=2), _conv(three, three))
        self.down_4 = nn.Sequential(
            _conv(three, four, stride=2), Strips(four), _conv(four, four), Strips(four)
        )
        self.up_3 = Rise(four, three)
        self.strips_3 = Strips(three)
        self.up_2 = Rise(three, two)
        self.up_1 = Rise(two, one)
        self.head = nn.Sequential(nn.Conv2d(one, 4 * MAPS, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, darkness: Tensor) -> Tensor:
        """See the class."""
        half = self.down_1(darkness)
        quarter = self.down_2(half)
        eighth = self.down_3(quarter)
        rising = self.strips_3(self.up_3(self.down_4(eighth), eighth))
        logits: Tensor = self.head(self.up_1(self.up_2(rising, quarter), half))
        return logits


class Strips(nn.Module):
    """Adds what stands far along a pixel's row and column."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        across, down = (1, 2 * _STRIP + 1), (2 * _STRIP + 1, 1)
        self.across = nn.Conv2d(channels, channels, across, padding=(0, _STRIP), groups=channels)
        self.down = nn.Conv2d(channels, channels, down, padding=(_STRIP, 0), groups=channels)
        self.mix = nn.Sequential(nn.Conv2d(2 * channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, features: Tensor) -> Tensor:
        """(batch, channels, height, width) → the same shape."""
        far = torch.cat([self.across(features), self.down(features)], dim=1)
        return torch.relu(features + self.mix(far))


class Rise(nn.Module):
    """Doubles a level's size and joins it with what went down at that size."""

    def __init__(self, deep: int, shallow: int) -> None:
        super().__init__()
        self.narrow = nn.Sequential(nn.Conv2d(deep, shallow, 1), nn.BatchNorm2d(shallow))
        self.mix = _conv(shallow, shallow)

    def forward(self, below: Tensor, beside: Tensor) -> Tensor:
        """(batch, deep, h, w) and (batch, shallow, 2h, 2w) → (batch, shallow, 2h, 2w)."""
        risen = nn.functional.interpolate(self.narrow(below), scale_factor=2.0, mode="nearest")
        mixed: Tensor = self.mix(torch.relu(risen + beside))
        return mixed


def _conv(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )
