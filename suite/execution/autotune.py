"""Trials: how an arm trains fastest here, how long a job takes and how much memory.

They are made where the runs will be, once, and stored. Of a user's loop none is made: its stored
runs say what it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from statistics import fmean

from suite.execution.executor import Executor
from suite.execution.measuring import FEW_SEEDS, measure_trials
from suite.execution.trial import Trial
from suite.plan.plan import Plan, make_plan
from suite.provenance.environment import environment_id
from suite.result import DeviceKind, cell_name
from suite.store.documents import Documents, last_plan_record
from suite.store.store import Store
from suite.task.schema import Task
from suite.task.variants import with_trainers

TRIAL = "trial"  # the kind of document


def settled(task: Task, device: DeviceKind, documents: Documents) -> Task:
    """The task where arms that leave the choice have the trainers of its last plan on `device`."""
    plan = last_plan_record(documents, task.name, device)
    arms = plan.task.arms if plan else {}
    return with_trainers(
        task, {name: arm.trainer for name, arm in arms.items() if arm.trainer != "auto"}
    )


def with_fastest(
    task: Task, device: DeviceKind, store: Store | None, executor: Executor, *, keep: bool = True
) -> tuple[Task, dict[str, Trial]]:
    """The task with a trainer for every arm that leaves the choice, and the trials that chose.

    The trainer is that of the task's last plan, or the faster one, which is measured now: of
    several data sets on the first one, for an arm has one trainer. The trials are by arm. `keep`:
    whether they are stored.
    """
    task = settled(task, device, store) if store else task
    open_arms = [name for name, arm in task.arms.items() if arm.trainer == "auto"]
    first = task.on(next(iter(task.data_sets)))
    by_arm = trials(first, open_arms, device, store, executor, keep=keep)
    return with_trainers(task, {arm: trial.trainer for arm, trial in by_arm.items()}), by_arm


def fit_executor(executor: Executor, plans: Sequence[Plan], store: Store | None) -> Executor:
    """The executor to run the plans with, which knows what their jobs need.

    It runs no more jobs at a time than fit into memory. Makes the trials that are missing. Raises
    SuiteError where a job does not fit.
    """
    jobs = [job for plan in plans for job in plan.divided(executor.slots).jobs]
    return executor.fitted(jobs, trials_of(plans, store, executor))


def trials_of(
    plans: Iterable[Plan], store: Store | None, executor: Executor
) -> dict[tuple[str, str], Trial]:
    """The trial of every arm on each data set that the plans' jobs are of, by task and cell."""
    by_cell = dict[tuple[str, str], Trial]()
    for plan in plans:
        for block in dict.fromkeys(job.block for job in plan.jobs):
            arms = dict.fromkeys(
                job.arm for job in plan.jobs if job.block == block and job.settings.command is None
            )
            loops = [arm for arm in arms if plan.task.arms[arm].train is not None]
            models = [arm for arm in arms if arm not in loops]
            by_arm = trials(plan.task.on(block), models, plan.device, store, executor)
            by_arm |= {arm: trial_of_loop(plan, cell_name(arm, block), store) for arm in loops}
            names = {arm: cell_name(arm, block) for arm in by_arm}
            by_cell |= {(plan.task.name, names[arm]): trial for arm, trial in by_arm.items()}
    return by_cell


def trial_of_loop(plan: Plan, cell: str, store: Store | None) -> Trial:
    """What the stored runs of a user's loop took: nobody trains one unasked, to try it."""
    runs = store.results(plan.questions[cell], plan.environment) if store else []
    times_s = [run.run_time_s for run in runs if run.status == "ok" and run.run_time_s is not None]
    return Trial(
        "own",
        "it is a loop of the user's",
        start_s=fmean(times_s) if times_s else None,
        epoch_s=0.0 if times_s else None,
        memory_bytes=max((run.peak_memory_bytes or 0 for run in runs), default=None),
        memory_per_seed_bytes=0.0,
        seeds=1,
    )


def trials(
    task: Task,
    arms: Iterable[str],
    device: DeviceKind,
    store: Store | None,
    executor: Executor,
    *,
    keep: bool = True,
) -> dict[str, Trial]:
    """The trial of each of these arms of a task over one data set, by arm.

    A trial is made now where the store has none of the arm in this environment. `keep`: whether
    new trials are stored.
    """
    if not (arms := list(arms)):
        return {}
    names = document_names(task, arms, device, executor)
    stored = store.documents(TRIAL) if store else {}
    by_arm = {arm: Trial(**stored[name]) for arm, name in names.items() if name in stored}
    missing = [arm for arm in names if arm not in by_arm]
    for arm, trial in measure_trials(task, missing, device, executor):
        by_arm[arm] = trial
        if store and keep:
            by_arm[arm] = _store_trial(task, arm, device, store, executor, trial)
    return by_arm


def document_names(
    task: Task, arms: Sequence[str], device: DeviceKind, executor: Executor
) -> dict[str, str]:
    """The name of the document that holds an arm's trial, by arm.

    Only these arms are planned: of a thousand, each trial would plan all others again.
    """
    only = {arm: task.arms[arm] for arm in arms}
    task = task.model_copy(update={"arms": only, "comparisons": (), "claims": ()})
    environment = environment_id(executor.describe(device, task.protocol.numerics))
    plan = make_plan(task, device=device, seeds=FEW_SEEDS, describe=executor.describe)
    return {arm: f"{plan.questions[arm]}/{task.arms[arm].trainer}/{environment}" for arm in arms}


def _store_trial(
    task: Task, arm: str, device: DeviceKind, store: Store, executor: Executor, trial: Trial
) -> Trial:
    """The trial that counts, of this one and one that another runner may have made meanwhile."""
    (name,) = document_names(task, [arm], device, executor).values()
    first = Trial(**store.settle(TRIAL, name, asdict(trial)))
    # asked next, where the task leaves the choice
    chosen = with_trainers(task, {arm: first.trainer})
    for other_name in document_names(chosen, [arm], device, executor).values():
        store.settle(TRIAL, other_name, asdict(first))
    return first
