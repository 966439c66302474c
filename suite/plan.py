"""Task -> jobs and runs, with their keys. Pure, but for reading the source files that the keys hash; imports no torch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from suite.data import DATASETS, source_of
from suite.environment import describe, environment_id
from suite.errors import SuiteError
from suite.ingredients import Metric, Term
from suite.models import MODELS
from suite.question import Parts, question_id, run_key
from suite.references import check
from suite.signatures import LOSSES, METRICS, OPTIMIZERS, SCHEDULES, find, require_call
from suite.source import is_installed, source_digest, source_units
from suite.streams import run_streams
from suite.task import Data, Limits, ResolvedArm, Task


@dataclass(frozen=True)
class Trainer:
    """`train`: "module:function". `seeds_per_job`: how many seeds one job holds at most."""

    train: str
    seeds_per_job: int


# autograd trains one seed after another, so jobs of one cost nothing and keep all cores busy; the others train them at
# once, which is far cheaper where a step is mostly dispatch. A seed's bits do not depend on its job (tests/test_vectorized.py).
TRAINERS = {
    "autograd": Trainer("suite.training.autograd:train", seeds_per_job=1),
    "vectorized": Trainer("suite.training.vectorized:train", seeds_per_job=128),
    "manual": Trainer("suite.training.manual:train", seeds_per_job=128),
    "own": Trainer("suite.training.own:train", seeds_per_job=1),
}
FEWEST_PER_JOB = 32  # fewer seeds at once take hardly less time


EVERY_RUN = ("suite.training.prepare:fix_numerics", "suite.streams:run_streams")


@dataclass(frozen=True)
class References:
    """The code that an arm reaches, each "module:name". `named`: its losses and metrics, and what else is the user's.
    `recipe` and `replicate` make what the trainer is given."""

    trainer: str
    model: str
    data: str
    named: tuple[str, ...] = ()
    recipe: str = "suite.training.prepare:make_recipe"
    replicate: str = "suite.training.prepare:make_replicate"

    def units(self) -> dict[str, str]:
        """The source by unit (suite.source), that of what prepares and measures every run included."""
        return source_units((self.trainer, self.model, self.data, *self.named, self.recipe, self.replicate, *EVERY_RUN))

    def digest(self) -> str:
        """SHA-256 of the source."""
        return source_digest(self.units())


@dataclass(frozen=True)
class Job:
    """The runs of one arm that differ only in seed. `references` names the code that they reach, `source` is its digest.
    `measures`: the definitions of those metrics that are not the suite's own."""

    task: str
    arm: str
    settings: ResolvedArm
    data: Data
    metrics: tuple[str, ...]
    measures: Mapping[str, Metric]
    device: str
    question: str
    environment: str
    references: References
    source: str
    limits: Limits
    seeds: tuple[int, ...]

    @property
    def imports(self) -> set[str]:
        """Installed modules that take long to import, and that its runs need."""
        named = [reference.partition(":")[0] for reference in (self.references.model, *self.references.named)]
        return {*source_of(self.data).imports, *(module for module in named if is_installed(module))}

    def key(self, seed: int) -> str:
        """The run's key: its question and its seed."""
        return run_key(self.question, seed)

    def streams(self, seed: int) -> dict[str, int]:
        """The seeds of the run's random streams, by name."""
        shared = self.settings.shared_initialisation
        vary = self.settings.vary
        return run_streams(self.task, self.data.name, self.arm, seed, vary=vary, shared_initialisation=shared)


@dataclass(frozen=True)
class Plan:
    """All that a task asks for on one device. `questions`: the id of each arm's question; `parts`: of what it consists."""

    task: Task
    device: str
    environment: str
    questions: dict[str, str]
    parts: dict[str, Parts]
    jobs: tuple[Job, ...]

    def without(self, stored: Collection[str]) -> Plan:
        """The same plan less the runs whose keys are in `stored`."""
        rest = (replace(job, seeds=tuple(s for s in job.seeds if job.key(s) not in stored)) for job in self.jobs)
        return replace(self, jobs=tuple(job for job in rest if job.seeds))

    def divided(self, processes: int) -> Plan:
        """The same runs in as many jobs as keep so many processes busy."""
        jobs = [part for job in self.jobs for part in _parts(job, processes)]
        return replace(self, jobs=tuple(jobs))

    @property
    def run_count(self) -> int:
        """The number of runs."""
        return sum(len(job.seeds) for job in self.jobs)


