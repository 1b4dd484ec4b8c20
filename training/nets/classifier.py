"""The token classifier: a LayoutLM of `transformers` whose tokens are table cells.

`EncodedCells` (batched) → logits of each cell's row, column and form. The words of
LayoutLM are replaced by a bag of a cell's characters and pairs, mixed with what stands
left of and above it; all else is LayoutLM's.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import LayoutLMConfig, LayoutLMModel, LayoutLMPreTrainedModel

from models.classifier import (
    KINDS,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_TABLES,
    OUTPUTS,
    PAIRS,
    PLACES,
    SPECIAL,
    EncodedCells,
)

Batch: TypeAlias = dict[str, Tensor]
"""`EncodedCells` by name; cells padded to the longest report, texts put together."""

INPUTS = ("characters", "pairs", "text_of", "kinds", "boxes", "places", "beside", "above")
"""Names of the net's inputs, in order; `attention` comes last in training alone."""

PLACE_BINS = 32
"""Masked positions are guessed to a 32nd of the table's width and height."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the net tells apart; the first of each is "none"."""

    vocabulary: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How big the net is."""

    hidden: int = 128
    layers: int = 4
    heads: int = 4


def make_config(labels: Labels, size: Size) -> LayoutLMConfig:
    """A configuration of the family, with our labels in it."""
    config = LayoutLMConfig(
        vocab_size=len(SPECIAL) + len(labels.vocabulary),
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.hidden,
        max_position_embeddings=MOST_LINES,
        max_2d_position_embeddings=PLACES,
        type_vocab_size=len(KINDS),
        hidden_dropout_prob=0.05,
        attention_probs_dropout_prob=0.05,
    )
    config.update(
        {
            "vocabulary": labels.vocabulary,
            "row_names": list(labels.rows),
            "column_names": list(labels.columns),
            "form_names": list(labels.forms),
        }
    )
    return config


def labels_of(config: LayoutLMConfig) -> Labels:
    """The labels that a configuration was made with."""
    return Labels(
        config.vocabulary,
        tuple(config.row_names),
        tuple(config.column_names),
        tuple(config.form_names),
    )


class CellClassifier(LayoutLMPreTrainedModel):  # type: ignore[no-untyped-call]
    """LayoutLM over cells with a head for rows, for columns and for forms."""

    config_class = LayoutLMConfig

    def __init__(self, config: LayoutLMConfig) -> None:
        super().__init__(config)
        size = config.hidden_size
        self.layoutlm = LayoutLMModel(config)
        self.pairs = nn.Embedding(PAIRS, size, padding_idx=0)
        self.text = nn.Sequential(nn.LayerNorm(size), nn.Linear(size, size), nn.GELU())
        self.beside = nn.Linear(size, size)
        self.above = nn.Linear(size, size)
        self.columns_from_left = nn.Embedding(MOST_COLUMNS, size)
        self.columns_from_right = nn.Embedding(MOST_COLUMNS, size)
        self.tables = nn.Embedding(MOST_TABLES, size)
        self.row_head = nn.Linear(size, len(config.row_names))
        self.column_head = nn.Linear(size, len(config.column_names))
        self.form_head = nn.Linear(size, len(config.form_names))
        self.character_head = nn.Linear(size, config.vocab_size)
        self.kind_head = nn.Linear(size, len(KINDS))
        self.place_head = nn.Linear(size, 2 * PLACE_BINS)
        self.post_init()  # type: ignore[no-untyped-call]

    def encode(self, batch: Batch) -> Tensor:
        """The last hidden state of each cell, (reports, cells, hidden)."""
        own = self._read_texts(batch["characters"], batch["pairs"])[batch["text_of"]]
        places = batch["places"]
        embedded = (
            own
            + self.beside(batch["beside"] @ own)
            + self.above(batch["above"] @ own)
            + self.columns_from_left(places[..., 1])
            + self.columns_from_right(places[..., 2])
            + self.tables(places[..., 3])
        )
        state = self.layoutlm(
            inputs_embeds=embedded,
            bbox=batch["boxes"],
            position_ids=places[..., 0],
            token_type_ids=batch["kinds"],
            attention_mask=batch.get("attention"),
        )
        hidden: Tensor = state.last_hidden_state
        return hidden

    def _read_texts(self, characters: Tensor, pairs: Tensor) -> Tensor:
        """Each text as the mean of its characters and pairs, (texts, hidden)."""
        words = self.layoutlm.embeddings.word_embeddings
        present = (characters > 0).unsqueeze(-1).to(words.weight.dtype)
        found = (words(characters) + self.pairs(pairs)) * present
        # The root keeps long labels from being as faint as their mean.
        total = found.sum(dim=1) / present.sum(dim=1).clamp(min=1.0).sqrt()
        read: Tensor = self.text(total)
        return read

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of rows, columns and forms, each (reports, cells, names)."""
        hidden = self.encode(batch)
        return self.row_head(hidden), self.column_head(hidden), self.form_head(hidden)

    def guess_masked(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of each cell's characters, kind and place, for pre-training."""
        hidden = self.encode(batch)
        return self.character_head(hidden), self.kind_head(hidden), self.place_head(hidden)


def widen_net(net: CellClassifier, labels: Labels) -> CellClassifier:
    """A net that also knows these labels; what the given one knows keeps its place.

    So a checkpoint can be trained on with a form, or with characters, that it has not
    seen: only what is new starts from nothing.
    """
    known = labels_of(net.config)
    wider = Labels(
        known.vocabulary + "".join(c for c in labels.vocabulary if c not in known.vocabulary),
        tuple(dict.fromkeys((*known.rows, *labels.rows))),
        tuple(dict.fromkeys((*known.columns, *labels.columns))),
        tuple(dict.fromkeys((*known.forms, *labels.forms))),
    )
    if wider == known:
        return net
    config = net.config
    size = Size(config.hidden_size, config.num_hidden_layers, config.num_attention_heads)
    widened = CellClassifier(make_config(wider, size))
    learned = net.state_dict()
    with torch.no_grad():
        for name, parameter in widened.named_parameters():
            parameter[: len(learned[name])] = learned[name]
    return widened


def batch_cells(reports: Sequence[EncodedCells]) -> Batch:
    """Put reports together: cells padded at the end, texts one after the other.

    Args:
        reports: At least one.
    """
    longest = max(len(report.kinds) for report in reports)
    firsts = np.cumsum([0] + [len(report.characters) for report in reports[:-1]])
    batch = {
        "characters": np.concatenate([report.characters for report in reports]),
        "pairs": np.concatenate([report.pairs for report in reports]),
        "text_of": _stack(
            [report.text_of + first for report, first in zip(reports, firsts, strict=True)], longest
        ),
        "kinds": _stack([report.kinds for report in reports], longest),
        "boxes": _stack([report.boxes for report in reports], longest),
        "places": _stack([report.places for report in reports], longest),
        "beside": _stack_square([report.beside for report in reports], longest),
        "above": _stack_square([report.above for report in reports], longest),
        "attention": _stack([np.ones(len(report.kinds)) for report in reports], longest),
    }
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def _stack(arrays: Sequence[NDArray[np.generic]], longest: int) -> NDArray[np.generic]:
    rest = [((0, longest - len(array)), *((0, 0),) * (array.ndim - 1)) for array in arrays]
    return np.stack([np.pad(a, room) for a, room in zip(arrays, rest, strict=True)])


def _stack_square(arrays: Sequence[NDArray[np.float32]], longest: int) -> NDArray[np.float32]:
    return np.stack([np.pad(a, (0, longest - len(a))) for a in arrays])


class _Flat(nn.Module):
    """The net with its inputs as arguments, as the exporter wants it."""

    def __init__(self, net: CellClassifier) -> None:
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The same as the net's."""
        result: tuple[Tensor, Tensor, Tensor] = self.net(dict(zip(INPUTS, inputs, strict=True)))
        return result


def export_net(net: CellClassifier, example: Batch, path: Path) -> None:
    """Write the net as ONNX for any number of cells and texts of one report.

    Args:
        net: Is left in evaluation mode.
        example: A batch of one report.
        path: The file to write; its metadata is the caller's to add.
    """
    cells, texts = {1: "cells"}, {0: "texts"}
    square = {1: "cells", 2: "cells"}
    axes = dict.fromkeys(("text_of", "kinds", "boxes", "places", *OUTPUTS), cells)
    axes |= {"characters": texts, "pairs": texts, "beside": square, "above": square}
    # This exporter is deprecated; the one after it wants onnxscript, which nothing needs.
    with torch.no_grad(), warnings.catch_warnings():
        # Tracing warns wherever a shape is looked at; a test holds what comes out.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Flat(net).train(mode=False),
            tuple(example[name] for name in INPUTS),
            path,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def masked_loss(net: CellClassifier, batch: Batch, seed: int) -> Tensor:
    """Hide texts and places of some cells and let the net guess them.

    A hidden text's characters are guessed as a bag, its kind as one of `KINDS`; a hidden
    place as a 32nd of the table across and down.
    """
    chance = torch.Generator().manual_seed(seed)
    real = batch["attention"] > 0
    no_text = (torch.rand(real.shape, generator=chance) < _HIDDEN) & real.cpu()
    no_place = (torch.rand(real.shape, generator=chance) < _HIDDEN) & real.cpu()
    no_text, no_place = no_text.to(real.device), no_place.to(real.device)
    characters, kinds, places = net.guess_masked(_hide(batch, no_text, no_place))
    bag = _bags(batch["characters"], characters.shape[-1])[batch["text_of"][no_text]]
    spelled = functional.binary_cross_entropy_with_logits(
        characters[no_text], bag, pos_weight=characters.new_tensor(_RARE)
    )
    kind = functional.cross_entropy(kinds[no_text], batch["kinds"][no_text])
    bins = (batch["boxes"][no_place][:, :2] * PLACE_BINS // PLACES).flatten()
    place = functional.cross_entropy(places[no_place].reshape(-1, PLACE_BINS), bins)
    return spelled * _SPELLED_WEIGHT + kind + place


_HIDDEN = 0.2
# A text has a dozen of a thousand characters.
_RARE = 10.0
_SPELLED_WEIGHT = 10.0


def _hide(batch: Batch, no_text: Tensor, no_place: Tensor) -> Batch:
    """Hidden texts become [MASK], which is added as a text of its own; hidden places 0."""
    mask = torch.zeros_like(batch["characters"][:1])
    mask[0, 0] = SPECIAL.index("[MASK]")
    last = len(batch["characters"])
    kept = (~no_place).unsqueeze(-1)
    return {
        **batch,
        "characters": torch.cat([batch["characters"], mask]),
        "pairs": torch.cat([batch["pairs"], torch.zeros_like(mask)]),
        "text_of": batch["text_of"].masked_fill(no_text, last),
        "kinds": batch["kinds"].masked_fill(no_text, 0),
        "boxes": batch["boxes"] * kept,
        "places": batch["places"] * kept,
        "beside": batch["beside"] * kept,
        "above": batch["above"] * kept,
    }


def _bags(characters: Tensor, size: int) -> Tensor:
    bags = torch.zeros(len(characters), size, device=characters.device)
    bags.scatter_(1, characters, 1.0)
    bags[:, 0] = 0.0
    return bags
