"""Values of test items as documents."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from suite.errors import SuiteError
from suite.store.documents import ITEMS
from suite.store.items import MOST_BYTES, pack, unpack
from suite.store.merge import merge
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.fakes import make_result


def test_items_come_back_as_they_were_packed() -> None:
    right = np.array([True, False, True, True, False, False, True, False, True])
    name, document = pack(None, right)
    assert len(name) == 64
    back = unpack(json.loads(json.dumps(document)))
    assert (back.ids, back.is_binary, back.values.tolist()) == (
        None,
        True,
        [1, 0, 1, 1, 0, 0, 1, 0, 1],
    )
    assert back.by_id()["8"] == 1.0
    scores = unpack(pack(["q-1", "ü"], np.array([0.25, -3.5]))[1])
    assert (scores.is_binary, scores.by_id()) == (False, {"q-1": 0.25, "ü": -3.5})


def test_bits_are_eight_a_byte_after_a_line_that_counts_them() -> None:
    _, document = pack(None, np.array([True, False, True, False, False, False, False, True, True]))
    assert document["ids"] is None
    content = zlib.decompress(base64.b64decode(str(document["values"])))
    assert content == b"bits 9\n\xa1\x80"  # 1010 0001, 1


def test_equal_items_have_one_name_and_other_items_another() -> None:
    a, same = pack(None, np.array([True, False])), pack(None, np.array([True, False]))
    assert a == same
    # scores of 1 and 0 are not "right" and "wrong": which is better depends on the metric
    assert pack(None, np.array([1.0, 0.0]))[0] != a[0]
    assert pack(["a", "b"], np.array([True, False]))[0] != a[0]


def test_what_is_too_much_or_does_not_fit_is_refused() -> None:
    noise = np.random.default_rng(3).normal(size=MOST_BYTES // 2)
    with pytest.raises(ValueError, match=f"expected at most {MOST_BYTES} bytes of items"):
        pack(None, noise)
    with pytest.raises(ValueError, match="expected an id for each of 2 items, got 1"):
        pack(["a"], np.array([True, True]))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"ids": None},
        {"ids": None, "values": "?"},
        {"ids": None, "values": base64.b64encode(zlib.compress(b"bits 9\nx")).decode()},
        {"ids": None, "values": base64.b64encode(zlib.compress(b"bits -1\n")).decode()},
        {"ids": None, "values": base64.b64encode(zlib.compress(b"bits 9")[:-4]).decode()},
        pack(["a", "b"], np.array([True, True]))[1] | {"ids": pack(["a"], np.ones(1))[1]["ids"]},
    ],
)
def test_a_damaged_document_is_named(document: dict[str, str | None]) -> None:
    with pytest.raises(SuiteError, match="items of a run: cannot read the document: "):
        unpack(document)


def test_a_store_keeps_equal_items_once_beside_the_records(tiny: Task, tmp_path: Path) -> None:
    name, document = pack(None, np.array([True, False, True]))
    runs = [
        make_result(tiny, "long", seed, 0.5).model_copy(
            update={"items": name, "items_document": document}
        )
        for seed in (0, 1)
    ]
    with open_store(tmp_path / "a.sqlite", create=True) as store:
        assert len(store.append_all(runs)) == 2
        assert store.documents(ITEMS) == {name: document}
        ((count,),) = store.connection.execute(
            "SELECT count(*) FROM documents WHERE kind = 'items'"
        )
        assert count == 1
        assert [(run.items, run.items_document) for run in store.results()] == [(name, None)] * 2
        ((text,), _) = store.connection.execute("SELECT record FROM records")
        assert "items_document" not in text
        with open_store(tmp_path / "b.sqlite", create=True) as other:
            assert merge(other, store) == 2
            assert other.documents(ITEMS) == {name: document}


def test_a_record_without_items_says_nothing_of_them(tiny: Task) -> None:
    fields = make_result(tiny, "long", 0, 0.5).model_dump(mode="json")
    assert {"items", "items_document", "readings", "notes"} & fields.keys() == set()
