"""Trials: how an arm trains fastest here, how long a job takes and how much memory, from epochs
that are thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from suite.execution.processes import execute
from suite.plan.job import Job
from suite.plan.plan import Plan, make_plan
from suite.provenance.environment import describe, environment_id
from suite.result import DeviceKind, Result
from suite.store.records import ResultSource
from suite.store.store import Store
from suite.task.arms import ResolvedArm, one_after_another
from suite.task.choices import Trainer
from suite.task.schema import Task
from suite.task.variants import with_trainers

# Where one model alone gets as much arithmetic done, kernels and not their launch take its time,
# and training many at once has nothing to win: the networks of the tasks reach 70 to 80 billion
# operations a second on a core, or 0.1.
BUSY_FLOPS_PER_S = {"cpu": 10e9, "cuda": 1e12}
# of the time of a seed alone: what a seed beside another may take at most, or it is not worth
# another path
WORTH = 0.75
TRIES = 3
QUICK_S = (
    5.0  # of a run of one epoch: below, its start is a part of it that other epochs do not have
)
SHORT_S = 10.0  # of training in all: less than a trial of another path takes
TOLD = "the task says so"
Execute = Callable[..., Iterator[Result]]
FEW, MANY = (0, 1), tuple(range(16))


@dataclass(frozen=True)
class Trial:
    """What was measured of an arm: seconds and peak memory of a job of so many `seeds`, and the
    memory of each seed more. None where it failed."""

    trainer: Trainer
    why: str
    start_s: float | None
    epoch_s: float | None
    memory_bytes: int | None
    memory_per_seed_bytes: float
    seeds: int

    def job_s(self, epochs: int) -> float | None:
        """Seconds that a job takes."""
        return (
            None
            if self.start_s is None or self.epoch_s is None
            else self.start_s + epochs * self.epoch_s
        )

    def job_bytes(self, job: Job) -> int:
        """The memory that a job takes at its peak, the libraries' included; 0 where it is not
        known. Seeds side by side that leave places empty (suite.training.loop) take those too."""
        places = max(seed % 16 for seed in job.seeds) + 1 if len(job.seeds) < 16 else len(job.seeds)
        return int(
            (self.memory_bytes or 0) + self.memory_per_seed_bytes * max(places - self.seeds, 0)
        )


def settled(task: Task, device: DeviceKind, evidence: ResultSource) -> Task:
    """The task with the trainers that its last plan on `device` had, for arms that leave the
    choice."""
    plan = evidence.documents("plan").get(f"{task.name}/{device}", {"task": {"arms": {}}})
    return with_trainers(task, {arm: said["trainer"] for arm, said in plan["task"]["arms"].items()})


def with_fastest(
    task: Task,
    device: DeviceKind,
    store: Store | None,
    *,
    processes: int = 1,
    on: Execute | None = None,
    keep: bool = True,
) -> tuple[Task, dict[str, Trial]]:
    """The task with a trainer for every arm that leaves the choice: that of the task's last plan,
    or the faster one, which is measured now; and the trials that chose. `keep`: whether they are
    stored."""
    task = settled(task, device, store) if store else task
    open_arms = [arm for arm, one in task.arms.items() if one.trainer == "auto"]
    found = trials(task, open_arms, device, store, processes=processes, on=on, keep=keep)
    return with_trainers(task, {arm: trial.trainer for arm, trial in found.items()}), found


def trials_of(
    plans: Iterable[Plan], store: Store | None, *, processes: int = 1, on: Execute | None = None
) -> dict[tuple[str, str], Trial]:
    """The trial of every arm that the plans' jobs are of, by task and arm."""
    found = dict[tuple[str, str], Trial]()
    for plan in plans:
        arms = dict.fromkeys(job.arm for job in plan.jobs)
        tried = trials(plan.task, arms, plan.device, store, processes=processes, on=on)
        found |= {(plan.task.name, arm): trial for arm, trial in tried.items()}
    return found


