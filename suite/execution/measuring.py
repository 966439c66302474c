"""Measures an arm's trial, from jobs of a few epochs that are thrown away.

An arm that leaves the choice is tried with one seed alone. Where that leaves a core idle and takes
long enough to matter, a seed alone and two seeds side by side are timed against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from suite.execution.executor import Executor, run_jobs
from suite.execution.trial import Trial
from suite.plan.plan import make_plan
from suite.result import DeviceKind, Result
from suite.task.arms import ResolvedArm, one_after_another
from suite.task.choices import Trainer
from suite.task.schema import Task

# Where one model alone gets as much arithmetic done, kernels and not their launch take its time,
# and training many at once has nothing to win: the networks of the tasks reach 70 to 80 billion
# operations a second on a core, or 0.1.
BUSY_FLOPS_PER_S = {"cpu": 10e9, "cuda": 1e12}
# of the time of a seed alone: what a seed side by side with another may take at most, or training
# them together is not worth another path
WORTH = 0.75
TRIES = {"cpu": 3, "cuda": 1}  # a process that begins with CUDA takes seconds before its first step
TIMED_EPOCHS = {"cpu": 3, "cuda": 21}  # on a GPU an epoch of a small network takes milliseconds
# of a run of one epoch: below, its start is a part of it that other epochs do not have
QUICK_S = 5.0
SHORT_S = 10.0  # of training in all: less than a trial of another path takes
TASK_SAYS_SO = "the task says so"
REFUSED = "trainer portable: "  # what the reason of a run that the engine cannot train begins with
PORTABLE = "the engine's bits are the same on every processor"
ONE_SEED, FEW_SEEDS, MANY_SEEDS = (0,), (0, 1), tuple(range(16))


def measure_trials(
    task: Task, arms: Sequence[str], device: DeviceKind, executor: Executor
) -> Iterator[tuple[str, Trial]]:
    """The trial of each of these arms."""
    together = {
        arm: TASK_SAYS_SO for arm in arms if task.arms[arm].trainer in ("vectorized", "manual")
    }
    reasons = dict[str, str]()
    portable, refused = _portable_runs(task, arms, device, executor)
    reasons |= dict.fromkeys(portable, PORTABLE)
    alone = [arm for arm in arms if arm not in together and arm not in portable]
    first_runs = _run_by_arm(task, alone, device, "autograd", ONE_SEED, 1, executor) | portable
    for arm in alone:
        is_together, reason = _choose(task, arm, device, first_runs[arm], executor)
        because = "; ".join(filter(None, (refused.get(arm), reason)))
        (together if is_together else reasons)[arm] = because
    yield from _trials_alone(task, reasons, device, first_runs, executor)
    yield from _trials_together(task, together, device, executor)


def _portable_runs(
    task: Task, arms: Sequence[str], device: DeviceKind, executor: Executor
) -> tuple[dict[str, Result], dict[str, str]]:
    """A run of one epoch of each arm that the portable engine trains, by arm.

    Of arms that leave the choice only with portable numerics, and only where it can; and why it
    cannot where it does not.
    """
    is_portable = task.protocol.numerics == "portable" and device == "cpu"
    tried = [
        arm
        for arm in arms
        if task.arms[arm].trainer == "portable"
        or (is_portable and task.arms[arm].trainer == "auto")
    ]
    runs = _run_by_arm(task, tried, device, "portable", ONE_SEED, 1, executor)
    trained = {
        arm: run
        for arm, run in runs.items()
        if REFUSED not in (run.reason or "") or task.arms[arm].trainer == "portable"
    }
    refused = {arm: _why_refused(run) for arm, run in runs.items() if arm not in trained}
    return trained, refused


def _why_refused(run: Result) -> str:
    """Why the portable engine did not train an arm, in the words of its run."""
    reason = (run.reason or "").partition(REFUSED)[2]
    return f"the portable engine: {reason.partition('; use trainer')[0]}"


def _choose(
    task: Task, arm: str, device: DeviceKind, first_run: Result, executor: Executor
) -> tuple[bool, str]:
    """Whether to train an arm's seeds together, and why."""
    if task.arms[arm].trainer != "auto":
        return False, TASK_SAYS_SO
    if any(metric.is_measured_cost for metric in task.metrics.values()):
        return False, "the task measures the time or memory of each run"
    reason = _why_alone(first_run, task.resolve(arm), len(task.protocol.seeds), device)
    if reason is not None:
        return False, reason
    share, reason = _share_of_time_alone(task, arm, device, executor)
    return share is not None and share <= WORTH, reason


def _why_alone(
    first_run: Result, settings: ResolvedArm, seed_count: int, device: DeviceKind
) -> str | None:
    """Why one seed after another is fastest, or the only way; None where it may not be.

    `first_run`: of one epoch.
    """
    if why := one_after_another(settings):
        return f"many at once cannot be: {why}"
    if first_run.status == "failed" or not first_run.train_time_s or first_run.train_flops is None:
        return f"its trial gave no time: {first_run.reason}"
    total_s = first_run.train_time_s * settings.epochs * seed_count
    if total_s < SHORT_S:
        return f"all of its training takes {total_s:.1f} s"
    rate = first_run.train_flops / first_run.train_time_s
    is_busy = rate > BUSY_FLOPS_PER_S[device]
    return f"one seed alone does {rate / 1e9:.0f} GFLOP/s" if is_busy else None


