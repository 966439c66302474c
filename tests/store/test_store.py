"""The store: nothing lost, nothing twice, damage named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.store.fsck import back_up, damage
from suite.store.store import open_store
from suite.store.tables import STORE_VERSION
from suite.task.schema import Task
from tests.support.fakes import make_result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.sqlite"


def test_what_was_appended_comes_back_the_same_and_in_order(path: Path, tiny: Task) -> None:
    results = [
        make_result(tiny, arm, seed, 0.1 * seed) for arm in ("short", "long") for seed in (10, 9, 2)
    ]
    with open_store(path, create=True) as store:
        assert all(store.append(result) for result in results)
    with open_store(path) as store:
        assert store.results() == sorted(results, key=lambda result: (result.arm, result.seed))
        assert store.last_attempts("q", "environment-1").keys() == {
            result.key for result in results
        }
        assert store.last_attempts("q", "environment-2") == {}


def test_a_run_counts_once(path: Path, tiny: Task) -> None:
    with open_store(path, create=True) as store, open_store(path, create=True) as other:
        assert store.append(make_result(tiny, "long", 1, 0.5))
        assert not other.append(make_result(tiny, "long", 1, 0.75))
        assert [result.metrics["accuracy"] for result in other.results()] == [0.5]


def test_a_failed_run_can_be_tried_again(path: Path, tiny: Task) -> None:
    failed, good = make_result(tiny, "long", 1, None), make_result(tiny, "long", 1, 0.5)
    with open_store(path, create=True) as store:
        assert store.append(failed)
        assert store.last_attempts("q", "environment-1").keys() == {failed.key}
        (last,) = store.last_attempts("q", "environment-1").values()
        assert last.status == "failed"
        assert store.append(good)
        assert store.results() == [good]


def test_who_settles_a_document_second_gets_the_first_one(path: Path) -> None:
    with open_store(path, create=True) as first, open_store(path, create=True) as second:
        assert first.settle("trial", "a", {"trainer": "autograd"}) == {"trainer": "autograd"}
        assert second.settle("trial", "a", {"trainer": "vectorized"}) == {"trainer": "autograd"}
        assert second.settle("trial", "b", {"trainer": "vectorized"}) == {"trainer": "vectorized"}
        assert first.documents("trial") == {
            "a": {"trainer": "autograd"},
            "b": {"trainer": "vectorized"},
        }


def test_documents_keep_their_latest_version(path: Path) -> None:
    with open_store(path, create=True) as store:
        for value in (1, 1, 2):
            store.add_document("plan", "a", {"value": value})
        store.add_document("timings", "a", [])
        assert store.documents("plan") == {"a": {"value": 2}}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(
            "SELECT count(*) FROM documents WHERE kind = 'plan'"
        ).fetchone() == (2,)


@pytest.mark.parametrize("table", ["records", "documents"])
def test_an_edited_row_is_named(path: Path, tiny: Task, table: str) -> None:
    with open_store(path, create=True) as store:
        store.append(make_result(tiny, "long", 1, 0.5))
        store.add_document("plan", "a", {"value": 0.5})
    column = {"records": "record", "documents": "document"}[table]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = replace({column}, '0.5', '0.6')")  # noqa: S608
    with (
        open_store(path) as store,
        pytest.raises(SuiteError, match=r"(record 1|document 2) .* is damaged"),
    ):
        store.results() if table == "records" else store.documents("plan")


def test_what_is_no_store_is_refused_and_left_alone(path: Path) -> None:
    with (
        pytest.raises(SuiteError, match="there is no store here; `suite run` makes one"),
        open_store(path),
    ):
        pass
    path.parent.mkdir()
    path.write_text("notes, not a store, but long enough to be looked at as one " * 40)
    for create in (False, True):
        with (
            pytest.raises(SuiteError, match="file is not a database"),
            open_store(path, create=create),
        ):
            pass
    assert path.read_text().startswith("notes")


@pytest.mark.parametrize("version", [STORE_VERSION - 1, STORE_VERSION + 1])
def test_a_store_of_another_version_is_refused_in_one_line_without_a_write(
    path: Path, tiny: Task, version: int
) -> None:
    with open_store(path, create=True) as store:
        store.append(make_result(tiny, "long", 1, 0.5))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    refusal = f"expected a store of version {STORE_VERSION}, got {version}: use the suite that made"
    for create in (False, True):
        with (
            pytest.raises(SuiteError, match=refusal) as raised,
            open_store(path, create=create),
        ):
            pass
        assert len(str(raised.value).splitlines()) == 1
    with pytest.raises(SuiteError, match=refusal):
        damage(path)
    with pytest.raises(SuiteError, match=refusal):
        back_up(path, path.with_name("copy.sqlite"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_writes_are_synchronised_and_need_no_write_ahead_log(path: Path) -> None:
    with open_store(path, create=True) as store:
        journal_mode = store.connection.execute("PRAGMA journal_mode").fetchone()
        synchronous = store.connection.execute("PRAGMA synchronous").fetchone()
    assert journal_mode == ("truncate",)
    assert synchronous == (2,)  # FULL


def test_a_reader_cannot_write(path: Path, tiny: Task) -> None:
    with open_store(path, create=True):
        pass
    with open_store(path) as store, pytest.raises(SuiteError, match="cannot write to the store"):
        store.append(make_result(tiny, "long", 1, 0.5))
