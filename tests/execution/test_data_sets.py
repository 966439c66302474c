"""Tasks over several data sets through the real runner: run, resumed, verified, merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.analysis.studies import read_studies
from suite.errors import SuiteError
from suite.execution.autotune import trials_of
from suite.execution.in_process import InProcess
from suite.execution.preflight import examine
from suite.execution.processes import Processes
from suite.execution.progress import progress
from suite.execution.runner import interleaved, note_plan, remaining, run
from suite.plan.plan import make_plan
from suite.store.merge import merge
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import reported_records
from suite.store.store import Store, open_store
from suite.task.loading import load_task
from suite.task.schema import Task
from suite.verification.certificate import certificates
from suite.verification.rerun import verify
from suite.verification.staleness import stale
from tests.support.bits import bits
from tests.support.data_sets import DIGITS, DISC, STRIPES, write_sets
from tests.support.tasks import DISC_TASK, write_task


def run_all(task: Task, store: Store) -> list[str]:
    """Runs what is left to do; gives what was run, as arm, data set and seed."""
    plan = make_plan(task, device="cpu")
    note_plan(plan, store)
    results = list(run([remaining(plan, store)], store, InProcess()))
    assert {result.status for result in results} <= {"ok"}, results
    return sorted(f"{result.cell} {result.seed}" for result in results)


def test_every_arm_runs_on_every_data_set_and_only_once(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path))
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        ran = run_all(task, store)
        assert len(set(ran)) == 12
        assert "guess@stripes 1" in ran
        assert run_all(task, store) == []
        (study,) = read_studies(store)
    assert study.blocks == ("disc", "digits", "stripes")
    assert study.values("logistic", "accuracy", "digits").keys() == {0, 1}
    # ten digits: to guess is to be right in one of ten; no line finds the band in the middle
    assert study.values("logistic", "accuracy")["digits"] > 0.6
    assert study.values("guess", "accuracy")["digits"] < 0.4
    assert study.values("logistic", "accuracy")["stripes"] < 0.9


def test_an_interrupted_run_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path))
    plan = make_plan(task, device="cpu")
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        running = run([plan], store, InProcess())
        first = [next(running) for _ in range(3)]
        running.close()
        # arms take turns on each data set
        assert [result.cell for result in first] == [
            "logistic@disc",
            "guess@disc",
            "logistic@digits",
        ]
        assert progress(plan, store)["logistic@disc"].to_do == 1
        assert progress(plan, store)["guess@stripes"].to_do == 2
        assert len(run_all(task, store)) == 9
        assert {counts.to_do for counts in progress(plan, store).values()} == {0}


def test_a_data_set_that_is_added_later_is_all_that_runs(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        run_all(load_task(write_sets(tmp_path / "two", DISC, DIGITS)), store)
        ran = run_all(load_task(write_sets(tmp_path / "three")), store)
        assert ran == [f"{arm}@stripes {seed}" for arm in ("guess", "logistic") for seed in (0, 1)]
        (study,) = read_studies(store)
        assert study.blocks == ("disc", "digits", "stripes")
        run_all(load_task(write_sets(tmp_path / "again", DIGITS, STRIPES)), store)
        (study,) = read_studies(store)
        assert study.blocks == ("digits", "stripes")
        assert {result.block for result in study.results["guess"]} == {"digits", "stripes"}


def test_processes_give_the_bits_of_this_process(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path, DISC, STRIPES))
    plan = make_plan(task, device="cpu", seeds=[1])
    both = []
    for name, executor in (("here", InProcess()), ("there", Processes(2))):
        with open_store(tmp_path / f"{name}.sqlite", create=True) as store:
            note_plan(plan, store)
            both.append(bits(list(run([plan], store, executor))))
    assert len(both[0]) == 4
    assert both[0] == both[1]


def test_stale_runs_are_named_with_their_data_set(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        run_all(load_task(write_sets(tmp_path / "before", DISC, DIGITS)), store)
        edited = load_task(
            write_sets(tmp_path / "after", DISC.replace("60", "70"), STRIPES),
        )
        moved = {
            (one.arm, one.seeds): one.reasons
            for one in stale(make_plan(edited, device="cpu"), store)
        }
    assert moved == {
        ("guess@disc", (0, 1)): ("data.train_points 60 -> 70",),
        ("logistic@disc", (0, 1)): ("data.train_points 60 -> 70",),
        ("guess@digits", (0, 1)): ("the task has no such data set today",),
        ("logistic@digits", (0, 1)): ("the task has no such data set today",),
    }


def test_certificates_are_checked_on_their_data_set(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path, DISC, STRIPES))
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        run_all(task, store)
        certified = [one for one in certificates(store.results(), store) if one.seed == 1]
    assert {one.cell for one in certified} == {
        f"{arm}@{block}" for arm in ("logistic", "guess") for block in ("disc", "stripes")
    }
    checks = list(verify(certified, {"sets": task}, InProcess()))
    assert len(checks) == 4
    assert all(check.is_good for check in checks), checks
    gone = certified[0].model_copy(update={"block": "moons"})
    (check,) = verify([gone], {"sets": task}, InProcess())
    assert check.reasons == ("the task has no such data set today",)


def test_records_carry_the_data_set_and_are_read_again(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path, DISC, STRIPES))
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        run_all(task, store)
        records = reported_records(store)
    for name, text in as_files(records).items():
        (tmp_path / name).write_text(text)
    again = read_records(tmp_path)
    assert again.results() == records.results()
    with open_store(tmp_path / "other.sqlite", create=True) as other:
        assert merge(other, again) == 8
        (study,) = read_studies(other)
        assert study.blocks == ("disc", "stripes")
        assert run_all(task, other) == []


def test_a_record_on_the_only_data_set_of_a_task_says_no_more_than_before(tmp_path: Path) -> None:
    task = load_task(write_task(tmp_path))
    plan = make_plan(task, device="cpu", seeds=[0])
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        results = list(run([plan], store, InProcess()))
        (certificate, *_) = certificates(results, store)
    assert "block" not in results[0].model_dump_json()
    assert "block" not in certificate.model_dump_json()


def test_trials_are_by_arm_and_data_set(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path, DISC, STRIPES))
    plan = make_plan(task, device="cpu")
    made = trials_of([plan], None, InProcess())
    assert made.keys() == {("sets", cell) for cell in plan.questions}


def test_the_arms_of_a_data_set_run_one_after_another(tmp_path: Path) -> None:
    plan = make_plan(load_task(write_sets(tmp_path)), device="cpu")
    turns = [(job.block, job.arm) for job in interleaved([plan])]
    assert turns[:3] == [("disc", "logistic"), ("disc", "guess"), ("digits", "logistic")]
    assert turns[6:8] == [("disc", "logistic"), ("disc", "guess")]


def test_a_model_that_does_not_fit_a_data_set_is_said_with_its_name(tmp_path: Path) -> None:
    """The networks of the small task have two inputs, as a disc has; digits have 64."""
    one = DISC_TASK[DISC_TASK.index("[data]") : DISC_TASK.index("[protocol]")]
    text = DISC_TASK.replace(one, DISC + DIGITS).partition("[[claims]]")[0]
    with pytest.raises(SuiteError, match=r"^tiny: digits: arms\.short: "):
        list(examine(load_task(write_task(tmp_path, text)), "cpu"))


def test_good_arms_are_examined_on_every_data_set(tmp_path: Path) -> None:
    task = load_task(write_sets(tmp_path, DISC, STRIPES))
    assert [checked.arm for checked in examine(task, "cpu")] == [
        f"{arm}@{block}" for block in ("disc", "stripes") for arm in ("logistic", "guess")
    ]
