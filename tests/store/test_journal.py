"""The journal: every plan, attempt and look has an entry, and what was changed or lost is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.store.documents import JOURNAL
from suite.store.entries import (
    AttemptEntry,
    LookEntry,
    MergeEntry,
    PlanEntry,
    SeedsEntry,
    bits_of,
)
from suite.store.fsck import damage
from suite.store.journal import Journal, digest, make_journal, read_journal
from suite.store.merge import merge
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import JOURNAL_FILE, reported_records
from suite.store.store import open_store
from suite.task.schema import Task
from tests.store.test_looks import fill, look, study_in
from tests.support.fakes import make_result
from tests.support.tasks import DISC_TASK, load_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def journal_in(path: Path) -> Journal:
    with open_store(path) as store:
        return read_journal(store)


def test_each_attempt_has_an_entry_and_failed_ones_too(tiny: Task, path: Path) -> None:
    failed, good = make_result(tiny, "long", 1, None), make_result(tiny, "long", 1, 0.5)
    with open_store(path, create=True) as store:
        store.append_all([failed, good, good])  # a good run counts once
    attempts = journal_in(path).of_kind(AttemptEntry)
    assert [(entry.seed, entry.status) for entry in attempts] == [(1, "failed"), (1, "ok")]
    assert attempts[1].bits == bits_of(good)


def test_each_entry_names_the_one_before_it(tiny: Task, path: Path) -> None:
    fill(path, tiny, range(8))
    look(path)
    journal = journal_in(path)
    names = list(journal.entries)
    befores = [entry.previous for entry in journal.entries.values()]
    assert befores == [(), *((name,) for name in names[:-1])]
    assert journal.problems == ()
    assert len(journal.of_kind(PlanEntry)) == len(journal.of_kind(LookEntry)) == 1
    assert len(journal.of_kind(AttemptEntry)) == 3 * 8


def test_the_same_plan_is_noted_once_and_other_seeds_alone(tiny: Task, path: Path) -> None:
    with open_store(path, create=True) as store:
        for seeds in ((0, 1), (0, 1), (0, 1, 2)):
            note_plan(make_plan(tiny, device="cpu", seeds=seeds), store)
    journal = journal_in(path)
    assert [entry.seeds for entry in journal.of_kind(PlanEntry)] == ["0-1"]
    assert [entry.seeds for entry in journal.of_kind(SeedsEntry)] == ["0-2"]


def test_what_was_changed_or_left_out_is_named(tiny: Task, path: Path) -> None:
    fill(path, tiny, range(2))
    with open_store(path) as store:
        documents = store.documents(JOURNAL)
    names = list(make_journal(documents).entries)
    rest = {name: documents[name] for name in names if name != names[2]}
    (problem,) = make_journal(rest).problems
    assert problem.endswith(f"the entry before it, {names[2][:12]}, is missing")
    edited = {**documents, names[2]: {**documents[names[2]], "seed": 9}}
    (problem,) = make_journal(edited).problems
    assert "was changed" in problem
    # who gives the edited entry its right name breaks the chain behind it
    renamed = {**rest, digest(edited[names[2]]): edited[names[2]]}
    assert len(make_journal(renamed).problems) == 1


def test_a_broken_chain_in_a_sound_file_is_named_by_fsck(tiny: Task, path: Path) -> None:
    with open_store(path, create=True) as store:
        store.append(make_result(tiny, "long", 1, 0.5))
        document = {"kind": "merge", "when": "2026-01-02", "previous": ["0" * 64]}
        store.add_document(JOURNAL, digest(document), document)
    (problem,) = damage(path)
    assert problem.endswith("the entry before it, 000000000000, is missing")
    assert damage(path) == [problem]  # nothing was mended


def test_a_line_that_is_left_out_of_records_is_said_and_an_edited_one_refused(
    tiny: Task, path: Path, tmp_path: Path
) -> None:
    fill(path, tiny, range(7))
    with open_store(path) as store:
        files = as_files(reported_records(store))
    folder = tmp_path / "results"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    lines = files[JOURNAL_FILE].splitlines(keepends=True)
    assert json.loads(lines[1])["sha256"] == json.loads(lines[2])["previous"][0]
    assert as_files(read_records(folder)) == files
    (folder / JOURNAL_FILE).write_text("".join(lines[:3] + lines[4:]))
    assert len(read_journal(read_records(folder)).problems) == 1
    (folder / JOURNAL_FILE).write_text("".join(lines).replace('"ok"', '"failed"', 1))
    with pytest.raises(SuiteError, match=r"_journal.jsonl:2: .*is damaged"):
        read_records(folder)


def test_merged_journals_stay_chains_side_by_side(tiny: Task, tmp_path: Path) -> None:
    first, second = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    fill(first, tiny, range(3))
    fill(second, tiny, range(5))
    before = journal_in(first).entries.keys() | journal_in(second).entries.keys()
    for _ in range(2):  # safe to repeat
        with open_store(first, create=True) as ours, open_store(second) as theirs:
            merge(ours, theirs)
    journal = journal_in(first)
    (merged,) = journal.of_kind(MergeEntry)
    assert len(merged.previous) == 2
    assert journal.entries.keys() - before == {list(journal.entries)[-1]}
    assert journal.problems == ()
    # the other way adds what is new, and needs no entry for it: ours names theirs already
    with open_store(second, create=True) as ours, open_store(first) as theirs:
        merge(ours, theirs)
    assert journal_in(second).entries.keys() == journal.entries.keys()


def test_two_copies_of_a_store_that_went_on_can_be_merged(tiny: Task, tmp_path: Path) -> None:
    first, copy = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    fill(first, tiny, range(2))
    shutil.copy(first, copy)
    for path, seeds in ((first, range(4)), (copy, range(6))):
        fill(path, tiny, seeds)
    with open_store(first, create=True) as ours, open_store(copy) as theirs:
        merge(ours, theirs)
    fill(first, tiny, range(7))
    assert journal_in(first).problems == ()
    assert len(journal_in(first).last_names()) == 1


def test_a_mark_of_optional_stopping_outlives_another_arm(path: Path) -> None:
    task = load_text(DISC_TASK)
    fill(path, task, range(6), until_decided=True)  # ended before a verdict was shown
    other = load_text(DISC_TASK.replace("epochs = 4", "epochs = 5").replace("lr = 0.5", "lr = 0.4"))
    fill(path, other, range(6))
    assert not study_in(path).sequential  # every arm asks something else
    fill(path, task, range(30))
    assert study_in(path).sequential


def test_a_mark_of_optional_stopping_outlives_a_merge(tmp_path: Path) -> None:
    task = load_text(DISC_TASK)
    marked, ours = tmp_path / "marked.sqlite", tmp_path / "ours.sqlite"
    fill(marked, task, range(6), until_decided=True)
    fill(ours, load_text(DISC_TASK.replace("lr = 0.5", "lr = 0.4")), range(6))
    with open_store(ours, create=True) as store, open_store(marked) as theirs:
        merge(store, theirs)
    fill(ours, task, range(30))
    assert study_in(ours).sequential


def test_a_store_of_before_there_were_journals_begins_one(tiny: Task, path: Path) -> None:
    fill(path, tiny, range(6))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM documents WHERE kind = 'journal'")
        connection.execute("DELETE FROM tallies WHERE name = 'journal'")
        connection.execute("DROP INDEX documents_of_kind")
    assert damage(path) == []
    assert study_in(path).unjournaled == (18, "2026-01-02T03:04:05+00:00")
    assert study_in(path).history == ()
    fill(path, tiny, range(8))
    assert study_in(path).unjournaled[0] == 18
    assert journal_in(path).problems == ()
