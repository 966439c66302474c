"""What a store or a folder of records holds, as studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.importers.measured import Observed
from suite.plan.plan import Plan
from suite.result import Result
from suite.store.documents import last_plan_record, plan_records
from suite.store.records import ResultSource


def studies(store: ResultSource) -> list[Study]:
    """What the store holds for the tasks as they were last run: a study per task and device, in
    order of name.

    Tasks that examine another one (a placebo, one stream varying) are left out: their commands show
    them."""
    found = []
    for plan in plan_records(store).values():
        if plan.task.derived_from is None:
            results = _results(store, plan.questions, plan.environment)
            found.append(
                Study(plan.task, plan.device, plan.environment, results, sequential=plan.sequential)
            )
    return found


def study_of(plan: Plan, store: ResultSource) -> Study:
    """What the store holds for one plan, under whatever seeds."""
    last = last_plan_record(store, plan.task.name, plan.device)
    results = _results(store, plan.questions, plan.environment)
    is_sequential = last is not None and last.sequential
    return Study(plan.task, plan.device, plan.environment, results, sequential=is_sequential)


def observed(store: ResultSource, metric: str | None) -> dict[str, Observed]:
    """Every arm that the store holds, as "task/arm", with "@device" where the task was run on
    several; under `metric`, else the task's first. Raises SuiteError where no task has the metric.
    """
    found, everything = {}, studies(store)
    devices = Counter(study.task.name for study in everything)
    for study in everything:
        wanted = metric or study.primary_metric
        for arm in study.task.arms if wanted in study.task.metrics else ():
            name = f"{study.task.name}/{arm}" + f"@{study.device}" * (devices[study.task.name] > 1)
            values = {str(seed): value for seed, value in study.values(arm, wanted).items()}
            without = len(study.seeds_without_result(arm))
            if not values and not without:
                continue  # the arm does not have this metric
            found[name] = Observed(
                name,
                wanted,
                values,
                without=without,
                rule=study.task.metrics[wanted],
                max_failed_share=study.task.protocol.max_failed_share,
                sequential=study.sequential,
                environment=study.environment,
            )
    if metric is not None and everything and not found:
        known = dict.fromkeys(name for study in everything for name in study.task.metrics)
        raise SuiteError(f"--metric: expected one of {', '.join(known)}, got {metric!r}")
    return found


def _results(
    store: ResultSource, questions: Mapping[str, str], environment: str
) -> dict[str, tuple[Result, ...]]:
    return {arm: tuple(store.results(question, environment)) for arm, question in questions.items()}
