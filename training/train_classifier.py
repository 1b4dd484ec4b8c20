"""Train the token classifier, from nothing or from a checkpoint.

    python -m training.train_classifier --out FOLDER [--minutes N] [--resume] [--from CHECKPOINT]

Pre-training (masked texts and places) takes the first part of the time, what the
cells are the rest. FOLDER gets `best/` and `last/` as `transformers` checkpoints,
`classifier.onnx` of the best, and `log.jsonl`. With a GPU it runs there. The same seed
gives the same reports in the same order; how many are seen depends on the time allowed.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import cos, pi
from pathlib import Path
from time import monotonic
from typing import Final

import numpy as np
import onnx
import torch
from torch import Tensor
from torch.nn import functional

from forms.form import Form, Label, load_forms
from models.classifier import NONE, EncodedCells, encode_cells, index_vocabulary
from pipeline.opinions import list_cells
from training.garble import known_characters
from training.loop import device
from training.nets.classifier import (
    Batch,
    CellClassifier,
    Labels,
    Size,
    batch_cells,
    export_net,
    labels_of,
    make_config,
    masked_loss,
    widen_net,
)
from training.token_damage import IGNORED, LEVELS, WRECKED
from training.tokens import Recipe, SeenReport, make_report
from training.varied_forms import FOREIGN_ROWS, Departures
from training.whole import replace_folder, restore_folder

PRE_TRAINING: Final = 0.12
"""Share of the time that masked texts and places get."""

_NO_TARGET: Final = -100
_BATCH: Final = 8
_CORRECTED: Final = 2
"""Reports of a batch of a fine-tuning that are corrected ones; the others are drawn."""
_LEARNING_RATE: Final = 1e-3
_WARM_UP_STEPS: Final = 100
_CHECK_EVERY: Final = 150
_HELD_SEED: Final = 10**9
"""No training report has a seed this high."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; training ends with the minutes or the steps."""

    out: Path
    minutes: float
    steps: int
    resume: bool
    start: Path | None
    seed: int
    threads: int
    held: int
    rate: float = 1.0
    """Times the usual learning rate."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A report with its targets, int64 (cells,), `-100` where nothing is asked."""

    encoded: EncodedCells
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    columns: np.ndarray[tuple[int], np.dtype[np.int64]]
    forms: np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What one training works on."""

    options: Options
    net: CellClassifier
    optimizer: torch.optim.AdamW
    labels: Labels
    forms: tuple[Form, ...]
    device: torch.device
    held: tuple[Taught, ...]
    corrected: tuple[Taught, ...]


def collect_labels(forms: Sequence[Form]) -> Labels:
    """The rows, columns and forms to tell apart, and the characters to know."""
    rows: dict[str, None] = {NONE: None}
    columns: dict[str, None] = {NONE: None}
    characters = known_characters() | set("".join(FOREIGN_ROWS)) | {chr(c) for c in range(33, 127)}
    for form in forms:
        for table in form.tables:
            for band in table.bands:
                labels = [one for row in band.rows for one in (*row.under, row.label)]
                labels += [one for column in band.columns for one in (*column.under, column.label)]
                labels += [one for one in (band.heading, band.corner) if one is not None]
                characters |= {one for text in _texts(labels) for one in text}
                rows |= {f"{table.id}.{row.id}": None for row in band.rows}
                columns |= {f"{table.id}.{column.id}": None for column in band.columns}
    names = (NONE, *(form.id for form in forms))
    return Labels("".join(sorted(characters)), tuple(rows), tuple(columns), names)


def _texts(labels: Sequence[Label]) -> Iterator[str]:
    for label in labels:
        yield from label.all


def teach(report: SeenReport, labels: Labels) -> Taught:
    """Turn a report into the net's inputs and targets."""
    encoded = encode_cells(list_cells(report.readings), index_vocabulary(labels.vocabulary))

    def targets(names: Sequence[Sequence[str]], known: Sequence[str]) -> list[int]:
        index = {name: at for at, name in enumerate(known)} | {IGNORED: _NO_TARGET}
        return [index.get(name, 0) for cells in names for name in cells]

    forms = [
        labels.forms.index(report.form) if any(name not in (NONE, IGNORED) for name in cells) else 0
        for rows, columns in zip(report.rows, report.columns, strict=True)
        for cells in [[*rows, *columns]]
        for _ in rows
    ]
    return Taught(
        encoded,
        np.array(targets(report.rows, labels.rows), dtype=np.int64),
        np.array(targets(report.columns, labels.columns), dtype=np.int64),
        np.array(forms, dtype=np.int64),
    )


