"""Jobs: the runs of one arm that differ only in seed, and the code that they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from functools import cache

from suite.data.registry import source_of
from suite.provenance.identity import run_key
from suite.provenance.installed import is_installed
from suite.provenance.seeding import run_streams
from suite.provenance.source import Source, changed_code, read_source, source_digest
from suite.result import DeviceKind, cell_name
from suite.task.arms import ResolvedArm
from suite.task.choices import Direction
from suite.task.commands import MetricSource
from suite.task.components import Metric
from suite.task.datasets import Data
from suite.task.protocol import Limits


@dataclass(frozen=True)
class Trainer:
    """`train`: "module:function". `seeds_per_job`: how many seeds one job holds at most."""

    train: str
    seeds_per_job: int


# autograd trains one seed after another, so jobs of one cost nothing and keep all cores busy; the
# others train them at once, which is far cheaper where a step is mostly dispatch. A seed's bits do
# not depend on its job (tests/training/test_vectorized.py).
TRAINERS = {
    "autograd": Trainer("suite.training.autograd:train", seeds_per_job=1),
    "vectorized": Trainer("suite.training.vectorized:train", seeds_per_job=128),
    "manual": Trainer("suite.training.manual:train", seeds_per_job=128),
    "portable": Trainer("suite.training.portable:train", seeds_per_job=1),
    "own": Trainer("suite.training.custom:train", seeds_per_job=1),
    "command": Trainer("suite.execution.commands.outcome:finish", seeds_per_job=1),
}

# Where a run of a model begins: in its process, and in the server that the process is forked from.
# What these reach counts, up to the borders of suite.provenance.graph.
EVERY_RUN = ("suite.execution.child_program:work", "suite.execution.preload")
# The same of a training loop of the user's, which runs in one process and is scored in another.
EVERY_OWN_LOOP = (
    "suite.execution.child_program:learn",
    "suite.execution.child_program:score",
    "suite.execution.preload",
)
# The same of a command: the process that it starts, what it left, and the record of it.
EVERY_COMMAND = (
    "suite.execution.commands.jobs:run_of",
    "suite.execution.commands.process:start_command",
    "suite.execution.commands.entry",
    "suite.execution.commands.outcome:finish",
    "suite.execution.commands.jobs:_result",
)


@dataclass(frozen=True)
class References:
    """The code that an arm reaches, each "module:name".

    `named`: its losses and metrics, and what else is the user's. `recipe` makes what the trainer is
    given from a job. `every_run`: what every run passes through.
    """

    trainer: str
    model: str
    data: str
    named: tuple[str, ...] = ()
    recipe: str = "suite.training.job_recipe:make_recipe"
    every_run: tuple[str, ...] = EVERY_RUN

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """All references by what they are for, those of what every run passes through included."""
        return {
            "trainer": (self.trainer,),
            "model": (self.model,),
            "data": (self.data,),
            "named": self.named,
            "recipe": (self.recipe,),
            "every run": self.every_run,
        }

    def source(self) -> Source:
        """The source that they reach, as the files are now (suite.provenance.source)."""
        return read_source(reference for group in self.roles.values() for reference in group)

    def units(self) -> dict[str, str]:
        """The digests of the pieces of the source, by name."""
        return dict(self.source().units)

    def digest(self) -> str:
        """SHA-256 of the source."""
        return source_digest(self.source().digests)


@dataclass(frozen=True)
class CommandReferences(References):
    """The code that reads what a command leaves; the command's own is no code of ours."""

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """Who starts it and reads the numbers."""
        return {"reader": (self.trainer,), "every run": EVERY_COMMAND}

    def source(self) -> Source:
        """The source that reads them, as it was at first: it is this program's own."""
        return _own_source((self.trainer, *EVERY_COMMAND))


@cache
def _own_source(references: tuple[str, ...]) -> Source:
    return read_source(references)


@dataclass(frozen=True)
class Job:
    """The runs of one arm that differ only in seed.

    `references` names the code that they reach, `source` is its digest. `measures`: the definitions
    of those metrics that are not the suite's own. `block`: the label of the data set, where the
    task has several. Of a command: `sources`, where each metric is left, and the better
    `directions` of all. `study_seeds`: whether functions of the user's are given the seeds of the
    study. `is_trial`: whether what it gives is thrown away. `kept_in`: the folder below which its
    output and its loop's own files are kept; "" where they are not.
    `code`: what must be as it was planned (suite.provenance.source.planned_code).
    """

    task: str
    arm: str
    settings: ResolvedArm
    data: Data
    metrics: tuple[str, ...]
    measures: Mapping[str, Metric]
    device: DeviceKind
    question: str
    environment: str
    references: References
    source: str
    limits: Limits
    seeds: tuple[int, ...]
    block: str = ""
    sources: Mapping[str, MetricSource] = default(default_factory=dict)
    directions: Mapping[str, Direction] = default(default_factory=dict)
    study_seeds: bool = True
    is_trial: bool = False
    kept_in: str = ""
    code: Mapping[str, str] = default(default_factory=dict)

    @property
    def cell(self) -> str:
        """The arm and the data set, by the name that the plan has for them."""
        return cell_name(self.arm, self.block)

    @property
    def field(self) -> str:
        """What messages begin with: the task, the data set where there are several, the arm."""
        return ": ".join(filter(None, (self.task, self.block, f"arms.{self.arm}")))

    @property
    def imports(self) -> set[str]:
        """Installed modules that take long to import, and that its runs need."""
        named = [
            reference.partition(":")[0]
            for reference in (self.references.model, *self.references.named)
        ]
        return {
            *source_of(self.data).imports,
            *(module for module in named if is_installed(module)),
        }

    def changed_code(self) -> list[str]:
        """The names of files that are not as they were when the job was planned."""
        source = self.references.source()
        if source_digest(source.digests) == self.source:
            return []
        return changed_code(self.code, source.units)

    def measures_cost(self, metric: str) -> bool:
        """Whether the metric is a cost of its runs, and no output is needed for it."""
        return metric in self.measures and self.measures[metric].cost is not None

    def key(self, seed: int) -> str:
        """The run's key: its question and its seed."""
        return run_key(self.question, seed)


def streams_of(job: Job, seed: int) -> dict[str, int]:
    """The seeds of a run's random streams, by name.

    Of several data sets it is their labels, not their names, that tell their streams apart.
    """
    return run_streams(
        job.task,
        job.block or job.data.name,
        job.arm,
        seed,
        vary=job.settings.vary,
        shared_initialisation=job.settings.shared_initialisation,
    )


def users_seed(job: Job, seed: int, stream: str) -> int:
    """The seed that a function of the user's is given, for what it draws from a stream.

    It is the study's own; 0 where the stream is the same under every seed. In a study that was made
    to take streams apart (a placebo, one stream varying) it is the stream's.
    """
    if not job.study_seeds:
        return streams_of(job, seed)[stream]
    return seed if stream in job.settings.vary else 0
