"""Stores of every version, damaged ones, and copies."""

from __future__ import annotations

import shutil
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

FIXTURES = Path(__file__).parents[1] / "fixtures"
OLD = (
    FIXTURES / "store-v1.sqlite"
)  # made by the suite of that version: 9 records of 8 runs, 3 documents


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


def test_there_is_a_fixture_of_every_older_version() -> None:
    assert {path.name for path in FIXTURES.glob("store-v*.sqlite")} == {
        f"store-v{n}.sqlite" for n in range(1, STORE_VERSION)
    }


def test_an_old_store_is_read_without_a_write(tmp_path: Path) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "store.sqlite"))
    with open_store(path) as store:
        results, plans = store.results(), store.documents("plan")
    assert [(one.arm, one.seed, one.status, one.metrics.get("accuracy")) for one in results] == [
        ("control", 0, "ok", 0.5),
        ("control", 1, "failed", None),
        *[(arm, seed, "ok", 0.25 + seed / 8) for arm in ("long", "short") for seed in range(3)],
    ]
    assert plans == {"tiny/cpu": {"value": 2}}
    assert path.read_bytes() == OLD.read_bytes()
    assert damage(path) == []


def test_an_old_store_is_brought_up_to_date_before_the_first_write(
    tmp_path: Path, tiny: Task
) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "store.sqlite"))
    with open_store(path) as store:
        before = store.results()
    with open_store(path, create=True) as store:
        assert store.results() == before
        assert not store.append(before[2])
        assert store.append(make_result(tiny, "long", 7, 0.5))
    with open_store(path) as store:
        assert len(store.results()) == len(before) + 1
    assert damage(path) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (STORE_VERSION,)


@pytest.mark.parametrize(
    "column", ["record = replace(record, '0.5', '0.6')", "status = 'failed'", "question = 'other'"]
)
def test_an_old_store_that_was_edited_is_not_brought_up_to_date(
    tmp_path: Path, column: str
) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "store.sqlite"))
    edit(path, f"UPDATE records SET {column} WHERE position = 2")  # noqa: S608
    before = path.read_bytes()
    for create in (False, True):
        with (
            pytest.raises(SuiteError, match="record 2 is damaged"),
            open_store(path, create=create),
        ):
            pass
    assert path.read_bytes() == before


DAMAGE = [
    ("UPDATE records SET record = replace(record, '0.5', '0.6') WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("UPDATE records SET status = 'failed' WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("UPDATE records SET question = 'other' WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("UPDATE records SET attempt = 4 WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("UPDATE records SET sha256 = 'x' WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("UPDATE records SET record = CAST(x'ff' AS TEXT) WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("UPDATE records SET question = CAST(x'71ff' AS TEXT) WHERE position = 1", "record 1 (tiny, key q-long-0): its SHA-256"),
    ("DELETE FROM records WHERE position = 1", "records of q environment-1: expected 4, found 3"),
    ("DELETE FROM records WHERE position = 7", "records of q environment-1: expected 4, found 3"),
    ("UPDATE records SET position = 99 WHERE position = 1", "records of q environment-1: expected 4, found 4, but not those"),
    ("DELETE FROM documents", "records of documents plan: expected 1, found 0"),
    ("UPDATE documents SET kind = 'plum'", "document 1 (plum a): its SHA-256"),
    ("UPDATE tallies SET rows = 5 WHERE room = 'q'", "records of q environment-1: expected 5, found 4"),
    ("DELETE FROM tallies WHERE room = 'q'", "records of q environment-1: expected 0, found 4"),
]  # fmt: skip


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
        assert store.results() == [one for one in original.results() if one.seed != 9]
        assert store.documents("plan") == original.documents("plan")
    assert damage(copy) == []
    with pytest.raises(SuiteError, match=r"copy\.sqlite: there is a file already; name another"):
        back_up(path, copy)
    assert sorted(one.name for one in path.parent.glob(".*")) == []


def test_what_a_killed_writer_left_is_rolled_back_by_a_reader(path: Path) -> None:
    """A hot journal, as after kill -9 within a commit: the changed page is in the file, the old one
    in the journal."""
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
