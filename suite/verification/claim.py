"""Whether a published claim holds: today's rules, on the runs that verify, give the same verdicts.

Equal bits say that a run is what its record says. They do not say that it is a run of the arm that
the verdict names, that no seed was left out, or that the margin is the one that the task declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from suite.analysis.analyse import analyse
from suite.analysis.study import Study
from suite.plan.plan import Plan, make_plan
from suite.provenance.environment import Describe
from suite.result import Result
from suite.task.schema import Task
from suite.task.seeds import seed_ranges
from suite.task.variants import with_trainers
from suite.verification.certificate import Certificate, measured_costs
from suite.verification.checks import Check
from suite.verification.declaration import list_declaration_changes, list_plan_changes
from suite.verification.published import Published, extra_seeds, list_record_problems
from suite.verification.verdicts import list_verdict_changes, list_verdicts


@dataclass(frozen=True)
class ClaimCheck:
    """What is said of the verdicts that were published of a task on a device.

    `problems`: where the task, its plan or its records are not today's. `changes`: where a verdict
    is another. `verdicts`: the recomputed ones, by what they are on. `rerun` of the `recorded` runs
    were run again, and `agreed` of them are what their records say. `notes`: what a reader must
    know besides. `is_of_logs`: the runs were measured elsewhere, and nothing was run again.
    """

    title: str
    problems: tuple[str, ...]
    changes: tuple[str, ...]
    verdicts: Mapping[str, str]
    recorded: int
    rerun: int
    agreed: int
    notes: tuple[str, ...] = ()
    is_of_logs: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all runs behind the verdicts were run again."""
        return self.rerun == self.recorded

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it, and at least one run was run again."""
        return not self.problems and not self.changes and 0 < self.rerun == self.agreed


def check_claim(
    published: Published, task: Task, checks: Iterable[Check], describe: Describe
) -> ClaimCheck:
    """Whether what was published of a task holds.

    `task`: today's. `checks`: of the runs that were run again, of other tasks too. `describe`: the
    environment in which they ran.
    """
    today = _plan_today(published, task, describe)
    keys = {run.key for run in published.runs}
    of_runs = [check for check in checks if check.certificate.key in keys]
    before = list_verdicts(analyse(published.study))
    now = list_verdicts(analyse(recompute(published.study, today.task, of_runs)))
    extra = extra_seeds(published, task)
    return ClaimCheck(
        published.title,
        (
            *list_declaration_changes(published.plan.task, today.task),
            *list_plan_changes(published.plan, today, published.asked),
            *list_record_problems(published, task),
        ),
        tuple(list_verdict_changes(before, now)),
        now,
        recorded=len(published.runs),
        rerun=len(of_runs),
        agreed=sum(check.is_good for check in of_runs),
        is_of_logs=task.is_measured_elsewhere,
        notes=(f"seeds {seed_ranges(extra)} are more than the task asks for",) if extra else (),
    )


def recompute(study: Study, task: Task, checks: Sequence[Check]) -> Study:
    """The study with today's `task`, of the runs that verify.

    Every run is that of the arm which its record names, whatever the published plan says. Where all
    runs were run again, they have the values of the re-runs. Of a part of them only those that do
    not agree have: values of two machines are no pairs. What could not be run again is left out.
    """
    by_key = {check.certificate.key: check for check in checks}
    is_whole = all(run.key in by_key for results in study.results.values() for run in results)
    by_arm: dict[str, dict[tuple[str, int], Result]] = {arm: {} for arm in task.arms}
    for run in (run for results in study.results.values() for run in results):
        check = by_key.get(run.key)
        if run.arm in by_arm and run.block in task.data_sets:
            if check is None or (check.is_good and not is_whole):
                by_arm[run.arm][run.block, run.seed] = run
            elif check.rerun is not None:
                by_arm[run.arm][run.block, run.seed] = _with_values(run, check.rerun)
    results = {arm: tuple(_in_order(task, runs)) for arm, runs in by_arm.items()}
    return replace(study, task=task, results=results)


def _plan_today(published: Published, task: Task, describe: Describe) -> Plan:
    """Today's plan, where arms that leave the choice have the trainers that were published."""
    arms = published.plan.task.arms
    trainers = {name: arm.trainer for name, arm in arms.items() if arm.trainer != "auto"}
    return make_plan(with_trainers(task, trainers), device=published.plan.device, describe=describe)


def _with_values(run: Result, rerun: Certificate) -> Result:
    """The record with what came out when it was run again."""
    costs = measured_costs(rerun.question) if rerun.status == "ok" else ()
    metrics = {name: run.metrics[name] for name in run.metrics if name in costs}
    metrics |= {name: float.fromhex(bits) for name, bits in rerun.metrics.items()}
    values = {"status": rerun.status, "metrics": metrics, "parameters": rerun.parameters}
    if metrics != run.metrics:  # what is kept of the test items is of the other values
        values |= {"items": None, "items_metric": None, "test_set": None}
    return run.model_copy(update=values)


def _in_order(task: Task, runs: Mapping[tuple[str, int], Result]) -> Iterator[Result]:
    """The runs of an arm, data set by data set, by seed."""
    blocks = list(task.data_sets)
    for key in sorted(runs, key=lambda key: (blocks.index(key[0]), key[1])):
        yield runs[key]
