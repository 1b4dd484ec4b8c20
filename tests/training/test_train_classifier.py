"""Training the token classifier: it learns, resumes, widens, and exports what it is."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from forms.form import Form, load_forms
from models.classifier import (
    TableCell,
    encode_cells,
    feed_net,
    index_vocabulary,
    load_classifier,
)
from pipeline.opinions import list_cells
from training.nets.classifier import (
    CellClassifier,
    Labels,
    Size,
    batch_cells,
    labels_of,
    make_config,
    masked_loss,
    widen_net,
)
from training.train_classifier import (
    classify_loss,
    collect_labels,
    main,
    put_together,
    sample_report,
    teach,
    write_weights,
)

SMALL = Size(hidden=16, layers=1, heads=2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    main(["--out", str(out), "--steps", "2", "--threads", "1", "--held", "2"])
    return out


def small_net(labels: Labels) -> CellClassifier:
    torch.manual_seed(1)
    return CellClassifier(make_config(labels, SMALL))


def test_targets_are_of_every_cell(forms: Mapping[str, Form]) -> None:
    labels = collect_labels(tuple(forms.values()))
    report = sample_report(tuple(forms.values()), 11, held=False)
    taught = teach(report, labels)
    cells = sum(map(len, report.readings))
    assert len(taught.rows) == len(taught.columns) == len(taught.forms) == cells
    assert taught.rows.max() < len(labels.rows)
    assert labels.rows[0] == labels.columns[0] == labels.forms[0] == ""


def test_a_few_steps_on_one_report_bring_its_loss_down(forms: Mapping[str, Form]) -> None:
    labels = collect_labels(tuple(forms.values()))
    net = small_net(labels)
    batch, targets = put_together(
        [teach(sample_report(tuple(forms.values()), 1, held=False), labels)], torch.device("cpu")
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    losses = []
    for _ in range(15):
        loss = classify_loss(net, batch, targets)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    assert losses[-1] < 0.6 * losses[0]


def test_what_is_hidden_is_the_same_for_the_same_seed(forms: Mapping[str, Form]) -> None:
    labels = collect_labels(tuple(forms.values()))
    net = small_net(labels).train(mode=False)
    taught = teach(sample_report(tuple(forms.values()), 1, held=False), labels)
    batch = batch_cells([taught.encoded])
    losses = [float(masked_loss(net, batch, seed).detach()) for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


def test_padding_changes_nothing(forms: Mapping[str, Form]) -> None:
    labels = collect_labels(tuple(forms.values()))
    net = small_net(labels).train(mode=False)
    taught = [teach(sample_report(tuple(forms.values()), s, held=False), labels) for s in (1, 2)]
    with torch.no_grad():
        together = net(batch_cells([one.encoded for one in taught]))[0]
        for at, one in enumerate(taught):
            alone = net(batch_cells([one.encoded]))[0][0]
            assert torch.allclose(together[at, : len(alone)], alone, atol=1e-4)


def test_the_exported_net_answers_as_the_trained_one(trained: Path) -> None:
    net = CellClassifier.from_pretrained(trained / "best").train(mode=False)
    session = onnxruntime.InferenceSession(
        trained / "classifier.onnx", providers=["CPUExecutionProvider"]
    )
    for seed in (1, 2, 3):
        taught = teach(sample_report(load_forms(), seed, held=False), labels_of(net.config))
        with torch.no_grad():
            wanted = net(batch_cells([taught.encoded]))
        found = session.run(["rows", "columns", "forms"], feed_net(taught.encoded))
        for one, other in zip(found, wanted, strict=True):
            assert np.abs(one - other.numpy()).max() < 1e-4


def test_what_is_written_can_be_served(trained: Path) -> None:
    classifier = load_classifier(1, trained / "classifier.onnx")
    assert classifier.form_names == ("", "2014", "2019", "2021")
    report = sample_report(load_forms(), 4, held=False)
    cells = list_cells(report.readings)
    assert classifier.classify(cells).rows.shape == (len(cells), len(classifier.row_names))


def test_training_goes_on_where_it_stopped(trained: Path) -> None:
    before = read_log(trained)
    main(["--out", str(trained), "--steps", "4", "--threads", "1", "--held", "2", "--resume"])
    assert read_log(trained)[-1]["step"] > before[-1]["step"]
    assert read_log(trained)[-1]["seconds"] > before[-1]["seconds"]


def test_a_save_that_is_cut_off_leaves_the_checkpoint_before(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(trained, tmp_path / "out"))
    before = contents(out / "last")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    more = ["--out", str(out), "--steps", "9", "--threads", "1", "--held", "2", "--resume"]
    with monkeypatch.context() as patch:
        # The weights are written by then, the optimizer's state is not.
        patch.setattr(torch, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            main(more)
    assert contents(out / "last") == before
    main(more)
    assert contents(out / "last") != before


@pytest.mark.parametrize("half", ["best", "last"])
def test_training_goes_on_though_a_save_was_killed_between_its_renames(
    trained: Path, tmp_path: Path, half: str
) -> None:
    out = Path(shutil.copytree(trained, tmp_path / "out"))
    state = torch.load(out / "last" / "trainer.pt")
    (out / half).rename(out / f"{half}.old")
    (out / f"{half}.part").mkdir()
    more = ["--out", str(out), "--threads", "1", "--held", "2", "--resume"]
    main([*more, "--steps", str(state["step"])])
    assert torch.load(out / "last" / "trainer.pt")["step"] == state["step"]
    assert {path.name for path in out.iterdir() if path.is_dir()} == {"best", "last"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_checkpoint_can_be_trained_on(trained: Path, tmp_path: Path) -> None:
    start = ["--from", str(trained / "best")]
    main(["--out", str(tmp_path), "--steps", "1", "--threads", "1", "--held", "2", *start])
    assert (tmp_path / "classifier.onnx").exists()
    assert not any(entry.get("masked") for entry in read_log(tmp_path))


def read_log(folder: Path) -> list[dict[str, float]]:
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_net_learns_new_names_and_keeps_what_it_knows(forms: Mapping[str, Form]) -> None:
    old = collect_labels([forms["2019"]])
    wider = widen_net(small_net(old), collect_labels(tuple(forms.values())))
    labels = labels_of(wider.config)
    assert labels.rows[: len(old.rows)] == old.rows
    assert set(labels.forms) == {"", "2014", "2019", "2021"}
    narrow = small_net(old).train(mode=False)
    wider.train(mode=False)
    cells = [TableCell(0, 0, i, 1, 1, (i, 0, i + 1, 1), "予以公开") for i in range(3)]
    with torch.no_grad():
        before, after = (
            net(batch_cells([encode_cells(cells, index_vocabulary(known.vocabulary))]))[0]
            for net, known in ((narrow, old), (wider, labels))
        )
    assert torch.allclose(before, after[..., : len(old.rows)], atol=1e-4)


def test_weights_name_their_labels(trained: Path, tmp_path: Path) -> None:
    write_weights(trained / "last", tmp_path / "again.onnx")
    again = load_classifier(1, tmp_path / "again.onnx")
    assert again.row_names == load_classifier(1, trained / "classifier.onnx").row_names