def trials(
    task: Task,
    arms: Iterable[str],
    device: DeviceKind,
    store: Store | None,
    *,
    processes: int = 1,
    on: Execute | None = None,
    keep: bool = True,
) -> dict[str, Trial]:
    """The trial of each of these arms, made now, and stored if `keep`, where the store has none of
    it in this environment. `on`: the executor of a cluster, else processes of this machine."""
    if not (arms := list(arms)):
        return {}
    names = _names(task, arms, device)
    noted = store.documents("trial") if store else {}
    found = {arm: Trial(**noted[name]) for arm, name in names.items() if name in noted}
    for arm, trial in _try(
        task, [arm for arm in names if arm not in found], device, processes, on or execute
    ):
        found[arm] = (
            _settled_trial(task, arm, device, store, names[arm], trial) if store and keep else trial
        )
    return found


def needs(
    plans: Sequence[Plan], trials: Mapping[tuple[str, str], Trial], processes: int
) -> list[tuple[Job, int]]:
    """The jobs of the plans, divided among so many processes, with the bytes that each takes by the
    trial of its arm."""
    jobs = [job for plan in plans for job in plan.divided(processes).jobs]
    return [(job, trials[job.task, job.arm].job_bytes(job)) for job in jobs]


def _settled_trial(
    task: Task, arm: str, device: DeviceKind, store: Store, name: str, trial: Trial
) -> Trial:
    """The trial that counts, of this one and one that another runner may have made in the meantime."""
    first = Trial(**store.settle("trial", name, asdict(trial)))
    chosen = with_trainers(
        task, {arm: first.trainer}
    )  # asked next, where the task leaves the choice
    for other in _names(chosen, [arm], device).values():
        store.settle("trial", other, asdict(first))
    return first


def _names(task: Task, arms: Sequence[str], device: DeviceKind) -> dict[str, str]:
    environment = environment_id(describe(device, task.protocol.numerics))
    questions = make_plan(task, device=device, seeds=FEW).questions
    return {arm: f"{questions[arm]}/{task.arms[arm].trainer}/{environment}" for arm in arms}


def _try(
    task: Task, arms: Sequence[str], device: DeviceKind, processes: int, on: Execute
) -> Iterator[tuple[str, Trial]]:
    together = {arm: TOLD for arm in arms if task.arms[arm].trainer in ("vectorized", "manual")}
    alone, reasons = [arm for arm in arms if arm not in together], dict[str, str]()
    runs = {
        one.arm: one for one in _run(task, alone, device, "autograd", FEW[:1], 1, on, processes)
    }
    for arm in alone:
        trainer, share = task.arms[arm].trainer, None
        why = (
            _why_alone(runs[arm], task.resolve(arm), len(task.protocol.seeds), device)
            if trainer == "auto"
            else TOLD
        )
        if why is None:
            share, why = _share(task, arm, device, on)
        if share is not None and share <= WORTH:
            together[arm] = why
        elif trainer == "own":
            yield (
                arm,
                Trial(
                    "own",
                    TOLD,
                    runs[arm].run_time_s,
                    0.0,
                    runs[arm].peak_memory_bytes,
                    0.0,
                    seeds=1,
                ),
            )
        else:
            reasons[arm] = why
    quick = [arm for arm in reasons if (runs[arm].run_time_s or QUICK_S) < QUICK_S]
    longer = {
        one.arm: one for one in _run(task, quick, device, "autograd", FEW[:1], 3, on, processes)
    }
    for arm, why in reasons.items():
        start_s, epoch_s = (
            _start_and_epoch(runs[arm], longer[arm])
            if arm in longer
            else (0.0, runs[arm].run_time_s)
        )
        yield (
            arm,
            Trial("autograd", why, start_s, epoch_s, runs[arm].peak_memory_bytes, 0.0, seeds=1),
        )
    yield from _side_by_side(task, together, device, on, processes)


