"""Trials: which trainer is chosen and why, what a job is said to need, and what fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from suite.errors import SuiteError
from suite.execution import measuring
from suite.execution.autotune import document_names, fit_executor, settled, trials
from suite.execution.measuring import FEW_SEEDS, MANY_SEEDS
from suite.execution.memory import fitting_slots, free_bytes
from suite.execution.processes import Processes
from suite.execution.runner import note_plan
from suite.execution.trial import Trial
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.result import Result
from suite.store.store import open_store
from suite.task.schema import Task
from suite.task.variants import with_trainers
from tests.support.fakes import make_result

MIB = 2**20
ONE_PROCESS = Processes(1)


@pytest.fixture
def open_task(tiny: Task) -> Task:
    """The tiny task, whose control leaves its trainer open."""
    return tiny.model_copy(
        update={
            "arms": (
                tiny.arms | {"control": tiny.arms["control"].model_copy(update={"trainer": "auto"})}
            )
        }
    )


@pytest.fixture
def machine(open_task: Task, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Stands in for runs: an epoch alone takes 1 s, one of two seeds side by side `beside_s`; 10
    MiB, and 2 more a seed.
    """

    def build(
        *,
        flops: float,
        beside_s: float = 1.0,
        reason: str | None = None,
        refuses: str = "vectorized",
    ) -> list[str]:
        made: list[str] = []

        def run(
            task: Task,
            arms: list[str],
            device: str,
            trainer: str,
            seeds: tuple[int, ...],
            epochs: int,
            *_: object,
        ) -> dict[str, Result]:
            results = {}
            for arm in arms:
                made.append(f"{arm} {trainer} {len(seeds)} x {epochs}")
                epoch_s = 1.0 if trainer == "autograd" else beside_s
                time_s = 5.0 + epochs * epoch_s
                failed = reason is not None and trainer == refuses
                changes = {
                    "status": "failed" if failed else "ok",
                    "reason": reason if failed else None,
                    "train_time_s": time_s,
                    "first_epoch_s": 5.0 + epoch_s,
                    "run_time_s": time_s,
                    "train_flops": int(flops * time_s),
                    "peak_memory_bytes": (10 + 2 * len(seeds)) * MIB,
                }
                result = make_result(open_task, arm, seeds[0], 0.5)
                results[arm] = result.model_copy(update=changes)
            return results

        monkeypatch.setattr(measuring, "_run_by_arm", run)
        return made

    return build


def trial_of(task: Task, arm: str = "control") -> Trial:
    return trials(task, [arm], "cpu", None, ONE_PROCESS)[arm]


def test_a_model_that_keeps_a_core_busy_is_trained_one_seed_after_another(
    open_task: Task, machine: Callable[..., list[str]]
) -> None:
    made = machine(flops=70e9, beside_s=0.1)
    trial = trial_of(open_task)
    assert (trial.trainer, trial.why) == ("autograd", "one seed alone does 70 GFLOP/s")
    assert made == ["control autograd 1 x 1"]


@pytest.mark.parametrize(
    ("beside_s", "trainer", "why"),
    [(1.4, "vectorized", "takes 0.70 of its"), (1.6, "autograd", "takes 0.80 of its")],
)
def test_seeds_train_side_by_side_where_that_is_worth_it(
    open_task: Task, machine: Callable[..., list[str]], beside_s: float, trainer: str, why: str
) -> None:
    machine(flops=1e8, beside_s=beside_s)
    trial = trial_of(open_task)
    assert trial.trainer == trainer
    assert why in trial.why


