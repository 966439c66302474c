"""What a store or a folder of records holds, as studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from suite.analysis.history import Asked, tell_history, unjournaled, was_sequential
from suite.analysis.number_forms import in_one_form
from suite.analysis.repeat_words import disagreements
from suite.analysis.repeats import find_repeats
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm
from suite.plan.plan import Plan
from suite.plan.recorded_files import with_recorded_files
from suite.result import Result, cell_name
from suite.store.documents import PlanRecord, last_plan_record, plan_records
from suite.store.journal import Journal, read_journal
from suite.store.looks import ArmId, Look, TopUp, find_top_up, read_looks
from suite.store.records import ResultSource, items_documents


def read_studies(source: ResultSource) -> list[Study]:
    """What is stored for the tasks as they were last run: a study per task and device, by name.

    Tasks that examine another one (a placebo, one stream varying) are left out: their commands show
    them.
    """
    looks, journal = read_looks(source), read_journal(source)
    return [
        _study(plan, source, looks, journal, until_decided=plan.sequential)
        for plan in plan_records(source).values()
        if plan.task.derived_from is None
    ]


def read_study(plan: Plan, source: ResultSource) -> Study:
    """What is stored for one plan, under whatever seeds."""
    plan = with_recorded_files(plan, source)
    last = last_plan_record(source, plan.task.name, plan.device)
    until_decided = last is not None and last.sequential
    looks, journal = read_looks(source), read_journal(source)
    study = _study(plan, source, looks, journal, until_decided=until_decided)
    chosen = last.task.protocol.sequence if last is not None and until_decided else None
    return replace(study, sequence=chosen or study.sequence)


def _study(
    plan: Plan | PlanRecord,
    source: ResultSource,
    looks: Sequence[Look],
    journal: Journal,
    *,
    until_decided: bool,
) -> Study:
    """A study, sequential too where seeds or data sets were added after a look at two arms."""
    results = _read_results(source, plan)
    items = items_documents(source, (run for runs in results.values() for run in runs))
    sequence = plan.task.protocol.sequence or "t"
    study = Study(plan.task, plan.device, plan.environment, results, items=items, sequence=sequence)
    asked = Asked(study, {cell: (q, plan.environment) for cell, q in plan.questions.items()})
    seeds = {
        asked.ids[cell_name(arm, part.block)]: part.good_seeds(arm)
        for part in study.each()
        for arm in study.task.arms
    }
    top_up = find_top_up(looks, seeds) or _find_added_data_sets(looks, plan, seeds)
    until_decided = until_decided or was_sequential(journal, asked)
    return replace(
        study,
        sequential=until_decided or top_up is not None,
        top_up=top_up,
        history=tell_history(journal, asked),
        unjournaled=unjournaled(journal, asked),
        repeats=find_repeats(journal, (run for runs in results.values() for run in runs)),
    )


def _find_added_data_sets(
    looks: Sequence[Look], plan: Plan | PlanRecord, seeds: Mapping[ArmId, Collection[int]]
) -> TopUp | None:
    """The data sets that were added to two arms after the first look at them on others.

    None where none was. A look at one of them beside a third arm is none at the two.
    """
    by_data_set = list(_arms_by_data_set(plan).values())
    pairs = [set(pair) for pair in combinations(plan.task.arms, 2)]
    for look in looks:
        in_look = {frozenset(look.ids(pair)) for pair in look.pairs}
        found = []
        for pair in pairs:
            ids = [
                frozenset(arms[arm] for arm in pair)
                for arms in by_data_set
                if all(seeds[arms[arm]] for arm in pair)
            ]
            seen = sum(each in in_look for each in ids)
            if 0 < seen < len(ids):
                found.append(TopUp(seen, len(ids) - seen, unit="data set"))
        if found:
            return max(found, key=lambda top_up: top_up.added)
    return None


def _arms_by_data_set(plan: Plan | PlanRecord) -> dict[str, dict[str, ArmId]]:
    """The ids of the arms, by their names, on each of several data sets, by its label."""
    return {
        block: {
            arm: (plan.questions[cell_name(arm, block)], plan.environment) for arm in plan.task.arms
        }
        for block in plan.task.blocks
    }


def read_measured_arms(source: ResultSource, metric: str | None) -> dict[str, MeasuredArm]:
    """Every stored arm by its name, "task/arm", under `metric` or else the task's first metric.

    An arm of a task over several data sets is there once for each, as "task/arm@data-set". The name
    ends with "@device" where the task was run on several devices. Raises SuiteError where no task
    has the metric.
    """
    studies = read_studies(source)
    devices = Counter(study.task.name for study in studies)
    arms = [
        measured
        for study in studies
        for part in study.each()
        for arm in part.task.arms
        if (measured := _measured_arm(part, arm, metric, several=devices[part.task.name] > 1))
    ]
    if metric is not None and studies and not arms:
        known = dict.fromkeys(name for study in studies for name in study.task.metrics)
        raise SuiteError(f"--metric: expected one of {', '.join(known)}, got {metric!r}")
    return {arm.name: arm for arm in arms}


def arm_name(study: Study, arm: str, *, several: bool) -> str:
    """What an arm of a store is called; `several`: its task was run on several devices."""
    return f"{study.task.name}/{cell_name(arm, study.block)}" + f"@{study.device}" * several


def _measured_arm(
    study: Study, arm: str, metric: str | None, *, several: bool
) -> MeasuredArm | None:
    """One arm of a study; None where it does not have the metric."""
    metric = metric or study.primary_metric
    if metric not in study.task.metrics:
        return None
    values = {str(seed): value for seed, value in study.values(arm, metric).items()}
    without_value = study.runs_without_result(arm)
    if not values and not without_value:
        return None
    return MeasuredArm(
        arm_name(study, arm, several=several),
        metric,
        values,
        without_value=without_value,
        rule=study.task.metrics[metric],
        max_failed_share=study.task.protocol.max_failed_share,
        sequential=study.sequential,
        environment=study.environment,
        stored=study.identify(arm),
        history=study.history,
        notes=(
            *_notes_on_place(study),
            *_notes_on_repeats(study, arm),
            *_notes_on_items(study, arm),
        ),
    )


def _notes_on_repeats(study: Study, arm: str) -> Iterator[str]:
    """What a run of the arm gave otherwise when it was made again."""
    cell = cell_name(arm, study.block)
    for text in disagreements(run for run in study.repeats if run.cell == cell):
        yield text.removeprefix(f"{cell}: ")


def _notes_on_place(study: Study) -> tuple[str, ...]:
    """That the runs were not made by this suite, where they were not."""
    if not study.task.is_measured_elsewhere:
        return ()
    return ("measured elsewhere, and read from a log: how its runs were made is not known",)


def _notes_on_items(study: Study, arm: str) -> tuple[str, ...]:
    """That all runs of an arm were tested on the same items, where that is known."""
    runs = [run for run in study.results[arm] if run.status == "ok"]
    if len(runs) < 2 or len({run.test_set for run in runs}) != 1 or runs[0].test_set is None:
        return ()
    return ("all seeds were tested on the same items",)


def _read_results(source: ResultSource, plan: Plan | PlanRecord) -> dict[str, tuple[Result, ...]]:
    """The results of every arm, data set by data set; those that cannot be compared as failed."""
    results = {
        arm: tuple(
            result
            for block in plan.task.data_sets
            for result in source.results(plan.questions[cell_name(arm, block)], plan.environment)
        )
        for arm in plan.task.arms
    }
    return in_one_form(results)