def _share(task: Task, arm: str, device: DeviceKind, on: Execute) -> tuple[float | None, str]:
    """A seed's time beside another, of its time alone, in words too; None where it cannot be
    trained so. The least of some tries, which other work on the machine disturbs least."""
    alone, beside = list[float](), list[float]()
    for _ in range(TRIES):
        ways: tuple[tuple[Trainer, tuple[int, ...], list[float]], ...]
        ways = ("autograd", FEW[:1], alone), ("vectorized", FEW, beside)
        for trainer, seeds, times in ways:
            runs = [
                next(_run(task, [arm], device, trainer, seeds, epochs, on)) for epochs in (1, 3)
            ]
            if any(one.status == "failed" for one in runs):
                return None, f"it cannot be trained side by side: {runs[0].reason}"
            first, third = (one.train_time_s or 0.0 for one in runs)
            times.append(max(third - first, 1e-9))
    share = min(beside) / min(alone) / len(FEW)
    return share, f"side by side a seed takes {share:.2f} of its time alone"


def _side_by_side(
    task: Task, reasons: Mapping[str, str], device: DeviceKind, on: Execute, processes: int
) -> Iterator[tuple[str, Trial]]:
    """The trials of arms whose seeds train side by side, each with why. All arms at once, as they
    will run."""
    trainers: dict[str, Trainer] = {
        arm: "manual" if task.arms[arm].trainer == "manual" else "vectorized" for arm in reasons
    }
    for trainer in dict.fromkeys(trainers.values()):
        arms = [arm for arm in reasons if trainers[arm] == trainer]
        few, longer, many = (
            {
                one.arm: one
                for one in _run(task, arms, device, trainer, seeds, epochs, on, processes)
            }
            for seeds, epochs in ((FEW, 1), (FEW, 3), (MANY, 1))
        )
        for arm in arms:
            yield arm, _from_three(trainer, reasons[arm], few[arm], longer[arm], many[arm])


def _from_three(trainer: Trainer, why: str, few: Result, longer: Result, many: Result) -> Trial:
    """The trial that follows from jobs of `FEW` seeds for one epoch and for three, and of `MANY`
    for one."""
    more = max((many.peak_memory_bytes or 0) - (few.peak_memory_bytes or 0), 0) / (
        len(MANY) - len(FEW)
    )
    start_s, epoch_s = _start_and_epoch(few, longer)
    memory = None if start_s is None else few.peak_memory_bytes
    return Trial(trainer, why, start_s, epoch_s, memory, more, seeds=len(FEW))


def _start_and_epoch(one: Result, three: Result) -> tuple[float | None, float | None]:
    """Seconds before the first epoch and of each, from a job of one epoch and one of three. None
    where one failed."""
    if one.run_time_s is None or three.run_time_s is None:
        return None, None
    epoch_s = max(three.run_time_s - one.run_time_s, 0.0) / 2
    return one.run_time_s - epoch_s, epoch_s


def _run(
    task: Task,
    arms: Sequence[str],
    device: DeviceKind,
    trainer: Trainer,
    seeds: Sequence[int],
    epochs: int,
    on: Execute,
    processes: int = 1,
) -> Iterator[Result]:
    """The result of a job of a few epochs for each arm (the first seed's)."""
    fixed = {
        arm: {"epochs": epochs} if task.arms[arm].train else {"trainer": trainer, "epochs": epochs}
        for arm in arms
    }
    changed = {arm: task.arms[arm].model_copy(update=fixed[arm]) for arm in arms}
    jobs = make_plan(task.model_copy(update={"arms": changed}), device=device, seeds=seeds).jobs
    for result in on(
        jobs, processes=processes, imports={name for job in jobs for name in job.imports}
    ):
        if result.seed == seeds[0]:
            yield result


def _why_alone(alone: Result, settings: ResolvedArm, seeds: int, device: DeviceKind) -> str | None:
    """Why one seed after another is fastest, or the only way; None where it may not be. `alone`: a
    run of one epoch."""
    if why := one_after_another(settings):
        return f"many at once cannot be: {why}"
    if alone.status == "failed" or not alone.train_time_s or alone.train_flops is None:
        return f"its trial gave no time: {alone.reason}"
    total_s = alone.train_time_s * settings.epochs * seeds
    if total_s < SHORT_S:
        return f"all of its training takes {total_s:.1f} s"
    rate = alone.train_flops / alone.train_time_s
    return (
        f"one seed alone does {rate / 1e9:.0f} GFLOP/s" if rate > BUSY_FLOPS_PER_S[device] else None
    )
