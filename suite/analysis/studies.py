"""What a store or a folder of records holds, as studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from suite.analysis.compare_study import pairs_of_study
from suite.analysis.pairs import Pair, Values
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm
from suite.plan.plan import Plan
from suite.result import Result
from suite.store.documents import PlanRecord, last_plan_record, plan_records
from suite.store.looks import Look, find_top_up, read_looks
from suite.store.records import ResultSource


def read_studies(source: ResultSource) -> list[Study]:
    """What is stored for the tasks as they were last run: a study per task and device, by name.

    Tasks that examine another one (a placebo, one stream varying) are left out: their commands show
    them.
    """
    looks = read_looks(source)
    return [
        _study(plan, source, looks, until_decided=plan.sequential)
        for plan in plan_records(source).values()
        if plan.task.derived_from is None
    ]


def read_study(plan: Plan, source: ResultSource) -> Study:
    """What is stored for one plan, under whatever seeds."""
    last = last_plan_record(source, plan.task.name, plan.device)
    until_decided = last is not None and last.sequential
    return _study(plan, source, read_looks(source), until_decided=until_decided)


def _study(
    plan: Plan | PlanRecord, source: ResultSource, looks: Sequence[Look], *, until_decided: bool
) -> Study:
    """A study, sequential too where seeds were added after a look at two of its arms."""
    study = Study(
        plan.task,
        plan.device,
        plan.environment,
        _read_results(source, plan.questions, plan.environment),
    )
    seeds = {
        (question, plan.environment): study.good_seeds(arm)
        for arm, question in plan.questions.items()
    }
    top_up = find_top_up(looks, seeds)
    return replace(study, sequential=until_decided or top_up is not None, top_up=top_up)


def read_measured_arms(source: ResultSource, metric: str | None) -> dict[str, MeasuredArm]:
    """Every stored arm by its name, "task/arm", under `metric` or else the task's first metric.

    The name ends with "@device" where the task was run on several devices. Raises SuiteError where
    no task has the metric.
    """
    studies = read_studies(source)
    devices = Counter(study.task.name for study in studies)
    arms = [
        measured
        for study in studies
        for arm in study.task.arms
        if (measured := _measured_arm(study, arm, metric, several=devices[study.task.name] > 1))
    ]
    if metric is not None and studies and not arms:
        known = dict.fromkeys(name for study in studies for name in study.task.metrics)
        raise SuiteError(f"--metric: expected one of {', '.join(known)}, got {metric!r}")
    return {arm.name: arm for arm in arms}


def read_family(source: ResultSource, first: str, second: str, metric: str | None) -> list[Pair]:
    """The pairs that a task asks about together with two of its arms, named as "task/arm".

    Of the same metric's family; empty where no task compares the two.
    """
    studies = read_studies(source)
    devices = Counter(study.task.name for study in studies)
    for study in studies:
        names = {
            _name(study, arm, several=devices[study.task.name] > 1): arm for arm in study.task.arms
        }
        asked = {names.get(first), names.get(second)}
        wanted = metric or study.primary_metric
        pairs = pairs_of_study(study)
        family = [p for p in pairs if p.is_primary == (wanted == study.primary_metric)]
        rest = [p for p in family if {p.first, p.second} != asked or p.metric != wanted]
        if len(rest) < len(family):
            return [replace(p, a=_by_text(p.a), b=_by_text(p.b)) for p in rest]
    return []


def _by_text(values: Values) -> Values:
    """The values by their seed as measured arms have it."""
    return {str(seed): value for seed, value in values.items()}


def _name(study: Study, arm: str, *, several: bool) -> str:
    """What an arm of a store is called; `several`: its task was run on several devices."""
    return f"{study.task.name}/{arm}" + f"@{study.device}" * several


def _measured_arm(
    study: Study, arm: str, metric: str | None, *, several: bool
) -> MeasuredArm | None:
    """One arm of a study; None where it does not have the metric."""
    metric = metric or study.primary_metric
    if metric not in study.task.metrics:
        return None
    values = {str(seed): value for seed, value in study.values(arm, metric).items()}
    without_value = len(study.seeds_without_result(arm))
    if not values and not without_value:
        return None
    return MeasuredArm(
        _name(study, arm, several=several),
        metric,
        values,
        without_value=without_value,
        rule=study.task.metrics[metric],
        max_failed_share=study.task.protocol.max_failed_share,
        sequential=study.sequential,
        environment=study.environment,
        stored=study.identify(arm),
    )


def _read_results(
    source: ResultSource, questions: Mapping[str, str], environment: str
) -> dict[str, tuple[Result, ...]]:
    return {
        arm: tuple(source.results(question, environment)) for arm, question in questions.items()
    }
