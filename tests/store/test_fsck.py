"""Damaged stores, and copies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.store.fsck import back_up, damage
from suite.store.store import open_store
from suite.store.tables import RECORDS
from suite.store.writing import insert, transaction
from suite.task.schema import Task
from tests.support.fakes import make_result


@pytest.fixture
def path(tmp_path: Path, tiny: Task) -> Path:
    """A store with seven records and a document."""
    path = tmp_path / "store.sqlite"
    with open_store(path, create=True) as store:
        for seed in range(3):
            store.append(make_result(tiny, "long", seed, 0.5))
            store.append(make_result(tiny, "short", seed, 0.25, question="p"))
        store.append(make_result(tiny, "control", 0, None))
        store.add_document("plan", "a", {"value": 0.5})
    return path


def edit(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


EDITED = "record 1 (tiny, key q-long-0): its SHA-256"
GROUP = "records of q environment-1"
DAMAGE = [
    ("UPDATE records SET record = replace(record, '0.5', '0.6') WHERE position = 1", EDITED),
    ("UPDATE records SET status = 'failed' WHERE position = 1", EDITED),
    ("UPDATE records SET question = 'other' WHERE position = 1", EDITED),
    ("UPDATE records SET attempt = 4 WHERE position = 1", EDITED),
    ("UPDATE records SET sha256 = 'x' WHERE position = 1", EDITED),
    ("UPDATE records SET record = CAST(x'ff' AS TEXT) WHERE position = 1", EDITED),
    ("UPDATE records SET question = CAST(x'71ff' AS TEXT) WHERE position = 1", EDITED),
    ("DELETE FROM records WHERE position = 1", f"{GROUP}: expected 4, found 3"),
    ("DELETE FROM records WHERE position = 7", f"{GROUP}: expected 4, found 3"),
    (
        "UPDATE records SET position = 99 WHERE position = 1",
        f"{GROUP}: expected 4, found 4, but not those",
    ),
    ("DELETE FROM documents", "records of documents plan: expected 1, found 0"),
    ("UPDATE documents SET kind = 'plum'", "document 8 (plum a): its SHA-256"),
    ("UPDATE tallies SET rows = 5 WHERE scope = 'q'", f"{GROUP}: expected 5, found 4"),
    ("DELETE FROM tallies WHERE scope = 'q'", f"{GROUP}: expected 0, found 4"),
]


@pytest.mark.parametrize(("sql", "message"), DAMAGE)
def test_damage_is_named_never_repaired_and_never_written_to(
    path: Path, tiny: Task, sql: str, message: str
) -> None:
    edit(path, sql)
    before = path.read_bytes()
    assert any(line.startswith(message) for line in damage(path)), damage(path)
    with pytest.raises(SuiteError, match=r"damaged|decode"), open_store(path, create=True) as store:
        store.append(make_result(tiny, "long", 9, 0.5))
    with pytest.raises(SuiteError, match="the store is damaged"):
        back_up(path, path.with_name("copy.sqlite"))
    assert not path.with_name("copy.sqlite").exists()
    assert path.read_bytes() == before


@pytest.mark.parametrize("column", ["key", "task", "question", "status"])
def test_a_column_that_is_not_its_records_is_named(tmp_path: Path, tiny: Task, column: str) -> None:
    result = make_result(tiny, "long", 7, 0.5)
    cells = {**result.model_dump(), "attempt": 0, "record": result.model_dump_json()}
    cells[column] = "failed"
    path = tmp_path / "store.sqlite"
    with open_store(path, create=True) as store, transaction(store.connection, path):
        insert(store.connection, RECORDS, [cells[name] for name in RECORDS.columns])
    (problem,) = damage(path)
    assert problem.endswith(f"): its {column} is not the record's")


@pytest.mark.parametrize("name", ["results", "documents", "last_attempts"])
def test_what_is_damaged_is_not_read_either(path: Path, name: str) -> None:
    edit(
        path,
        (
            "DELETE FROM documents"
            if name == "documents"
            else "DELETE FROM records WHERE position = 1"
        ),
    )
    arguments = {"results": (), "documents": ("plan",), "last_attempts": ("q", "environment-1")}[
        name
    ]
    with open_store(path) as store, pytest.raises(SuiteError, match="the store is damaged"):
        getattr(store, name)(*arguments)


def test_an_empty_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.touch()
    for create in (False, True):
        with (
            pytest.raises(SuiteError, match="this file is empty, and no store: remove it"),
            open_store(path, create=create),
        ):
            pass


def test_a_backup_is_whole_and_replaces_nothing(path: Path, tiny: Task) -> None:
    copy = path.with_name("copy.sqlite")
    with open_store(path, create=True) as store:  # in use
        assert back_up(path, copy) == 7
        store.append(make_result(tiny, "long", 9, 0.5))
    with open_store(copy) as store, open_store(path) as original:
        assert store.results() == [result for result in original.results() if result.seed != 9]
        assert store.documents("plan") == original.documents("plan")
    assert damage(copy) == []
    with pytest.raises(SuiteError, match=r"copy\.sqlite: there is a file already; name another"):
        back_up(path, copy)
    assert sorted(hidden.name for hidden in path.parent.glob(".*")) == []


def test_what_a_killed_writer_left_is_rolled_back_by_a_reader(path: Path) -> None:
    """A hot journal, as after kill -9 within a commit: the changed page is in the file, the old one
    in the journal.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = TRUNCATE")
        writer.execute("PRAGMA cache_spill = ON")
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute(
            "UPDATE records SET record = record || hex(zeroblob(9000))"
        )  # more than the cache: it spills
        journal = path.with_name(path.name + "-journal")
        torn, old = path.read_bytes(), journal.read_bytes()
        writer.execute("ROLLBACK")
    assert torn != path.read_bytes()
    path.write_bytes(torn)
    journal.write_bytes(old)
    with open_store(path) as store:
        assert len(store.results()) == 7
    assert damage(path) == []
