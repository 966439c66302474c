"""Adds seeds until there is a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from suite.analysis.compare_study import compare_study, is_decided
from suite.analysis.seen import look_at_study
from suite.analysis.studies import read_study
from suite.analysis.study import Study
from suite.cli.execution import run_plans
from suite.cli.repeats import repeat_arms
from suite.errors import SuiteError
from suite.execution.autotune import fit_executor
from suite.execution.choose import ChosenExecutor
from suite.execution.repeats import list_files
from suite.plan.plan import Plan, make_plan
from suite.plan.recorded_files import with_recorded_files
from suite.reports.wording import phrase
from suite.result import DeviceKind
from suite.stats import FEWEST_SEEDS
from suite.store.documents import last_plan_record
from suite.store.noting import record_looks
from suite.store.store import Store, open_store
from suite.task.schema import Task


def run_until_decided(
    tasks: Sequence[Task],
    max_seeds: int,
    device: DeviceKind,
    store: Path,
    executor: ChosenExecutor,
    *,
    repeat: bool = False,
) -> bool:
    """Adds one seed at a time to every arm until each task has a verdict; True if all have one.

    Prints the verdicts after each seed. The estimates stay valid over all these looks. `repeat`: a
    run of each arm is made again at the end, unless one was before.
    """
    before = list_files(Path.cwd()) if repeat else {}
    decided = [_decide(task, max_seeds, device, store, executor) for task in tasks]
    if repeat:
        with open_store(store, create=True) as opened:
            plans = [_first_plan(task, device, opened, executor) for task in tasks]
            repeat_arms(plans, opened, fit_executor(executor, plans, opened), before=before)
    return all(decided)


def _first_plan(task: Task, device: DeviceKind, store: Store, executor: ChosenExecutor) -> Plan:
    """The plan of the seeds that a task has at least, as it was run."""
    seeds = range(FEWEST_SEEDS)
    plan = make_plan(task, device=device, seeds=seeds, describe=executor.describe)
    return with_recorded_files(plan, store)


def _decide(
    task: Task, max_seeds: int, device: DeviceKind, store: Path, executor: ChosenExecutor
) -> bool:
    with open_store(store, create=True) as opened:
        require_sequence(make_plan(task, device=device, describe=executor.describe), opened)
    for count in range(FEWEST_SEEDS, max_seeds + 1):
        plan = make_plan(task, device=device, seeds=range(count), describe=executor.describe)
        run_plans([plan], store, executor, sequential=True)
        with open_store(store) as opened:
            study = read_study(plan, opened)
        _record(study, store)
        print(f"{task.name}, {count} seeds: {_verdicts(study) or 'no result'}")
        if is_decided(study):
            return True
    return False


def require_sequence(plan: Plan, store: Store) -> None:
    """Raises SuiteError where other seeds of the plan were judged by another sequence before."""
    last = last_plan_record(store, plan.task.name, plan.device)
    if last is None or not last.sequential:
        return
    is_same_question = len(set(last.questions.values()) & set(plan.questions.values())) > 1
    before, asked = (task.protocol.sequence or "t" for task in (last.task, plan.task))
    if is_same_question and before != asked:
        raise SuiteError(
            f"{plan.task.name}: expected sequence {before}, by which these seeds were judged"
            f" before, got {asked}: to choose another after a look would be a choice by the result"
        )


def _record(study: Study, store: Path) -> None:
    """Records the look. It marks the study as sequential by itself, wherever its runs go."""
    command = "run --until decided"
    look = look_at_study(study, compare_study(study), command, until_decided=True)
    if look.pairs:
        record_looks(store, [look])


def _verdicts(study: Study) -> str:
    """The verdicts under the primary metric."""
    return "; ".join(
        phrase(comparison)
        for comparison in compare_study(study)
        if comparison.is_primary and comparison.is_declared
    )
