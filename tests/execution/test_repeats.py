"""One run of each arm is made again at the end, never counts, and says what it gave."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from suite.analysis.repeat_words import repeat_lines
from suite.analysis.repeats import RepeatedRun
from suite.analysis.studies import read_study
from suite.execution import repeats
from suite.execution.leases import lease_repeats
from suite.execution.outcomes import as_result, failed
from suite.execution.repeats import choose_repeats, files_left, list_files, make_repeats
from suite.execution.runner import note_plan, run
from suite.plan.job import Job
from suite.plan.plan import Plan, make_plan
from suite.result import Outcome, Result
from suite.store.journal import read_journal
from suite.store.merge import merge
from suite.store.record_reading import read_records
from suite.store.store import Store, open_store
from suite.task.schema import Task
from tests.support.executors import StandIn
from tests.support.program import suite, suite_here
from tests.support.tasks import DIGITS_TASK

Number = Callable[[str, int, int], float]  # of an arm, a seed and how often it was run before


class Machine:
    """Runs nothing: what a run gives is a number of its arm, its seed, and how often it ran."""

    def __init__(self, number: Number, *, run_time_s: float = 1.0) -> None:
        self.number, self.run_time_s = number, run_time_s
        self.ran = Counter[tuple[str, int]]()

    def give(self, jobs: Iterable[Job | None]) -> Iterator[list[Result]]:
        """The results of the jobs."""
        for job in jobs:
            if job is not None:
                yield [self.result(job, seed) for seed in job.seeds]

    def result(self, job: Job, seed: int) -> Result:
        """One more run of an arm under a seed."""
        number = self.number(job.arm, seed, self.ran[job.arm, seed])
        self.ran[job.arm, seed] += 1
        if number < 0:
            return failed(
                job,
                seed,
                "it raised" if number == -1 else "killed",
                "arm" if number == -1 else "outside",
            )
        outcome = Outcome(
            seed=seed,
            status="ok",
            metrics={"accuracy": number},
            hashes={"final_weights": f"{number}"},
        )
        return as_result(job, outcome, run_time_s=self.run_time_s)

    def executor(self) -> StandIn:
        """The executor that gives them."""
        return StandIn(self.give)


def steady(arm: str, seed: int, _: int) -> float:
    return len(arm) / 100 + seed / 10


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.sqlite", create=True) as opened:
        yield opened


def run_all(task: Task, store: Store, machine: Machine) -> Plan:
    """The task's plan, with every run made."""
    plan = make_plan(task, device="cpu")
    note_plan(plan, store)
    assert len(list(run([plan], store, machine.executor()))) == 9
    return plan


def repeat(plan: Plan, store: Store, machine: Machine) -> tuple[RepeatedRun, ...]:
    """What is known of repeats once those that are due are made."""
    make_repeats(choose_repeats(plan, store, read_journal(store)), store, machine.executor())
    return read_study(plan, store).repeats


def test_each_arm_is_repeated_once_and_the_repeat_is_no_result(tiny: Task, store: Store) -> None:
    machine = Machine(steady)
    plan = run_all(tiny, store, machine)
    before = store.results()
    found = repeat(plan, store, machine)
    assert [(each.arm, each.seed, each.finding) for each in found] == [
        ("short", 0, "same"),
        ("long", 0, "same"),
        ("control", 0, "same"),
    ]
    assert machine.ran[("short", 0)] == 2
    assert machine.ran.total() == 9 + 3
    assert repeat(plan, store, machine) == found  # it was done
    assert machine.ran.total() == 9 + 3
    assert store.results() == before
    assert repeat_lines(tiny.arms, found) == [
        "One run of each arm was repeated in a fresh process: same bits"
    ]


def test_other_bits_each_time_come_from_no_seed_alone(tiny: Task, store: Store) -> None:
    machine = Machine(lambda arm, seed, n: steady(arm, seed, n) + (n / 1000) * (arm == "long"))
    plan = run_all(tiny, store, machine)
    found = repeat(plan, store, machine)
    assert {each.arm: each.finding for each in found} == {
        "short": "same",
        "long": "varies",
        "control": "same",
    }
    assert machine.ran["long", 0] == 3  # what differs is made once more
    assert repeat_lines(tiny.arms, found) == [
        "One run of each of short and control was repeated in a fresh process: same bits",
        "long: seed 0 gave other weights when repeated in a fresh process: its results do not"
        " depend on the seed alone",
    ]


def test_repeats_that_agree_with_each_other_alone_speak_of_order(tiny: Task, store: Store) -> None:
    machine = Machine(lambda arm, seed, n: steady(arm, seed, n) + 0.01 * (n > 0))
    plan = run_all(tiny, store, machine)
    found = repeat(plan, store, machine)
    assert {each.finding for each in found} == {"order"}
    assert repeat_lines(tiny.arms, found)[0] == (
        "short: seed 0 gave accuracy 0.05 first and 0.06 at the end, twice: the results depend on"
        " what ran before, or on when; perhaps it reads files that earlier runs left"
    )


def test_a_repeat_that_fails_is_said_and_one_that_is_killed_is_made_later(
    tiny: Task, store: Store
) -> None:
    endings = {"short": -1.0, "long": -2.0}
    machine = Machine(lambda arm, seed, n: endings.get(arm, 0.3) if n else steady(arm, seed, n))
    plan = run_all(tiny, store, machine)
    found = repeat(plan, store, machine)
    assert [(each.arm, each.ended) for each in found] == [("short", "failed"), ("control", "ok")]
    assert repeat_lines(tiny.arms, found)[0] == (
        "short: seed 0 failed when it was repeated in a fresh process"
    )
    endings["long"] = steady("long", 0, 1)
    assert [each.arm for each in repeat(plan, store, machine)] == ["short", "long", "control"]