def _share_of_time_alone(
    task: Task, arm: str, device: DeviceKind, executor: Executor
) -> tuple[float | None, str]:
    """A seed's time side by side with another, as a share of its time alone; the same in words.

    None, and why in words, where the arm cannot be trained so or a trial gave no time. Each time is
    the least of some tries, which other work on the machine disturbs least.
    """
    alone_s, together_s = list[float](), list[float]()
    ways: tuple[tuple[Trainer, tuple[int, ...], list[float]], ...] = (
        ("autograd", ONE_SEED, alone_s),
        ("vectorized", FEW_SEEDS, together_s),
    )
    epochs = TIMED_EPOCHS[device]
    for _ in range(TRIES[device]):
        for trainer, seeds, times_s in ways:
            run = _run_by_arm(task, [arm], device, trainer, seeds, epochs, executor)[arm]
            if run.status == "failed":
                return None, f"it cannot be trained side by side: {run.reason}"
            if run.train_time_s is None or run.first_epoch_s is None:
                return None, f"its trial gave no time: {run.reason}"
            times_s.append(run.train_time_s - run.first_epoch_s)
    share = min(together_s) / min(alone_s) / len(FEW_SEEDS)
    return share, f"side by side a seed takes {share:.2f} of its time alone"


def _trials_alone(
    task: Task,
    reasons: Mapping[str, str],
    device: DeviceKind,
    first_runs: Mapping[str, Result],
    executor: Executor,
) -> Iterator[tuple[str, Trial]]:
    """The trials of arms whose seeds train one after another, each with why."""
    quick = [arm for arm in reasons if (first_runs[arm].run_time_s or QUICK_S) < QUICK_S]
    trainers: dict[str, Trainer] = {
        arm: "portable" if reason == PORTABLE else "autograd" for arm, reason in reasons.items()
    }
    longer = dict[str, Result]()
    for trainer in dict.fromkeys(trainers.values()):
        of_trainer = [arm for arm in quick if trainers[arm] == trainer]
        longer |= _run_by_arm(task, of_trainer, device, trainer, ONE_SEED, 3, executor)
    for arm, reason in reasons.items():
        run = first_runs[arm]
        if arm in longer:
            start_s, epoch_s = _start_and_epoch_s(run, longer[arm])
        else:
            start_s, epoch_s = 0.0, run.run_time_s
        trainer, memory_bytes = trainers[arm], run.peak_memory_bytes
        yield arm, Trial(trainer, reason, start_s, epoch_s, memory_bytes, 0.0, seeds=1)


def _trials_together(
    task: Task, reasons: Mapping[str, str], device: DeviceKind, executor: Executor
) -> Iterator[tuple[str, Trial]]:
    """The trials of arms whose seeds train side by side, each with why.

    All arms at once, as they will run.
    """
    trainers: dict[str, Trainer] = {
        arm: "manual" if task.arms[arm].trainer == "manual" else "vectorized" for arm in reasons
    }
    for trainer in dict.fromkeys(trainers.values()):
        arms = [arm for arm in reasons if trainers[arm] == trainer]
        few, longer, many = (
            _run_by_arm(task, arms, device, trainer, seeds, epochs, executor)
            for seeds, epochs in ((FEW_SEEDS, 1), (FEW_SEEDS, 3), (MANY_SEEDS, 1))
        )
        for arm in arms:
            yield arm, _trial_from_three(trainer, reasons[arm], few[arm], longer[arm], many[arm])


def _trial_from_three(
    trainer: Trainer, why: str, few: Result, longer: Result, many: Result
) -> Trial:
    """The trial that follows from three jobs.

    `few`: of `FEW_SEEDS` for one epoch. `longer`: of `FEW_SEEDS` for three. `many`: of `MANY_SEEDS`
    for one.
    """
    more_bytes = max((many.peak_memory_bytes or 0) - (few.peak_memory_bytes or 0), 0)
    per_seed_bytes = more_bytes / (len(MANY_SEEDS) - len(FEW_SEEDS))
    start_s, epoch_s = _start_and_epoch_s(few, longer)
    memory_bytes = None if start_s is None else few.peak_memory_bytes
    seeds = len(FEW_SEEDS)
    return Trial(trainer, why, start_s, epoch_s, memory_bytes, per_seed_bytes, seeds=seeds)


def _start_and_epoch_s(one: Result, three: Result) -> tuple[float | None, float | None]:
    """Seconds before the first epoch and of each, from a job of one epoch and one of three.

    None where one failed.
    """
    if one.run_time_s is None or three.run_time_s is None:
        return None, None
    epoch_s = max(three.run_time_s - one.run_time_s, 0.0) / 2
    return one.run_time_s - epoch_s, epoch_s


def _run_by_arm(
    task: Task,
    arms: Sequence[str],
    device: DeviceKind,
    trainer: Trainer,
    seeds: Sequence[int],
    epochs: int,
    executor: Executor,
) -> dict[str, Result]:
    """The result of a job of a few epochs for each arm (the first seed's), by arm."""
    if not arms:
        return {}
    changes = {"trainer": trainer, "epochs": epochs}
    changed = {arm: task.arms[arm].model_copy(update=changes) for arm in arms}
    short_task = task.model_copy(update={"arms": changed})
    plan = make_plan(short_task, device=device, seeds=seeds, describe=executor.describe)
    with closing(run_jobs(executor, plan.jobs)) as results:
        return {result.arm: result for result in results if result.seed == seeds[0]}
