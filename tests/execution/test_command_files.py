"""Metrics in the files that commands write."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from suite.execution.commands.metric_files import (
    UnreadableError,
    find_metric_file,
    read_metric_file,
    stamp_of,
)
from suite.task.choices import Direction
from suite.task.commands import MetricSource

LIGHTNING = """epoch,step,train_loss,val_acc,val_loss
0,9,0.9,,
0,9,,0.6,0.5
1,19,0.7,,
1,19,,0.8,0.3
2,29,0.5,,
2,29,,0.7,0.4
"""
KERAS = "epoch,accuracy,loss\n0,0.5,0.9\n1,0.7,nan\n"


def read(
    folder: Path,
    name: str,
    text: str,
    key: str,
    at: str = "last",
    direction: Direction | None = "higher",
) -> float:
    (folder / name).write_text(text)
    source = MetricSource(file=name, key=key, at=at)
    return read_metric_file(folder / name, "metric", source, direction).value


@pytest.mark.parametrize(
    ("key", "at", "value"),
    [
        ("val_acc", "last", 0.7),
        ("val_acc", "best", 0.8),
        ("val_acc", "best:val_loss", 0.8),
        ("val_acc", "step=9", 0.6),
        ("train_loss", "best:val_loss", 0.7),  # of the same step, in another row
        ("train_loss", "best:val_acc", 0.7),
    ],
)
def test_the_log_of_lightning_is_read_past_its_blanks(
    tmp_path: Path, key: str, at: str, value: float
) -> None:
    assert read(tmp_path, "metrics.csv", LIGHTNING, key, at) == value


def test_the_log_of_keras_is_read_with_nan_as_a_number(tmp_path: Path) -> None:
    assert read(tmp_path, "log.csv", KERAS, "accuracy") == 0.7
    assert math.isnan(read(tmp_path, "log.csv", KERAS, "loss", "last", "lower"))
    assert read(tmp_path, "log.csv", KERAS, "loss", "best", "lower") == 0.9


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("m.json", '{"test": {"acc": 0.5}, "n": 3}', "test.acc", 0.5),
        ("m.json", '{"val/acc": 0.5}', "val/acc", 0.5),
        ("m.json", '{"history": {"acc": [0.1, 0.9, 0.5]}}', "history.acc", 0.5),
        ("m.json", '[{"acc": 0.1}, {"acc": 0.5}, {"acc": null}]', "acc", 0.5),
        ("m.jsonl", '{"acc": 0.1}\n{"acc": 0.5}\n{"loss": 1}\n', "acc", 0.5),
        ("m.tsv", "acc\tloss\n0.1\t2\n0.5\t1\n", "acc", 0.5),
    ],
)
def test_other_files_are_read(tmp_path: Path, name: str, text: str, key: str, value: float) -> None:
    assert read(tmp_path, name, text, key) == value


@pytest.mark.parametrize(
    ("name", "text", "key", "at", "message"),
    [
        (
            "m.json",
            '{"accuracy": 1}',
            "acuracy",
            "last",
            "m.json: no acuracy; it has accuracy; did",
        ),
        ("m.json", '{"accuracy": "high"}', "accuracy", "last", "no accuracy; it holds no numbers"),
        ("m.json", "{", "acc", "last", "m.json: cannot read it: "),
        ("m.csv", "", "acc", "last", "m.csv: cannot read it: "),
        ("m.csv", LIGHTNING, "val_acc", "step=7", "no row has step=7 and a value of val_acc"),
        ("m.csv", LIGHTNING, "val_acc", "best:my_loss", "m.csv: no my_loss; it has epoch, step,"),
    ],
)
def test_a_file_without_the_metric_says_what_it_has(
    tmp_path: Path, name: str, text: str, key: str, at: str, message: str
) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(tmp_path, name, text, key, at)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_must_have_been_written_by_the_run(tmp_path: Path) -> None:
    out, folder = tmp_path / "out", tmp_path / "folder"
    out.mkdir()
    folder.mkdir()
    (out / "other.json").write_text("{}")
    with pytest.raises(UnreadableError, match=r"did not write it; its folder \{out\} holds other"):
        find_metric_file("m.json", out, folder / "m.json", None)
    (folder / "m.json").write_text("{}")
    before = stamp_of(folder / "m.json")
    with pytest.raises(UnreadableError, match="it was there before this run"):
        find_metric_file("m.json", out, folder / "m.json", before)
    (folder / "m.json").write_text('{"acc": 1}')
    assert find_metric_file("m.json", out, folder / "m.json", before) == folder / "m.json"
    with pytest.raises(UnreadableError, match=r"runs at the same time share their folder"):
        find_metric_file("m.json", out, None, None)
    (out / "m.json").write_text("{}")
    assert find_metric_file("{out}/m.json", out, None, None) == out / "m.json"


@pytest.mark.parametrize(
    ("name", "text"), [("m.csv", "acc\n50\n93.1%\n"), ("m.json", '{"acc": "93.1%"}')]
)
def test_a_percent_sign_in_a_file_counts_as_in_the_output(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    found = read_metric_file(tmp_path / name, "acc", MetricSource(file=name), "higher")
    assert (found.value, found.form, found.note) == (0.931, "%", "93.1% read as 0.931")
