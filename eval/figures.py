"""Accuracy and confidence as pictures: SVG files for the documents."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.accuracy_table import Reading, group_readings
from eval.metrics import Outcome, fill_bins, trade_risk

LEVELS: Final = ("digital", "clean", "light", "medium", "heavy")

_SIZE: Final = (5.5, 4.2)
# The surest fields are nearly all right: without a floor nothing of them shows.
_FLOOR: Final = 1e-5
# Bars of one level stand together, with room to the next: this share of the way.
_GROUP: Final = 0.8


def draw_figures(readings: Sequence[Reading], folder: Path) -> tuple[Path, ...]:
    """Draw what a run gave: reliability.svg, risk_coverage.svg, levels.svg.

    Args:
        readings: At least one, of any levels.
        folder: Is there already.
    """
    drawings: dict[str, Callable[[Axes, Sequence[Reading]], None]] = {
        "reliability": _draw_reliability,
        "risk_coverage": _draw_risk,
        "levels": _draw_levels,
    }
    paths = []
    for name, draw in drawings.items():
        path = folder / f"{name}.svg"
        with _open_figure(path) as axes:
            draw(axes, readings)
        paths.append(path)
    return tuple(paths)


def draw_programs(accuracies: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Draw programs side by side.

    Args:
        accuracies: By program and level, those that were measured.
        path: Of the SVG file.
    """
    levels = [level for level in LEVELS if any(level in some for some in accuracies.values())]
    width = _GROUP / len(accuracies)
    with _open_figure(path) as axes:
        for index, (program, shares) in enumerate(accuracies.items()):
            shift = (index - (len(accuracies) - 1) / 2) * width
            shown = [level for level in levels if level in shares]
            places = [levels.index(level) + shift for level in shown]
            axes.bar(places, [shares[level] for level in shown], 0.9 * width, label=program)
        axes.set_xticks(range(len(levels)), levels)
        axes.set(ylim=(0, 1), ylabel="share of fields read right", title="Programs side by side")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)


@contextmanager
def _open_figure(path: Path) -> Iterator[Axes]:
    # A salt of its own makes the same figures give the same files.
    with mpl.rc_context(
        {"svg.hashsalt": "gouji", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3}
    ):
        figure = Figure(figsize=_SIZE, layout="constrained")
        yield figure.subplots()
        figure.savefig(path, metadata={"Date": None})


def _draw_reliability(axes: Axes, readings: Sequence[Reading]) -> None:
    """How often fields are wrong against how often they say so, both falling to the sure end."""
    for level in LEVELS:
        bins = [
            (1 - one.mean_confidence, 1 - one.accuracy)
            for one in fill_bins(_claims_of(readings, level))
            if one.mean_confidence is not None and one.accuracy is not None
        ]
        if bins:
            said, seen = zip(*bins, strict=True)
            floored = [max(share, _FLOOR) for share in seen]
            axes.plot(said, floored, "o-", markersize=3, linewidth=1, label=level)
    axes.plot((_FLOOR, 1), (_FLOOR, 1), color="black", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlim=(_FLOOR, 1), ylim=(_FLOOR / 2, 1.5))
    axes.set(xlabel="1 − confidence", ylabel="share wrong", title="Reliability")
    axes.legend()


def _draw_risk(axes: Axes, readings: Sequence[Reading]) -> None:
    for level in LEVELS:
        points = trade_risk(_outcomes_of(readings, level))
        if points:
            accepted, wrong = zip(*points, strict=True)
            axes.plot(accepted, wrong, linewidth=1.2, label=level)
    axes.axhline(0.001, color="black", linewidth=0.8)
    axes.set(yscale="symlog", xlim=(0, 1), ylim=(0, 1))
    axes.set_yscale("symlog", linthresh=1e-4)
    axes.set(xlabel="share accepted, surest first", ylabel="share wrong among them")
    axes.set(title="Risk and coverage")
    axes.legend()


def _draw_levels(axes: Axes, readings: Sequence[Reading]) -> None:
    """Share wrong per level, with the sums and without."""
    groups = {
        group.level: group
        for group in group_readings(readings)
        if group.form == "all" and group.origin == _widest_origin(readings)
    }
    shown = [level for level in LEVELS if level in groups]
    for shift, name, label in ((-0.2, "unrepaired", "without sums"), (0.2, "score", "with sums")):
        shares = [getattr(groups[level], name).accuracy or 0.0 for level in shown]
        wrong = [max(1 - share, _FLOOR) for share in shares]
        axes.bar([index + shift for index in range(len(shown))], wrong, 0.38, label=label)
    axes.set_xticks(range(len(shown)), shown)
    axes.set(yscale="log", ylabel="share of fields read wrong", title="With and without sums")
    axes.legend()


def _widest_origin(readings: Sequence[Reading]) -> str:
    """The origin with the most readings: the figure shows one kind of document."""
    origins = [reading.case.origin for reading in readings]
    return max(sorted(set(origins)), key=origins.count)


def _claims_of(readings: Sequence[Reading], level: str) -> list[Outcome]:
    """Outcomes, with those of fields of which it was said that nothing is printed."""
    unprinted = [item for one in readings if one.case.level == level for item in one.unprinted]
    return [*_outcomes_of(readings, level), *unprinted]


def _outcomes_of(readings: Sequence[Reading], level: str) -> list[Outcome]:
    return [item for one in readings if one.case.level == level for item in one.outcomes]
