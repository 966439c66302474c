"""Task -> jobs and runs, with their keys. Pure, but for reading the source files that the keys hash; imports no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from suite.data import DATASETS
from suite.environment import describe, environment_id
from suite.errors import SuiteError
from suite.models import MODELS
from suite.references import source_digest
from suite.streams import stream_seed
from suite.task import Data, ResolvedArm, Task


@dataclass(frozen=True)
class Trainer:
    """`train`: "module:function". `seeds_per_job`: how many seeds one job holds at most."""

    train: str
    seeds_per_job: int


# autograd trains one seed after another, so jobs of one cost nothing and keep all cores busy; manual trains them at
# once, which is far cheaper. A seed's bits depend on neither (tests/test_training.py).
TRAINERS = {
    "autograd": Trainer("suite.training.autograd:train", seeds_per_job=1),
    "manual": Trainer("suite.training.manual:train", seeds_per_job=100),
}


@dataclass(frozen=True)
class Job:
    """The runs of one arm that differ only in seed."""

    task: str
    arm: str
    settings: ResolvedArm
    data: Data
    metrics: tuple[str, ...]
    device: str
    question: str
    environment: str
    seeds: tuple[int, ...]

    def key(self, seed: int) -> str:
        """The run's key: its question and its seed."""
        return run_key(self.question, seed)

    def streams(self, seed: int) -> dict[str, int]:
        """The seeds of the run's random streams, by name. Only the initialisation may depend on the arm."""
        dataset = self.data.name
        arm = () if self.settings.shared_initialisation else (self.arm,)
        return {
            "data": stream_seed("data", self.task, dataset, seed),
            "batch_order": stream_seed("batch order", self.task, dataset, seed),
            "initialisation": stream_seed("initialisation", self.task, dataset, seed, *arm),
            "noise": stream_seed("noise", self.task, dataset, seed, *arm),
        }


@dataclass(frozen=True)
class Plan:
    """All that a task asks for on one device."""

    task: Task
    device: str
    environment: str
    questions: dict[str, str]
    jobs: tuple[Job, ...]

    def without(self, stored: Collection[str]) -> Plan:
        """The same plan less the runs whose keys are in `stored`."""
        rest = (replace(job, seeds=tuple(s for s in job.seeds if job.key(s) not in stored)) for job in self.jobs)
        return replace(self, jobs=tuple(job for job in rest if job.seeds))

    @property
    def run_count(self) -> int:
        """The number of runs."""
        return sum(len(job.seeds) for job in self.jobs)


def make_plan(task: Task, *, device: str, seeds: Sequence[int] | None = None) -> Plan:
    """Every arm of `task` under every seed. Raises SuiteError for a model or dataset that does not exist."""
    seeds = tuple(seeds if seeds is not None else task.protocol.seeds)
    environment = environment_id(describe(device))
    questions = {arm: arm_question(task, arm, device) for arm in task.arms}
    jobs = []
    for arm in task.arms:
        settings = task.resolve(arm)
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
                seeds=seeds[start : start + size],
            )
            for start in range(0, len(seeds), size)
        ]
    return Plan(task, device, environment, questions, tuple(jobs))


def arm_question(task: Task, arm: str, device: str) -> str:
    """SHA-256 over what an arm's runs ask, but for the seed: the resolved arm, data, metrics, device kind and source."""
    settings, source = task.resolve(arm), DATASETS[task.data.name]
    references = (
        TRAINERS[settings.trainer].train,
        model_reference(settings.model),
        source.load,
        "suite.losses",
        "suite.metrics",
    )
    parts = {
        "task": task.name,
        "version": task.version,
        "arm": arm,
        "settings": settings.model_dump(mode="json"),
        "data": task.data.model_dump(mode="json"),
        "metrics": sorted(task.metrics),
        "device": device,
        "content": source.content,
        "source": source_digest(references),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run_key(question: str, seed: int) -> str:
    """32 hexadecimal digits that stand for a question under a seed."""
    return hashlib.sha256(json.dumps([question, seed]).encode()).hexdigest()[:32]


def model_reference(model: str) -> str:
    """The "module:name" behind a model's name. Raises SuiteError for a name that nobody knows."""
    if ":" in model:
        return model
    if model not in MODELS:
        raise SuiteError(f'model: expected one of {", ".join(MODELS)} or "package.module:factory", got {model!r}')
    return MODELS[model]
