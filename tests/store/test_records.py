"""Records as text: nothing lost, damage named by file and line, two places brought together."""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suite.errors import SuiteError
from suite.result import Result
from suite.store.merge import merge
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import DOCUMENTS, JOURNAL_FILE, Records, reported_records
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.stores import ACCURACIES, fill_store
from tests.support.tasks import DISC_TASK, load_text


@pytest.fixture
def records(tiny: Task, tmp_path: Path) -> Records:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        fill_store(store, tiny)
        return reported_records(store)


def written(records: Records, folder: Path) -> Path:
    folder.mkdir()
    for name, text in as_files(records).items():
        (folder / name).write_text(text)
    return folder


def test_what_was_written_comes_back_the_same(records: Records, tmp_path: Path) -> None:
    again = read_records(written(records, tmp_path / "results"))
    assert again.results() == records.results()
    assert len(again.results()) == 9  # without the run that answers no question of today
    assert {
        kind: again.documents(kind) for kind in ("plan", "environment", "question", "timings")
    } == {kind: records.documents(kind) for kind in ("plan", "environment", "question", "timings")}
    assert as_files(again) == as_files(records)
    assert as_files(reported_records(again)) == as_files(records)


def test_files_do_not_depend_on_the_order_of_records(records: Records) -> None:
    backwards = Records(
        tuple(reversed(records.runs)),
        {kind: dict(reversed(list(of.items()))) for kind, of in records.kept.items()},
    )
    assert as_files(backwards) == as_files(records)


def test_a_line_is_a_run_in_order_and_names_no_place(records: Records, tmp_path: Path) -> None:
    files = as_files(records)
    assert files.keys() == {DOCUMENTS, JOURNAL_FILE, "tiny.jsonl"}
    lines = [json.loads(line) for line in files["tiny.jsonl"].splitlines()]
    assert [(line["arm"], line["seed"]) for line in lines] == [
        (a, s) for a in sorted(ACCURACIES) for s in range(3)
    ]
    tables = [line for line in files[DOCUMENTS].splitlines() if '"kind": "model"' in line]
    assert len(tables) == 1  # once, not nine times
    assert not [
        text for text in files.values() if str(tmp_path) in text or str(Path.home()) + "/" in text
    ]


def says_the_same(text: str, changed: str) -> bool:
    """Whether a digit was changed that decides no bit: the last one of some floats."""
    try:
        return list(map(json.loads, changed.splitlines())) == [
            json.loads(line) for line in text.splitlines()
        ]
    except ValueError:
        return False


def test_a_damaged_line_is_named(records: Records, tmp_path: Path) -> None:
    # no secret
    folder, choice = written(records, tmp_path / "results"), random.Random(1)  # noqa: S311
    for _ in range(30):
        path = choice.choice(sorted(folder.iterdir()))
        text = path.read_text()
        index = choice.choice([index for index, letter in enumerate(text) if letter.isdigit()])
        changed = text[:index] + str((int(text[index]) + 1) % 10) + text[index + 1 :]
        if says_the_same(text, changed):
            continue
        path.write_text(changed)
        with pytest.raises(
            SuiteError,
            match=(
                rf"{path.name}:{text[:index].count(chr(10)) + 1}: (.*is damaged|expected a record)"
            ),
        ):
            read_records(folder)
        path.write_text(text)


def test_a_run_or_a_document_that_stands_there_twice_is_named_with_both_lines(
    records: Records, tmp_path: Path
) -> None:
    folder = written(records, tmp_path / "x")
    for path in (folder / "tiny.jsonl", folder / DOCUMENTS):
        text = path.read_text()
        lines = text.splitlines(keepends=True)
        path.write_text(text + lines[1])
        pattern = (
            rf"{path.name}:{len(lines) + 1}: .*: expected it once, got it again, after"
            rf" .*{path.name}:2; remove one of the two lines"
        )
        with pytest.raises(SuiteError, match=pattern):
            read_records(folder)
        path.write_text(text)
    first = (folder / "tiny.jsonl").read_text().splitlines(keepends=True)[0]
    (folder / "copy.jsonl").write_text(first)  # in another file of the folder
    with pytest.raises(
        SuiteError, match=r"tiny.jsonl:1: tiny control seed 0 on cpu: .*copy.jsonl:1"
    ):
        read_records(folder)


def test_what_are_no_records_is_refused(records: Records, tmp_path: Path) -> None:
    with pytest.raises(
        SuiteError,
        match=r"expected a folder with records \(_documents.jsonl and others\), found none",
    ):
        read_records(tmp_path)
    folder = written(records, tmp_path / "results")
    (folder / "notes.jsonl").write_text("[1]\n")
    with pytest.raises(
        SuiteError,
        match=r"notes.jsonl:1: expected a record, one JSON object a line with its SHA-256",
    ):
        read_records(folder)


def test_documents_that_say_nothing_sensible_are_refused_by_line(
    records: Records, tmp_path: Path
) -> None:
    (name, plan), *_ = records.documents("plan").items()
    for number, bad in enumerate(
        ({}, [], plan | {"questions": {}}, plan | {"task": {"schema": 2}})
    ):
        folder = written(Records((), {"plan": {name: bad}}), tmp_path / str(number))
        with pytest.raises(
            SuiteError, match=r"_documents.jsonl:1: not a task that this suite can read: "
        ):
            read_records(folder)


def test_merging_fills_a_store_with_all_that_a_report_needs(
    records: Records, tmp_path: Path
) -> None:
    with open_store(tmp_path / "new.sqlite", create=True) as store:
        assert merge(store, records) == 9
        assert merge(store, records) == 0
        assert as_files(reported_records(store)) == as_files(records)


RUNS = st.dictionaries(
    st.tuples(st.sampled_from(["short", "long"]), st.integers(0, 3)),
    st.sampled_from(["ok", "failed"]),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(RUNS, RUNS)
def test_merging_is_idempotent_and_gives_the_union_either_way(
    first: dict[tuple[str, int], str], second: dict[tuple[str, int], str]
) -> None:
    """By hand: a run is ok after merging where it is ok in either, failed where it is there and
    never ok.
    """
    task = load_text(DISC_TASK)

    def runs(statuses: dict[tuple[str, int], str]) -> list[Result]:
        return [
            make_result(task, arm, seed, 0.5 if status == "ok" else None)
            for (arm, seed), status in statuses.items()
        ]

    expected = {
        run: "ok" if "ok" in (first.get(run), second.get(run)) else "failed"
        for run in first | second
    }
    for statuses in ((first, second), (second, first)):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            ours, theirs = (
                stack.enter_context(open_store(Path(folder, name), create=True))
                for name in ("ours", "theirs")
            )
            for store, of in zip((ours, theirs), statuses, strict=True):
                assert all(store.append(run) for run in runs(of))
            merge(ours, theirs)
            merged = {(run.arm, run.seed): run.status for run in ours.results()}
            assert merged == expected
            assert merge(ours, theirs) == 0
            assert {(run.arm, run.seed): run.status for run in ours.results()} == expected


def test_other_bits_of_the_same_run_are_a_conflict_that_changes_nothing(
    tiny: Task, tmp_path: Path
) -> None:
    theirs = Records((make_result(tiny, "long", 0, 0.5), make_result(tiny, "long", 1, 0.75)), {})
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        store.append(make_result(tiny, "long", 1, 0.5))
        with pytest.raises(
            SuiteError,
            match=(
                r"^tiny long seed 1 on cpu \(q-long-\): the same run .* metrics, history;"
                r" nothing was"
            ),
        ):
            merge(store, theirs)
        assert len(store.results()) == 1