def sample_report(forms: Sequence[Form], seed: int, *, held: bool) -> SeenReport:
    """The report of a seed: any damage up to the worst, any departures."""
    rng = np.random.default_rng(seed)
    levels = (*LEVELS.values(), WRECKED)
    damage = levels[int(rng.choice(len(levels), p=(0.1, 0.15, 0.25, 0.3, 0.2)))]
    departures = Departures()
    if rng.random() < 0.3:
        departures = replace(departures, swap_rows=0.2, add_row=0.2, drop_column=0.1,
                             swap_columns=0.1, add_column=0.1, drop_rows=0.4)  # fmt: skip
    while True:
        report = make_report(forms, Recipe(damage, departures, held=held), rng)
        if report.tables:
            return report


def put_together(taught: Sequence[Taught], device: torch.device) -> tuple[Batch, dict[str, Tensor]]:
    """Inputs and targets of several reports, on a device."""
    batch = batch_cells([one.encoded for one in taught])
    longest = batch["kinds"].shape[1]
    targets = {
        name: torch.stack(
            [
                functional.pad(
                    torch.from_numpy(getattr(one, name)),
                    (0, longest - len(one.rows)),
                    value=_NO_TARGET,
                )
                for one in taught
            ]
        ).to(device)
        for name in ("rows", "columns", "forms")
    }
    return {name: array.to(device) for name, array in batch.items()}, targets


def classify_loss(net: CellClassifier, batch: Batch, targets: dict[str, Tensor]) -> Tensor:
    """Cross entropy of rows, columns and forms over all cells that have an answer."""
    logits = zip(net(batch), (targets["rows"], targets["columns"], targets["forms"]), strict=True)
    losses = [
        functional.cross_entropy(guess.flatten(0, 1), wanted.flatten(), ignore_index=_NO_TARGET)
        for guess, wanted in logits
    ]
    return losses[0] + losses[1] + 0.3 * losses[2]


def score(net: CellClassifier, held: Sequence[Taught]) -> tuple[float, float, float]:
    """Share of value cells with row and column right, share of forms right, and loss."""
    net.train(mode=False)
    right = total = form_right = cells = 0
    losses = []
    with torch.no_grad():
        for start in range(0, len(held), _BATCH):
            batch, targets = put_together(held[start : start + _BATCH], device())
            losses.append(float(classify_loss(net, batch, targets)))
            rows, columns, forms = (logits.argmax(-1) for logits in net(batch))
            asked = (targets["rows"] > 0) & (targets["columns"] > 0)
            hit = (rows == targets["rows"]) & (columns == targets["columns"])
            right += int((hit & asked).sum())
            total += int(asked.sum())
            known = targets["forms"] >= 0
            form_right += int(((forms == targets["forms"]) & known).sum())
            cells += int(known.sum())
    net.train()
    return right / max(total, 1), form_right / max(cells, 1), float(np.mean(losses))


def score_checkpoint(
    checkpoint: Path, count: int, reports: Sequence[SeenReport] = ()
) -> tuple[float, float]:
    """How well a checkpoint knows value cells: of held-apart reports, and of these."""
    forms = load_forms()
    net = widen_net(CellClassifier.from_pretrained(checkpoint), collect_labels(forms))
    labels = labels_of(net.config)
    torch.nn.Module.to(net, device())
    own = [teach(report, labels) for report in reports]
    held = score(net, _draw_held(forms, labels, count))[0]
    return held, score(net, own)[0] if own else 0.0


def train(options: Options, corrected: Sequence[SeenReport] = ()) -> None:
    """Train for the time allowed; leaves checkpoints, the ONNX file and a log.

    Args:
        options: What the command line asks for.
        corrected: Real reports to mix in.

    Raises:
        OSError: A checkpoint to start from cannot be read.
    """
    for name in ("best", "last"):
        restore_folder(options.out / name)
    run = _prepare(options, corrected)
    state = _resume(run) if _may_resume(options) else {"step": 0, "seconds": 0.0, "best": 0.0}
    began = monotonic() - state["seconds"]
    allowed = options.minutes * 60
    step, best = int(state["step"]), float(state["best"])
    run.net.train()
    while (spent := max((monotonic() - began) / allowed, step / options.steps)) < 1.0:
        pre_training = options.start is None and spent < PRE_TRAINING
        _learn(run, step, spent, pre_training=pre_training)
        step += 1
        if step % _CHECK_EVERY == 0:
            score = 0.0 if pre_training else _record(run, step, monotonic() - began)
            if score >= best and not pre_training:
                best = score
                replace_folder(options.out / "best", run.net.save_pretrained)
            _save_last(run, {"step": step, "seconds": monotonic() - began, "best": best})
    if _record(run, step, monotonic() - began) >= best:
        replace_folder(options.out / "best", run.net.save_pretrained)
    _save_last(run, {"step": step, "seconds": monotonic() - began, "best": best})
    write_weights(options.out / "best", options.out / "classifier.onnx")