def _parts(job: Job, processes: int) -> Iterator[Job]:
    """Blocks of a multiple of 16 seeds: a seed keeps its place modulo 16, so others leave places empty."""
    share = -(-len(job.seeds) // processes)
    size = max(FEWEST_PER_JOB, -(-share // 16) * 16)
    for start in range(0, len(job.seeds), size):
        yield replace(job, seeds=job.seeds[start : start + size])


def make_plan(task: Task, *, device: str, seeds: Sequence[int] | None = None) -> Plan:
    """Every arm of `task` under every seed. Raises SuiteError for a model or dataset that does not exist."""
    seeds = tuple(seeds if seeds is not None else task.protocol.seeds)
    environment = environment_id(describe(device, task.protocol.numerics))
    questions, parts, jobs = dict[str, str](), dict[str, Parts](), list[Job]()
    for arm in task.arms:
        settings = task.resolve(arm)
        try:
            references = arm_references(task, settings)
            parts[arm] = arm_question(task, arm, device, references.units())
        except SuiteError as error:
            raise SuiteError(f"{task.name}: arms.{arm}.{error}") from None
        questions[arm] = question_id(parts[arm])
        size = TRAINERS[settings.trainer].seeds_per_job
        jobs += [
            Job(
                task=task.name,
                arm=arm,
                settings=settings,
                data=task.data,
                metrics=tuple(task.metrics),
                measures=_measures(task),
                device=device,
                question=questions[arm],
                environment=environment,
                references=references,
                source=source_digest(parts[arm]["source"]),
                limits=task.limits(arm),
                seeds=seeds[start : start + size],
            )
            for start in range(0, len(seeds), size)
        ]
    return Plan(task, device, environment, questions, parts, tuple(jobs))


def arm_references(task: Task, settings: ResolvedArm) -> References:
    """The code behind the names of an arm. Raises SuiteError, with the field, for what does not exist or cannot be called so."""
    with _in("model"):
        model = MODELS.get(settings.model, settings.model)
        if model == settings.model and ":" not in model:
            raise SuiteError(f'expected one of {", ".join(MODELS)} or "package.module:factory", got {model!r}')
        check(model)
    source, trainer = source_of(task.data), TRAINERS[settings.trainer].train
    if is_plain(task, settings):
        with _in("arguments"):
            require_call(model, settings.arguments)
        named = [f"suite.losses:{name}" for name in settings.loss] + [f"suite.metrics:{name}" for name in task.metrics]
        return References(trainer, model, source.load, tuple(sorted(named)))
    _check_names(settings, model)
    users = [*source.users, *_named_losses(settings), *_named_metrics(task)]
    for reference in source.users:
        with _in("data"):
            check(reference)
    recipe, replicate = "suite.training.named:make_recipe", "suite.training.named:make_replicate"
    if settings.train is not None:
        users, recipe = [*users, settings.train], "suite.training.own:make_recipe"
    elif settings.trainer == "autograd":
        trainer = "suite.training.general:train"
    return References(trainer, model, source.load, tuple(sorted(users)), recipe, replicate)


def is_plain(task: Task, settings: ResolvedArm) -> bool:
    """Whether an arm is made of the suite's own data, losses and metrics and a usual optimiser alone (suite.training.prepare)."""
    names_its_own = any(isinstance(term, Term) or _is_named(name) for name, term in settings.loss.items())
    return not (
        task.data.name not in DATASETS
        or names_its_own
        or settings.train
        or settings.schedule
        or settings.optimizer.arguments is not None
        or _measures(task)
    )


def _is_named(loss: str) -> bool:
    return ":" in loss or loss[:1].isupper()


def _measures(task: Task) -> dict[str, Metric]:
    return {key: metric for key, metric in task.metrics.items() if metric.name is not None}


def _check_names(settings: ResolvedArm, model: str) -> None:
    """Raises SuiteError, with the field, for a name that is not there or arguments that it does not take."""
    if settings.train is not None:
        with _in("train"):
            require_call(settings.train, (), given=4)
        return
    with _in("arguments"):
        require_call(model, settings.arguments)
    with _in("optimizer"):
        arguments = settings.optimizer.arguments or {}
        require_call(find(OPTIMIZERS, settings.optimizer.name), {"lr": 0, **arguments}, given=1)
    if settings.schedule is not None:
        with _in("schedule"):
            require_call(find(SCHEDULES, settings.schedule.name), settings.schedule.arguments, given=1)


def _named_losses(settings: ResolvedArm) -> Iterator[str]:
    """The code of the losses that is not torch's, which counts in the environment."""
    for label, value in settings.loss.items() if settings.train is None else ():
        term = value if isinstance(value, Term) else Term(name=label)
        with _in(f"loss.{label}"):
            if ":" in term.name:
                require_call(term.name, term.arguments, given=2)
                yield term.name
            elif _is_named(term.name):
                require_call(find(LOSSES, term.name), term.arguments)
            else:
                yield f"suite.losses:{term.name}"


def _named_metrics(task: Task) -> Iterator[str]:
    for key, metric in task.metrics.items():
        with _in(f"metrics.{key}"):
            if metric.name is None:
                yield f"suite.metrics:{key}"
            elif ":" in metric.name:
                require_call(metric.name, metric.arguments, given=2)
                yield metric.name
            elif metric.name != "reported":
                require_call(found := find(METRICS, metric.name), metric.arguments)
                yield found


@contextmanager
def _in(field: str) -> Iterator[None]:
    """Puts the field before the message of a SuiteError."""
    try:
        yield
    except SuiteError as error:
        raise SuiteError(f"{field}: {error}") from None


def arm_question(task: Task, arm: str, device: str, source: Mapping[str, str]) -> Parts:
    """What an arm's runs ask, but for the seed: the resolved arm, data, metrics, device kind and source."""
    measures = {key: metric.model_dump(mode="json") for key, metric in _measures(task).items()}
    return {
        "task": task.name,
        "version": task.version,
        "arm": arm,
        "settings": task.resolve(arm).model_dump(mode="json", exclude_none=True),
        "data": task.data.model_dump(mode="json"),
        "metrics": sorted(task.metrics),
        "device": device,
        "content": source_of(task.data).content,
        "source": source,
        **({"measures": {key: _measured(one) for key, one in measures.items()}} if measures else {}),
    }


def _measured(metric: dict[str, Any]) -> dict[str, Any]:
    """What decides a metric's values: not its direction, margin and unit."""
    return {
        name: value for name, value in metric.items() if name in ("name", "arguments", "output", "target") and value
    }