def test_what_trains_in_no_time_is_not_tried_otherwise(
    open_task: Task, machine: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = machine(flops=1e8, beside_s=0.1)
    monkeypatch.setattr(
        measuring, "SHORT_S", 6.0 * 4 * 3 + 0.1
    )  # an epoch of 6 s, 4 epochs, 3 seeds
    trial = trial_of(open_task)
    assert (trial.trainer, trial.why) == ("autograd", "all of its training takes 72.0 s")
    assert made == ["control autograd 1 x 1"]


def test_what_cannot_be_trained_side_by_side_is_trained_alone_and_says_why(
    open_task: Task, machine: Callable[..., list[str]]
) -> None:
    machine(flops=1e8, reason="RuntimeError: vmap")
    trial = trial_of(open_task)
    assert trial.trainer == "autograd"
    assert trial.why == "it cannot be trained side by side: RuntimeError: vmap"


def with_portable_numerics(task: Task) -> Task:
    protocol = task.protocol.model_copy(update={"numerics": "portable"})
    return task.model_copy(update={"protocol": protocol})


def test_portable_numerics_take_the_engine(
    open_task: Task, machine: Callable[..., list[str]]
) -> None:
    made = machine(flops=1e8)
    trial = trial_of(with_portable_numerics(open_task))
    assert trial.trainer == "portable"
    assert trial.why == "the engine's bits are the same on every processor"
    assert made == ["control portable 1 x 1"]


def test_portable_numerics_take_torch_where_the_engine_has_no_kernel_and_say_for_what(
    open_task: Task, machine: Callable[..., list[str]]
) -> None:
    said = "SuiteError: trainer portable: it has no kernel for 2: Softmax; use trainer = ..."
    made = machine(flops=70e9, reason=said, refuses="portable")
    trial = trial_of(with_portable_numerics(open_task))
    assert trial.trainer == "autograd"
    because = "the portable engine: it has no kernel for 2: Softmax; one seed alone does 70 GFLOP/s"
    assert trial.why == because
    assert made == ["control portable 1 x 1", "control autograd 1 x 1"]


def test_what_the_task_says_is_not_tried_otherwise(
    tiny: Task, machine: Callable[..., list[str]]
) -> None:
    made = machine(flops=1e8)
    assert trial_of(tiny).trainer == "autograd"
    assert trial_of(tiny, "long").trainer == "manual"
    assert made == [
        "control autograd 1 x 1",
        "long manual 2 x 1",
        "long manual 2 x 3",
        "long manual 16 x 1",
    ]


def test_times_and_memory_of_a_job_follow_from_those_of_short_ones(
    tiny: Task, machine: Callable[..., list[str]]
) -> None:
    machine(flops=1e8, beside_s=1.0)
    trial = trial_of(tiny, "long")
    assert trial.job_s(50) == pytest.approx(5 + 50)
    jobs = {
        seeds: job_with(tiny, "long", seeds)
        for seeds in (FEW_SEEDS, MANY_SEEDS, (0, 40), tuple(range(100)))
    }
    assert [trial.job_bytes(job) / MIB for job in jobs.values()] == [
        14,
        42,
        28,
        210,
    ]  # 40 is in lane 8, so 9 lanes


def job_with(task: Task, arm: str, seeds: tuple[int, ...]) -> Job:
    return next(job for job in make_plan(task, device="cpu", seeds=seeds).jobs if job.arm == arm)


def test_a_trial_is_made_once(
    open_task: Task, machine: Callable[..., list[str]], tmp_path: Path
) -> None:
    made = machine(flops=1e8, beside_s=0.1)
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        first = trials(open_task, ["control"], "cpu", store, ONE_PROCESS)
        count = len(made)
        assert trials(open_task, ["control"], "cpu", store, ONE_PROCESS) == first
        chosen = with_trainers(open_task, {"control": first["control"].trainer})
        assert trials(chosen, ["control"], "cpu", store, ONE_PROCESS) == first
        assert len(made) == count
        edited = open_task.model_copy(update={"version": 2})
        trials(edited, ["control"], "cpu", store, ONE_PROCESS)
        assert len(made) == 2 * count


def test_of_two_runners_that_measure_at_once_the_first_chooses_for_both(
    open_task: Task,
    machine: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    machine(flops=1e8, beside_s=0.1)
    theirs = trial_of(open_task)
    machine(flops=1e8, beside_s=1.9)
    assert (theirs.trainer, trial_of(open_task).trainer) == ("vectorized", "autograd")
    measured = measuring._run_by_arm
    name = document_names(open_task, ["control"], "cpu", ONE_PROCESS)["control"]
    with open_store(tmp_path / "store.sqlite", create=True) as store:

        def run(*arguments: Any) -> dict[str, Result]:
            store.settle("trial", name, asdict(theirs))  # theirs is done while ours is under way
            return measured(*arguments)

        monkeypatch.setattr(measuring, "_run_by_arm", run)
        assert trials(open_task, ["control"], "cpu", store, ONE_PROCESS) == {"control": theirs}


def test_the_choice_of_the_last_plan_stays(open_task: Task, tmp_path: Path) -> None:
    chosen = with_trainers(open_task, {"control": "vectorized", "long": "autograd"})
    assert chosen.arms["control"].trainer == "vectorized"
    assert chosen.arms["long"].trainer == "manual"  # the task says so
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        assert settled(open_task, "cpu", store).arms["control"].trainer == "auto"
        note_plan(make_plan(chosen, device="cpu"), store)
        assert settled(open_task, "cpu", store).arms["control"].trainer == "vectorized"
        assert settled(open_task, "cuda", store).arms["control"].trainer == "auto"


def test_the_trainer_is_part_of_the_question(open_task: Task) -> None:
    questions = {
        make_plan(with_trainers(open_task, {"control": name}), device="cpu").questions["control"]
        for name in ("autograd", "vectorized")
    }
    assert len(questions) == 2


def test_only_as_many_processes_run_as_fit(tiny: Task) -> None:
    jobs = [job_with(tiny, "long", (0,)), job_with(tiny, "control", (0,))]
    trials = {("tiny", "long"): trial_with(100 * MIB), ("tiny", "control"): trial_with(300 * MIB)}
    fitting = [fitting_slots(8, jobs, trials, free * MIB) for free in (300, 650, 10_000)]
    assert fitting == [1, 2, 8]
    assert fitting_slots(8, [], {}, 0) == 8
    with pytest.raises(
        SuiteError,
        match=r"tiny: arms.control: expected 0.3 GiB of free memory for a job of 1 seeds, got 0.2",
    ):
        fitting_slots(8, jobs, trials, 200 * MIB)


def trial_with(memory_bytes: int) -> Trial:
    return Trial("autograd", "", 1.0, 1.0, memory_bytes, 0.0, seeds=1)


def test_fewer_slots_are_another_executor(
    tiny: Task, machine: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job of `control` takes 12 MiB, one of `long` with its three seeds 16."""
    machine(flops=1e8)
    plan = make_plan(tiny, device="cpu")
    for free, slots in ((100, 6), (48, 3), (17, 1)):
        monkeypatch.setattr("suite.execution.processes.free_bytes", lambda: free * MIB)  # noqa: B023
        fitted = fit_executor(Processes(8), [plan], None)
        assert (fitted.slots, isinstance(fitted, Processes)) == (slots, True)


def test_free_memory_is_less_than_there_is() -> None:
    assert 2**24 < free_bytes() < 2**50


def test_the_start_of_a_quick_job_is_not_counted_for_every_epoch(
    open_task: Task, machine: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = machine(flops=70e9)
    monkeypatch.setattr(measuring, "QUICK_S", 6.5)  # an epoch with its start takes 6
    assert trial_of(open_task).job_s(50) == pytest.approx(5 + 50)
    assert made == ["control autograd 1 x 1", "control autograd 1 x 3"]
    monkeypatch.setattr(measuring, "QUICK_S", 5.5)
    assert trial_of(open_task).job_s(50) == pytest.approx(50 * 6)


def test_a_forecast_reads_trials_and_stores_none(
    open_task: Task, machine: Callable[..., list[str]], tmp_path: Path
) -> None:
    made = machine(flops=70e9)
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        trials(open_task, ["control"], "cpu", store, ONE_PROCESS, keep=False)
        assert not store.documents("trial")
        kept = trials(open_task, ["control"], "cpu", store, ONE_PROCESS)
        count = len(made)
        assert trials(open_task, ["control"], "cpu", store, ONE_PROCESS, keep=False) == kept
        assert len(made) == count


def test_seeds_are_divided_into_blocks_that_leave_no_lane_empty(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu", seeds=range(100))
    jobs = [job.seeds for job in plan.divided(2).jobs if job.arm == "long"]
    assert jobs == [tuple(range(64)), tuple(range(64, 100))]
    assert [len(job.seeds) for job in plan.divided(8).jobs if job.arm == "long"] == [32, 32, 32, 4]
    assert plan.divided(2).run_count == plan.run_count == 300