def test_dear_arms_leave_one_repeat_and_the_dearest_none(
    tiny: Task, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(steady, run_time_s=61.0)
    plan = run_all(tiny, store, machine)
    assert [each.job.arm for each in choose_repeats(plan, store, read_journal(store))] == ["short"]
    monkeypatch.setattr(repeats, "DEAREST_S", 60.9)
    assert choose_repeats(plan, store, read_journal(store)) == []


def test_tasks_made_from_others_are_not_repeated(tiny: Task, store: Store) -> None:
    machine = Machine(steady)
    plan = run_all(tiny, store, machine)
    derived = replace(plan, task=tiny.model_copy(update={"derived_from": "tiny"}))
    assert choose_repeats(derived, store, read_journal(store)) == []


def test_what_another_runner_repeats_is_left_to_it(
    tiny: Task, store: Store, tmp_path: Path
) -> None:
    machine = Machine(steady)
    plan = run_all(tiny, store, machine)
    chosen = choose_repeats(plan, store, read_journal(store))
    with (
        open_store(tmp_path / "store.sqlite", create=True) as other,
        lease_repeats([chosen[0].run], other) as held,
    ):
        assert held == {chosen[0].run}
        made = make_repeats(chosen, store, machine.executor())
    assert [entry.cell for entry in made.entries] == ["long", "control"]
    # chosen before, but done by now
    assert make_repeats(chosen[1:], store, machine.executor()).entries == ()


def test_a_stop_leaves_a_difference_to_the_next_call(tiny: Task, store: Store) -> None:
    machine = Machine(lambda arm, seed, n: steady(arm, seed, n) + 0.01 * (n > 0))
    plan = run_all(tiny, store, machine)
    wishes = iter([False, False, False])  # after each of three repeats; then it is to stop
    made = make_repeats(
        choose_repeats(plan, store, read_journal(store)),
        store,
        machine.executor(),
        stopped=lambda: next(wishes, True),
    )
    assert [entry.cell for entry in made.entries] == ["short", "short"]
    assert {each.finding for each in repeat(plan, store, machine)} == {"order"}


def test_a_repeat_after_an_edit_says_nothing(
    tiny: Task, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(lambda arm, seed, n: steady(arm, seed, n) + n)
    plan = run_all(tiny, store, machine)
    edited = replace(plan, questions=dict.fromkeys(plan.questions, "another"))
    monkeypatch.setattr(repeats, "make_plan", lambda *_, **__: edited)
    made = make_repeats(choose_repeats(plan, store, read_journal(store)), store, machine.executor())
    assert (made.entries, made.changed) == ((), ("short", "long", "control"))


def test_repeats_travel_with_the_records(tiny: Task, store: Store, tmp_path: Path) -> None:
    machine = Machine(lambda arm, seed, n: steady(arm, seed, n) + n / 1000)
    plan = run_all(tiny, store, machine)
    found = repeat(plan, store, machine)
    suite_here("report", "--store", "store.sqlite", cwd=tmp_path)
    records = read_records(tmp_path / "results")
    assert read_study(plan, records).repeats == found
    with open_store(tmp_path / "other.sqlite", create=True) as other:
        merge(other, records)
        assert read_study(plan, other).repeats == found
    assert "**Not repeatable**: long: seed 0 gave" in (tmp_path / "RESULTS.md").read_text()


def test_files_that_runs_left_are_named_but_not_the_stores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").touch()
    (tmp_path / "grown").write_text("1")
    os.utime(tmp_path / "grown", ns=(1, 1))
    before = list_files(tmp_path)
    for name in ("grown", "new", ".hidden", "results"):
        (tmp_path / name).touch()
    assert files_left(before, beside=tmp_path / "results" / "store.sqlite") == ["grown", "new"]


OWN = """
import os, time
import torch
from torch import nn

KEPT = [object() for _ in range(50)]


class Net(nn.Module):
    def __init__(self, moved_by="nothing"):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
        shift = {
            "nothing": 0.0,
            "text": list({"a", "b", "c", "d"}).index("a"),
            "clock": time.time() % 1,
            "pid": os.getpid() % 1009 / 1009,
            "addresses": hash(KEPT[0]) % 10007 / 10007,
        }[moved_by]
        with torch.no_grad():
            self.layers[1].weight += shift

    def forward(self, images):
        return self.layers(images)
"""
ARM = (
    '[arms.{0}]\nmodel = "own_nets:Net"\narguments = {{ moved_by = "{0}" }}\ntrainer = "autograd"\n'
)


@pytest.mark.slow
def test_clocks_process_ids_and_addresses_are_noticed_and_fixed_hashes_are_not(
    tmp_path: Path,
) -> None:
    names = ("nothing", "text", "clock", "pid", "addresses")
    arms, metrics = DIGITS_TASK.index("[arms."), DIGITS_TASK.index("[metrics.")
    text = DIGITS_TASK[:arms] + "".join(map(ARM.format, names)) + DIGITS_TASK[metrics:]
    (tmp_path / "own.toml").write_text(text)
    (tmp_path / "own_nets.py").write_text(OWN)
    done = suite("run", "own.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "executed 10 runs: 10 ok\n"), done.stderr
    same, *others = done.stderr.splitlines()[-4:]
    assert same == (
        "own: One run of each of nothing and text was repeated in a fresh process: same bits"
    )
    for line, arm in zip(others, names[2:], strict=True):
        assert line == (
            f"own: {arm}: seed 0 gave other initial weights when repeated in a fresh process: its"
            " results do not depend on the seed alone"
        )
