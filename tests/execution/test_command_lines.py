"""Numbers in lines of output: what is read, and what could mean two things and is not."""

from __future__ import annotations

import math

import pytest

from suite.execution.commands.lines import (
    AmbiguousLineError,
    names_in,
    read_line,
    without_terminal_codes,
)


def number(line: str, name: str, *, is_exact: bool = True) -> float | None:
    reading = read_line(without_terminal_codes(line), name, is_exact=is_exact)
    return None if reading is None else reading.value


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("val_acc=0.93", "val_acc", 0.93),
        ("val_acc: 0.93", "val_acc", 0.93),
        ("val_acc 0.93", "val_acc", 0.93),
        ("epoch 3 | val_acc = .93, loss = 1", "val_acc", 0.93),
        ("Accuracy: 93.1%", "Accuracy", 0.931),
        ("Accuracy: 93.1 %", "Accuracy", 0.931),
        ("Accuracy: 93.1", "Accuracy", 93.1),
        # the last line of PyTorch's MNIST example
        ("Test set: Average loss: 0.0258, Accuracy: 9915/10000 (99%)", "Accuracy", 0.9915),
        # of its ImageNet example
        (" * Acc@1 87.500 Acc@5 95.3", "Acc@1", 87.5),
        # of Lightning, and of transformers
        ("│         test_acc          │    0.98760002851     │", "test_acc", 0.98760002851),
        ("{'eval_loss': 0.5, 'eval_accuracy': 0.75}", "eval_accuracy", 0.75),
        ('{"val_acc": 0.93}', "val_acc", 0.93),
        ('INFO {"val_acc": 0.93}', "val_acc", 0.93),
        ('{"test": {"acc": 1e-2}, "n": 1}', "test.acc", 0.01),
        ('{"test": {"acc": 1e-2}, "n": 1}', "test/acc", 0.01),
        ('{"test": {"acc": 1e-2}, "n": 1}', "acc", 0.01),
        ('{"acc": 0.5, "test": {"acc": 0.25}}', "acc", 0.5),
        ("loss=tensor(0.25, device='cuda:0')", "loss", 0.25),
        ("loss: np.float64(0.25)", "loss", 0.25),
        ("loss: [0.25]", "loss", 0.25),
        ("loss=-1.5E-03;", "loss", -0.0015),
        ("loss=\u22121.5", "loss", -1.5),
        ("loss=0.9.", "loss", 0.9),
        ("time=12ms", "time", 12.0),
        ("val/acc=0.4", "val/acc", 0.4),
        ("val-acc=0.4", "val-acc", 0.4),
        ("acc=0.5 acc=0.5", "acc", 0.5),
        ("\x1b[1m\x1b[32mval_acc\x1b[0m: \x1b[1m0.93\x1b[0m", "val_acc", 0.93),
        ("\x1b[2K\x1b[1Gval_acc: 0.93", "val_acc", 0.93),
    ],
)
def test_a_number_is_read_under_its_name(line: str, name: str, value: float) -> None:
    assert number(line, name) == value


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("eval_acc=0.5", "acc"),
        ("val/acc=0.5", "acc"),
        ("val.acc=0.5", "acc"),
        ("accuracy=0.5", "acc"),
        ("acc@5=0.5", "acc"),
        ("loss: information", "loss"),
        ("acc: None", "acc"),
        ("Accuracy: 0.5", "accuracy"),
        ('{"acc": [0.5]}', "acc"),
        ('{"acc": true}', "acc"),
        ('{"acc": "12ms"}', "acc"),
    ],
)
def test_what_is_another_name_or_no_number_is_passed_over(line: str, name: str) -> None:
    assert number(line, name) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("acc=0,931", "acc"),
        ("loss=1,234.5", "loss"),
        ("acc=0.5-0.6", "acc"),
        ("acc=[0.5, 0.6]", "acc"),
        ("acc=(0.5, 0.6)", "acc"),
        ("acc=tensor([0.5, 0.6])", "acc"),
        ("loss=1.2k", "loss"),
        ("speed: 1.2k/s", "speed"),
        ("loss=1.0D-3", "loss"),
        ("loss=0x1F", "loss"),
        ("steps=1_000", "steps"),
        ("commit=12ab34", "commit"),
        ("version: 1.2.3", "version"),
        ("date: 2026-01-02", "date"),
        ("date: 2026/01/02", "date"),
        ("time: 00:01:23", "time"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(line: str, name: str) -> None:
    with pytest.raises(AmbiguousLineError, match=f"^{name} stands for '.*', not one plain number$"):
        number(line, name)


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "Infinity"])
def test_a_number_that_is_not_finite_is_one(text: str) -> None:
    for line in (f"loss={text}", f'{{"loss": "{text}"}}'):
        value = number(line, "loss")
        assert value is not None
        assert not math.isfinite(value)


def test_case_and_the_sign_between_words_can_be_left_open() -> None:
    assert number("Val Acc: 0.5", "val_acc", is_exact=False) == 0.5
    assert number("val-acc: 0.5", "val_acc", is_exact=False) == 0.5
    assert number('{"Val Acc": 0.5}', "val_acc", is_exact=False) == 0.5
    assert number("average loss: 0.5", "avg_loss", is_exact=False) is None


def test_a_line_with_two_numbers_under_a_name_is_ambiguous() -> None:
    for line in ("train acc: 0.99 test acc: 0.9", '{"train": {"acc": 0.99}, "test": {"acc": 0.9}}'):
        with pytest.raises(AmbiguousLineError, match="acc stands for 0.99 and 0.9 in one line"):
            number(line, "acc")


@pytest.mark.parametrize(
    ("text", "form", "note"),
    [
        ("93.1%", "%", "93.1% read as 0.931"),
        ("9915/10000", "/", "9915/10000 read as 0.9915"),
        ("12ms", "ms", ""),
        ("0.93INFO", "", ""),  # a progress bar, and the log's line after it
        ("0.93", "", ""),
    ],
)
def test_the_form_of_a_number_is_said_and_how_it_was_read(text: str, form: str, note: str) -> None:
    reading = read_line(f"acc: {text}", "acc")
    assert reading is not None
    assert (reading.form, reading.note) == (form, note)


def test_the_names_in_a_line_are_found_with_their_numbers() -> None:
    assert dict(names_in("epoch 3: loss=0.5 | val/acc: 50%")) == {
        "epoch": 3.0, "loss": 0.5, "val/acc": 0.5,
    }  # fmt: skip
    assert dict(names_in('{"a": {"b": 1}, "c": "x"}')) == {"a.b": 1.0}
