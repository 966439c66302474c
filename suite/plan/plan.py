"""From a task to its jobs and runs, with their keys.

Pure, but for reading the source files that the keys hash; imports no torch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from suite.data.registry import source_of
from suite.errors import SuiteError
from suite.plan.checks import arm_references, measures_of
from suite.plan.job import TRAINERS, Job, References
from suite.plan.lanes import whole_blocks
from suite.provenance.commands import command_digest
from suite.provenance.environment import (
    Describe,
    describe,
    describe_elsewhere,
    describe_for_commands,
    environment_id,
)
from suite.provenance.git import resolve_revision
from suite.provenance.identity import Parts, question_id
from suite.provenance.lookup import digest_of
from suite.provenance.source import Source, planned_code, source_digest
from suite.result import DeviceKind, cell_name
from suite.task.commands import MetricSource
from suite.task.schema import Task

FEWEST_SEEDS_PER_JOB = 32  # fewer seeds at once take hardly less time


@dataclass(frozen=True)
class Plan:
    """All that a task asks for on one device in one environment.

    `environment` is the id of `environment_fields`. `questions`: the id of each arm's question on
    each data set, by the name of the two (`cell_name`); `parts`: of what it consists.
    """

    task: Task
    device: DeviceKind
    environment: str
    environment_fields: Mapping[str, str]
    questions: dict[str, str]
    parts: dict[str, Parts]
    jobs: tuple[Job, ...]

    def without(self, stored: Collection[str]) -> Plan:
        """The same plan less the runs whose keys are in `stored`."""
        rest = (
            replace(job, seeds=tuple(s for s in job.seeds if job.key(s) not in stored))
            for job in self.jobs
        )
        return replace(self, jobs=tuple(job for job in rest if job.seeds))

    def divided(self, slots: int) -> Plan:
        """The same runs in as many jobs as keep so many slots busy."""
        jobs = [part for job in self.jobs for part in _divide(job, slots)]
        return replace(self, jobs=tuple(jobs))

    def jobs_by_cell(self) -> dict[str, list[Job]]:
        """The jobs of each arm on each data set, by the name of the two; there may be none."""
        by_cell: dict[str, list[Job]] = {cell: [] for cell in self.questions}
        for job in self.jobs:
            by_cell[job.cell].append(job)
        return by_cell

    @property
    def run_count(self) -> int:
        """The number of runs."""
        return sum(len(job.seeds) for job in self.jobs)


def _divide(job: Job, slots: int) -> Iterator[Job]:
    """Jobs of whole blocks of lanes: others would leave lanes empty."""
    share = -(-len(job.seeds) // slots)
    size = max(FEWEST_SEEDS_PER_JOB, whole_blocks(share))
    for start in range(0, len(job.seeds), size):
        yield replace(job, seeds=job.seeds[start : start + size])


def make_plan(
    task: Task,
    *,
    device: DeviceKind,
    seeds: Sequence[int] | None = None,
    describe: Describe = describe,
) -> Plan:
    """Every arm of `task` on every data set under every seed.

    `describe`: the environment of the runs, where they are not to run on this machine. Raises
    SuiteError for a model or dataset that does not exist.
    """
    seeds = tuple(seeds if seeds is not None else task.protocol.seeds)
    if task.is_measured_elsewhere:
        return _plan_of_logs(task)
    of_task = describe_for_commands if task.is_of_commands else describe
    environment_fields = of_task(device, task.protocol.numerics)
    environment = environment_id(environment_fields)
    questions, parts, jobs = dict[str, str](), dict[str, Parts](), list[Job]()
    sources: dict[References, Source] = {}  # data sets of one kind reach the same code
    for arm, block in task.cells():
        cell, settings = cell_name(arm, block), task.resolve(arm)
        try:
            references = arm_references(task, settings, block)
            source = sources.get(references) or references.source()
            sources[references] = source
            ask = arm_question if settings.command is None else command_question
            parts[cell] = ask(task, arm, device, references, source, block)
        except SuiteError as error:
            field = f"{task.name}: {block}" if block else task.name
            raise SuiteError(f"{field}: arms.{arm}.{error}") from None
        questions[cell] = question_id(parts[cell])
        size = TRAINERS[settings.trainer].seeds_per_job
        whole = Job(
            task=task.name,
            arm=arm,
            settings=settings,
            data=task.data_sets[block],
            metrics=tuple(task.metrics),
            measures=measures_of(task),
            device=device,
            question=questions[cell],
            environment=environment,
            references=references,
            source=source_digest(source.digests),
            limits=task.on(block).limits(arm),
            seeds=seeds,
            block=block,
            sources=_sources(task),
            directions={key: metric.direction for key, metric in task.metrics.items()},
            study_seeds=task.derived_from is None,
            code=planned_code(source.units),
        )
        jobs += [
            replace(whole, seeds=seeds[start : start + size])
            for start in range(0, len(seeds), size)
        ]
    return Plan(task, device, environment, environment_fields, questions, parts, tuple(jobs))


def _plan_of_logs(task: Task) -> Plan:
    """The plan of runs that were measured elsewhere: what they ask, and nothing to run.

    On which device they ran is not known; the plan is the same for all.
    """
    fields = describe_elsewhere()
    parts = {arm: measured_question(task, arm) for arm in task.arms}
    questions = {arm: question_id(asked) for arm, asked in parts.items()}
    return Plan(task, "cpu", environment_id(fields), fields, questions, parts, ())


def measured_question(task: Task, arm: str) -> Parts:
    """What the runs of an arm asked that were measured elsewhere, without the seed.

    All that the log has of it: the configuration, and which value of a run counts.
    """
    measured = task.arms[arm].measured
    if measured is None:
        raise ValueError(f"arms.{arm}: expected runs that were measured elsewhere")
    return {
        "task": task.name,
        "version": task.version,
        "arm": arm,
        "settings": {
            "measured": "elsewhere",
            "configuration": dict(measured.configuration),
            "at": measured.at,
        },
        "metrics": sorted(task.metrics),
        "from": {key: logged_name(task, key) for key in task.metrics},
    }


def logged_name(task: Task, key: str) -> str:
    """What a metric is called in the logs that its values were read from."""
    source = task.metrics[key].source
    return key if source is None or source.key is None else source.key


def arm_question(
    task: Task,
    arm: str,
    device: DeviceKind,
    references: References,
    source: Source,
    block: str = "",
) -> Parts:
    """What the runs of an arm on a data set ask, without the seed.

    The parts are the resolved arm, data, metrics, device kind and source, and the label of the data
    set where there are several, for it names the random streams.
    """
    data = task.data_sets[block]
    measures = {key: metric.model_dump(mode="json") for key, metric in measures_of(task).items()}
    return {
        "task": task.name,
        "version": task.version,
        "arm": arm,
        "settings": task.resolve(arm).model_dump(mode="json", exclude_none=True),
        **({"block": block} if block else {}),
        "data": data.model_dump(mode="json"),
        "metrics": sorted(task.metrics),
        "device": device,
        "content": source_of(data).content,
        "code": {
            role: {reference: source.digests[reference] for reference in group}
            for role, group in references.roles.items()
        },
        "source": source.units,
        **(
            {"measures": {key: _deciding(metric) for key, metric in measures.items()}}
            if measures
            else {}
        ),
    }


def command_question(
    task: Task,
    arm: str,
    device: DeviceKind,
    references: References,
    source: Source,
    block: str = "",
) -> Parts:
    """What the runs of a command ask, without the seed.

    Its words, the files and programs that they are known to read, how its numbers are read, and the
    device. What it prints and what it costs are no part of that, and neither is the task's name,
    which a command is not told.
    """
    command = task.arms[arm].command
    if command is None:
        raise ValueError(f"arms.{arm}: expected a command")
    folder = Path.cwd() / (command.folder or "")
    if command.revision is None:
        files = command_digest(command.words, folder, command.inputs)
    else:
        commit = resolve_revision(command.revision, folder)
        files = {"command": digest_of(list(command.words)), "revision": commit}
    return {
        "version": task.version,
        "arm": arm,
        **({"block": block} if block else {}),
        "settings": command.model_dump(mode="json", exclude_defaults=True),
        "files": files,
        "metrics": sorted(task.metrics),
        "from": _read_by(task),
        **({"costs": costs} if (costs := _costs(task)) else {}),
        "device": device,
        "code": {
            role: {reference: source.digests[reference] for reference in group}
            for role, group in references.roles.items()
        },
        "source": source.units,
    }


def _sources(task: Task) -> dict[str, MetricSource]:
    """Where commands leave the metrics, by key."""
    return {
        key: metric.source or MetricSource()
        for key, metric in task.metrics.items()
        if metric.cost is None
    }


def _costs(task: Task) -> dict[str, str]:
    """The metrics that are costs of a run, by key."""
    return {key: metric.cost for key, metric in task.metrics.items() if metric.cost is not None}


def _read_by(task: Task) -> dict[str, dict[str, Any]]:
    """How each metric is read; which values are better decides a number only where it is a best."""
    return {
        key: source.model_dump(mode="json")
        | ({"direction": task.metrics[key].direction} if source.at == "best" else {})
        for key, source in _sources(task).items()
    }


def _deciding(metric: dict[str, Any]) -> dict[str, Any]:
    """What decides a metric's values: not its direction, margin and unit."""
    return {
        name: value
        for name, value in metric.items()
        if name in ("name", "arguments", "output", "target", "optional") and value
    }
