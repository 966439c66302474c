"""Task -> jobs and runs, with their keys. Pure, but for reading the source files that the keys hash; imports no torch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from suite.data import DATASETS
from suite.environment import describe, environment_id
from suite.errors import SuiteError
from suite.models import MODELS
from suite.question import Parts, question_id, run_key
from suite.references import check
from suite.source import source_digest, source_units
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
}
FEWEST_PER_JOB = 32  # fewer seeds at once take hardly less time


EVERY_RUN = (
    "suite.training.prepare:fix_numerics",
    "suite.training.prepare:make_recipe",
    "suite.training.prepare:make_replicate",
    "suite.streams:run_streams",
)


@dataclass(frozen=True)
class References:
    """The code that an arm reaches, each "module:name". `named`: its losses and metrics."""

    trainer: str
    model: str
    data: str
    named: tuple[str, ...] = ()

    def units(self) -> dict[str, str]:
        """The source by unit (suite.source), that of what prepares and measures every run included."""
        return source_units((self.trainer, self.model, self.data, *self.named, *EVERY_RUN))

    def digest(self) -> str:
        """SHA-256 of the source."""
        return source_digest(self.units())


@dataclass(frozen=True)
class Job:
    """The runs of one arm that differ only in seed. `references` names the code that they reach, `source` is its digest."""

    task: str
    arm: str
    settings: ResolvedArm
    data: Data
    metrics: tuple[str, ...]
    device: str
    question: str
    environment: str
    references: References
    source: str
    limits: Limits
    seeds: tuple[int, ...]

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
            raise SuiteError(f"{task.name}: arms.{arm}.model: {error}") from None
        questions[arm] = question_id(parts[arm])
        size = TRAINERS[settings.trainer].seeds_per_job
        jobs += [
            Job(
                task=task.name,
                arm=arm,
                settings=settings,
                data=task.data,
                metrics=tuple(task.metrics),
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
    """The code behind the names of an arm. Raises SuiteError for a model that does not exist."""
    model = MODELS.get(settings.model, settings.model)
    if model == settings.model and ":" not in model:
        raise SuiteError(f'expected one of {", ".join(MODELS)} or "package.module:factory", got {model!r}')
    check(model)
    named = [f"suite.losses:{name}" for name in settings.loss] + [f"suite.metrics:{name}" for name in task.metrics]
    return References(TRAINERS[settings.trainer].train, model, DATASETS[task.data.name].load, tuple(sorted(named)))


def arm_question(task: Task, arm: str, device: str, source: Mapping[str, str]) -> Parts:
    """What an arm's runs ask, but for the seed: the resolved arm, data, metrics, device kind and source."""
    return {
        "task": task.name,
        "version": task.version,
        "arm": arm,
        "settings": task.resolve(arm).model_dump(mode="json"),
        "data": task.data.model_dump(mode="json"),
        "metrics": sorted(task.metrics),
        "device": device,
        "content": DATASETS[task.data.name].content,
        "source": source,
    }