def _may_resume(options: Options) -> bool:
    return options.resume and (options.out / "last" / "trainer.pt").exists()


def _draw_held(forms: Sequence[Form], labels: Labels, count: int) -> tuple[Taught, ...]:
    seeds = range(_HELD_SEED, _HELD_SEED + count)
    return tuple(teach(sample_report(forms, seed, held=True), labels) for seed in seeds)


def _prepare(options: Options, corrected: Sequence[SeenReport]) -> _Run:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    forms = load_forms()
    start = options.out / "last" if _may_resume(options) else options.start
    if start is None:
        net = CellClassifier(make_config(collect_labels(forms), Size()))
    else:
        net = widen_net(CellClassifier.from_pretrained(start), collect_labels(forms))
    labels = labels_of(net.config)
    torch.nn.Module.to(net, device())
    optimizer = torch.optim.AdamW(net.parameters(), lr=_LEARNING_RATE, weight_decay=0.01)
    held = _draw_held(forms, labels, options.held)
    own = tuple(teach(report, labels) for report in corrected)
    return _Run(options, net, optimizer, labels, forms, device(), held, own)


def _learn(run: _Run, step: int, spent: float, *, pre_training: bool) -> None:
    first = run.options.seed * 10**8 + step * _BATCH
    turns = range(step * _CORRECTED, (step + 1) * _CORRECTED) if run.corrected else ()
    own = [run.corrected[turn % len(run.corrected)] for turn in turns]
    seeds = range(first, first + _BATCH - len(own))
    taught = [*own, *(teach(sample_report(run.forms, s, held=False), run.labels) for s in seeds)]
    batch, targets = put_together(taught, run.device)
    if pre_training:
        loss = masked_loss(run.net, batch, first)
    else:
        loss = classify_loss(run.net, batch, targets)
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    peak = _LEARNING_RATE * run.options.rate
    for group in run.optimizer.param_groups:
        group["lr"] = peak * warm * (0.02 + 0.98 * 0.5 * (1 + cos(pi * min(spent, 1.0))))
    run.optimizer.zero_grad()
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(run.net.parameters(), 1.0)
    run.optimizer.step()
    if step % 50 == 0:
        _log(run, {"step": step, "loss": round(float(loss.detach()), 4), "masked": pre_training})


def _record(run: _Run, step: int, seconds: float) -> float:
    values, forms, loss = score(run.net, run.held)
    _log(run, {"step": step, "seconds": round(seconds), "held_values": round(values, 5),
               "held_forms": round(forms, 5), "held_loss": round(loss, 4)})  # fmt: skip
    return values


def _log(run: _Run, entry: dict[str, float | bool]) -> None:
    line = json.dumps(entry)
    run.options.out.mkdir(parents=True, exist_ok=True)
    with (run.options.out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _save_last(run: _Run, state: dict[str, float]) -> None:
    """Weights and optimizer together: they go on only from the same step."""

    def fill(folder: Path) -> None:
        run.net.save_pretrained(folder)
        torch.save({"optimizer": run.optimizer.state_dict(), **state}, folder / "trainer.pt")

    replace_folder(run.options.out / "last", fill)


def _resume(run: _Run) -> dict[str, float]:
    state = torch.load(run.options.out / "last" / "trainer.pt", map_location=run.device)
    run.optimizer.load_state_dict(state.pop("optimizer"))
    return {name: float(number) for name, number in state.items()}


def write_weights(checkpoint: Path, path: Path) -> None:
    """Export a checkpoint as the ONNX file that serves, labels and vocabulary in it."""
    net = CellClassifier.from_pretrained(checkpoint)
    labels = labels_of(net.config)
    example = teach(sample_report(load_forms(), _HELD_SEED, held=True), labels)
    export_net(net, batch_cells([example.encoded]), path)
    model = onnx.load(path)
    written = {
        "vocabulary": labels.vocabulary,
        "rows": labels.rows,
        "columns": labels.columns,
        "forms": labels.forms,
    }
    onnx.helper.set_model_props(model, {"labels": json.dumps(written, ensure_ascii=False)})
    onnx.save(model, path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train the token classifier.")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and log")
    parser.add_argument("--minutes", type=float, default=50.0, help="time allowed")
    parser.add_argument("--steps", type=int, default=10**6, help="stop after so many at the latest")
    parser.add_argument("--resume", action="store_true", help="go on from FOLDER/last")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint to fine-tune")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--held", type=int, default=48, help="reports to check with")
    read = parser.parse_args(arguments)
    train(
        Options(
            out=read.out,
            minutes=read.minutes,
            steps=read.steps,
            resume=read.resume,
            start=read.start,
            seed=read.seed,
            threads=read.threads,
            held=read.held,
        )
    )


if __name__ == "__main__":
    main()
