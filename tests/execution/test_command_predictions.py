"""What a run says of every test item: predictions.csv, as programs write it, and as they fail to."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.execution.commands import predictions
from suite.execution.commands.outcome import PREDICTIONS
from suite.execution.commands.predictions import read_predictions
from suite.store.items import ItemValues, unpack


def read(folder: Path, text: str) -> ItemValues:
    (folder / PREDICTIONS).write_text(text, encoding="utf-8")
    found = read_predictions(folder)
    assert found.fault is None
    assert found.document is not None
    return unpack(found.document)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("id,correct\n7,1\n9,0\n", {"7": 1, "9": 0}),
        ("item,correct\na,True\nb,false\n", {"a": 1, "b": 0}),
        (",correct\n0,1.0\n1,0.0\n", {"0": 1, "1": 0}),  # as pandas writes its index
        ("\ufeffID, Prediction, Target\nx, cat, cat\ny, cat, dog\n", {"x": 1, "y": 0}),
        ("id,prediction,target\nx,1.0,1\ny,2,1\n", {"x": 1, "y": 0}),
        ("id,prediction,target\nx,nan,nan\ny,nan,1\n", {"x": 1, "y": 0}),  # a class of that name
        ('id,prediction,target\nx,"a,b","a,b"\ny,1e1000,inf\n', {"x": 1, "y": 0}),
        ("loss,id,score\n3,x,0.5\n4,y,-2\n\n", {"x": 0.5, "y": -2}),
        ("id,correct\nx,0.5\ny,1\n", {"x": 0.5, "y": 1}),
    ],
)
def test_a_file_of_predictions_is_read(tmp_path: Path, text: str, values: dict[str, float]) -> None:
    found = read(tmp_path, text)
    assert found.by_id() == values
    assert found.is_binary == ({*values.values()} <= {0, 1})


def test_the_order_of_the_items_does_not_matter(tmp_path: Path) -> None:
    ordered = read(tmp_path, "id,correct\n0,1\n1,0\n2,0\n")
    assert ordered.ids is None
    assert read(tmp_path, "id,correct\n2,0\n0,1\n1,0\n").values.tolist() == [1, 0, 0]
    assert read(tmp_path, "id,correct\nb,0\na,1\n").ids == ("a", "b")
    assert read(tmp_path, "id,correct\n00,0\n1,1\n").ids == ("00", "1")  # 00 is another name than 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "expected a line of names and a line for each item, got fewer lines"),
        ("id,correct\n", "expected a line of names and a line for each item, got fewer lines"),
        ("name,correct\na,1\n", "expected a column id, got name, correct"),
        (
            "id,right\na,1\n",
            "expected a column correct or score, or prediction and target, got id,",
        ),
        ("id,prediction\na,1\n", "expected a column correct or score, or prediction and target"),
        ("id,correct\na,1\na,0\n", "expected an id of its own for each item, got 'a' twice"),
        ("id,correct\na,1\n,0\n", "expected an id of its own for each item, got an item without"),
        ("id,correct\na,1\nb\n", "item 2: expected 2 cells, got 1"),
        ("id,correct\na,1\nb,yes\n", "correct: expected a finite number for each item, got 'yes'"),
        ("id,correct\na,1\nb,\n", "correct: expected a finite number for each item, got ''"),
        ("id,correct\na,1\nb,7\n", "correct: expected numbers from 0 to 1, got 7"),
        ("id,score\na,1\nb,nan\n", "score: expected a finite number for each item, got 'nan'"),
        ("id,score\na,1\nb,1e39\n", "score: expected a finite number for each item, got '1e39'"),
        ("id,id,score\na,a,1\n", "expected columns of different names, got id, id, score"),
        ("id,prediction,target\na,1.5,1.25\n", "target: expected classes, got the number 1.25"),
        ("id,prediction,target\na,,1\n", "prediction: expected a class for each item, got an em"),
        ('id,correct\n"a,1\nb,0\n', "item 1: expected 2 cells, got 1"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / PREDICTIONS).write_text(text)
    found = read_predictions(tmp_path)
    assert (found.items, found.document) == (None, None)
    assert str(found.fault).startswith(f"{PREDICTIONS}: {fault}")
    assert str(found.fault).endswith("; the items are not kept")
    assert "\n" not in str(found.fault)


def test_a_file_that_is_no_text_or_too_large_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / PREDICTIONS).write_bytes(b"id,correct\n\xff\xfe,1\n")
    assert "codec can't decode" in str(read_predictions(tmp_path).fault)
    monkeypatch.setattr(predictions, "MAX_FILE_BYTES", 10)
    (tmp_path / PREDICTIONS).write_text("id,correct\na,1\n")
    assert str(read_predictions(tmp_path).fault) == (
        "predictions.csv: expected at most 10 bytes, got 15; the items are not kept"
    )


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert read_predictions(tmp_path).fault is None
    (tmp_path / PREDICTIONS).mkdir()
    assert read_predictions(tmp_path).items is None
