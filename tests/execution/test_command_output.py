"""Output as it comes: the last line counts, however it is cut into pieces, in bounded memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.execution.commands.lines import AmbiguousLineError, Reading
from suite.execution.commands.output import (
    KEPT_BYTES,
    MAX_LINE_BYTES,
    OutputReader,
    numbers_seen,
    why_not_read,
)
from suite.task.commands import MetricSource

ACC = {"acc": MetricSource()}


def read(pieces: list[bytes], sources: dict[str, MetricSource] | None = None) -> OutputReader:
    reader = OutputReader(sources or ACC)
    for piece in pieces:
        reader.take(piece)
    reader.finish()
    return reader


def value(reader: OutputReader, name: str = "acc") -> float | None:
    found = reader.found(name)
    assert not isinstance(found, AmbiguousLineError)
    return found.value if isinstance(found, Reading) else None


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_the_last_line_that_holds_the_metric_counts(size: int) -> None:
    text = b"acc=0.1\nacc=0.2\nloss=3\nacc=0.4\r\nacc: none\nepoch 9"
    assert value(read([text[start : start + size] for start in range(0, len(text), size)])) == 0.4


@given(
    st.lists(st.sampled_from(["acc=0.5", "Acc: 1", "x", " ", "\n", "\r", "\x1b[1m", "%", "acc"])),
    st.integers(1, 7),
)
def test_how_the_output_is_cut_does_not_matter(parts: list[str], size: int) -> None:
    text = "".join(parts).encode()
    whole, cut = read([text]), read([text[at : at + size] for at in range(0, len(text), size)])
    assert repr(whole.found("acc")) == repr(cut.found("acc"))
    assert whole.printed == cut.printed == text.decode()


def test_lines_made_to_be_slow_are_read_at_once() -> None:
    for line in ("acc=[" * 20_000, "acc=" + "a" * 2**20, "acc" + " " * 2**20, "acc=1.1.1" * 20_000):
        assert not isinstance(read([line.encode()]).found("acc"), Reading)


def test_progress_bars_do_not_confuse_it() -> None:
    bar = b"\r 10%|#   | 1/10 [00:01<00:09, acc=0.1]\r100%|####| 10/10 [00:10<00:00, acc=0.7]"
    assert value(read([bar])) == 0.7
    assert value(read([bar, b"\nacc=0.9\n"])) == 0.9
    keras = b"1/2 - acc: 0.1" + b"\x08" * 14 + b"2/2 - acc: 0.6\n"
    assert value(read([keras])) == 0.6


def test_the_name_as_it_is_written_goes_before_another_case() -> None:
    assert value(read([b"acc=0.1\nAcc=0.2\n"])) == 0.1
    assert value(read([b"Acc=0.2\n"])) == 0.2


def test_a_key_stands_for_the_name() -> None:
    assert value(read([b"Test Accuracy: 50%\n"], {"acc": MetricSource(key="test_accuracy")})) == 0.5


def test_a_pattern_is_searched_line_by_line_and_its_group_is_literal() -> None:
    sources = {"acc": MetricSource(pattern=r"^(?:final )?([\d.]+)%?$")}
    assert value(read([b"12.5%\nfinal 93.1%\nx 7\n"], sources)) == 93.1
    with_sign = {"acc": MetricSource(pattern=r"final ([\d.]+%)")}
    assert value(read([b"final 93.1%\n"], with_sign)) == 0.931
    assert value(read([b"none\n"], sources)) is None


def test_a_last_line_with_two_numbers_gives_none() -> None:
    reader = read([b"acc=0.5\ntrain acc=0.9 test acc=0.8\n"])
    assert isinstance(reader.found("acc"), AmbiguousLineError)
    assert value(read([b"train acc=0.9 test acc=0.8\nacc=0.5\n"])) == 0.5


def test_an_older_number_does_not_stand_in_for_a_last_one_that_cannot_be_read() -> None:
    found = read([b"acc=900\nacc=1.2k\nloss=3\n"]).found("acc")
    assert str(found) == "acc stands for '1.2k', not one plain number"


def test_ten_megabytes_are_read_in_bounded_memory() -> None:
    block = b"step 1 loss=0.5 acc=0.25 lr=0.1\n" * 2048  # 64 KiB
    endless = b"x" * 2**16
    tracemalloc.start()
    reader = OutputReader(ACC)
    for _ in range(80):
        reader.take(block)
    for _ in range(80):
        reader.take(endless)
    reader.take(b" acc=0.75")
    reader.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert value(reader) == 0.75
    assert peak < 8 * MAX_LINE_BYTES
    assert len(reader.printed) == KEPT_BYTES


def test_output_that_is_no_text_is_read_too() -> None:
    assert value(read([bytes(range(256)) + b"\nacc=0.5\n\xff\xfe"])) == 0.5


def test_a_missing_metric_is_said_with_what_was_seen() -> None:
    text = "epoch 1 loss=0.5\nepoch 2 val_accuracy: 0.8\n"
    assert list(numbers_seen(text).items()) == [("val_accuracy", 0.8), ("epoch", 2), ("loss", 0.5)]
    assert why_not_read("val_acc", MetricSource(), text) == (
        "no val_acc in the output; seen: val_accuracy = 0.8, epoch = 2, loss = 0.5; did you mean"
        " 'val_accuracy'?"
    )
    assert why_not_read("acc", MetricSource(), "hello\n") == (
        "no acc in the output, nor any other number with a name"
    )
    assert why_not_read("acc", MetricSource(), "hello\n0.5\n").endswith(
        "to take a line that is only a number, give the pattern '^([0-9.e+-]+)$'"
    )
    assert why_not_read("acc", MetricSource(pattern="(x)"), "") == (
        "no line of the output gives a number for acc by the pattern '(x)'"
    )
