"""What was published of a task: its plan, the runs behind its verdicts, and what they asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from suite.analysis.studies import read_studies
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.provenance.environment import environment_id
from suite.provenance.identity import Parts, run_key
from suite.result import Result, cell_name
from suite.store.documents import PlanRecord, last_plan_record
from suite.store.records import ResultSource
from suite.task.schema import Task
from suite.task.seeds import seed_ranges


@dataclass(frozen=True)
class Published:
    """A study with the plan that chose its runs.

    `asked`: the question of each arm, by its name in the plan, where it is stored beside the runs.
    `environment`: the fields of the environment of the runs; empty where they are not stored.
    """

    plan: PlanRecord
    study: Study
    asked: Mapping[str, Parts]
    environment: Mapping[str, str]

    @property
    def title(self) -> str:
        """The task and where its runs were made."""
        return f"{self.study.task.name} {self.study.where}"

    @property
    def runs(self) -> tuple[Result, ...]:
        """All runs behind the verdicts, failed ones included."""
        return tuple(run for results in self.study.results.values() for run in results)


def read_published(source: ResultSource) -> list[Published]:
    """What a store or a folder of records says of every task and device.

    Raises SuiteError where a plan lies under a name that is not its own.
    """
    questions, environments = source.documents("question"), source.documents("environment")
    found = []
    for study in read_studies(source):
        plan = last_plan_record(source, study.task.name, study.device)
        if plan is None:  # it lies there under the name of another task or device
            raise SuiteError(
                f"{study.task.name} on {study.device}: expected its plan under this name, got it"
                " under another: write the records again with `suite report`"
            )
        asked = {
            cell: questions[question]
            for cell, question in plan.questions.items()
            if question in questions
        }
        fields = environments.get(plan.environment, {})
        found.append(Published(plan, study, asked, fields))
    return found


def list_record_problems(published: Published, today: Task) -> list[str]:
    """Why the runs behind the verdicts are not those of the plan, a line each.

    A run of another arm, one whose key is not that of its question and seed, a seed that is missing
    or there twice, an environment that is not what its id stands for.
    """
    lines = list(_wrong_runs(published)) + list(_missing_seeds(published, today))
    if not published.environment:
        lines.append("environment: expected its fields beside the records, found none")
    elif environment_id(published.environment) != published.plan.environment:
        lines.append("environment: its fields are not those that its id stands for")
    return lines


def extra_seeds(published: Published, today: Task) -> list[int]:
    """The seeds of runs that the task does not ask for: allowed, but a reader must know."""
    return sorted({run.seed for run in published.runs} - {*today.protocol.seeds})


def _wrong_runs(published: Published) -> Iterator[str]:
    for arm, runs in published.study.results.items():
        others = Counter(run.arm for run in runs if run.arm != arm)
        for other, count in others.items():
            yield f"arm {arm}: {count} of the {len(runs)} records behind it are of arm {other}"
        for run in runs:
            if run.key != run_key(run.question, run.seed):
                yield f"{run.cell} seed {run.seed}: its key is not that of its question and seed"


def _missing_seeds(published: Published, today: Task) -> Iterator[str]:
    """Where an arm lacks seeds that the task asks for, or that another arm has.

    Of a task whose seeds were added from 0 on until there was a verdict only those that another arm
    has: it may end before all of them were run.
    """
    seeds = {run.seed for run in published.runs}
    seeds |= {0} if published.plan.sequential else {*today.protocol.seeds}
    for arm, block in published.study.task.cells():
        runs = [run for run in published.study.results[arm] if run.block == block]
        counts = Counter(run.seed for run in runs)
        cell = cell_name(arm, block)
        if missing := sorted(seeds - counts.keys()):
            yield f"arm {cell}: no record of {_named(missing)}"
        for seed in (seed for seed, count in counts.items() if count > 1):
            yield f"arm {cell}: seed {seed} has more than one record"
    if extra_seeds(published, today):
        yield from _left_out(sorted(seeds), {*today.protocol.seeds})


def _left_out(seeds: Sequence[int], declared: Collection[int]) -> Iterator[str]:
    """Where seeds that the task does not ask for leave a gap: nobody knows why they were chosen."""
    for before, after in pairwise(seeds):
        if after - before > 1 and not {before, after} <= {*declared}:
            yield (
                f"no record of a seed between {before} and {after}, which are not both in the task:"
                " declare there which seeds to run"
            )


def _named(seeds: Sequence[int]) -> str:
    return f"seed{'s' * (len(seeds) > 1)} {seed_ranges(seeds)}"
