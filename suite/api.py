"""The suite from Python, for notebooks and scripts.

from suite import compare, load_task, report, run

task = load_task("my-comparison/")
study = run(task, seeds="0-9")       # what is stored already is not run again
compare(study)                       # the verdicts; a table in a notebook
report()                             # RESULTS.md, its figures and records

compare(frame)                       # a table of results: method, dataset, seed, accuracy
compare("results.csv").to_latex()    # or the path of one

versus({"a": function, "b": other}, direction="higher")     # functions of a seed, run here
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, overload

from suite.analysis.analyse import analyse
from suite.analysis.compare_table import compare_table
from suite.analysis.seen import record_seen
from suite.analysis.studies import read_study
from suite.analysis.study import Study
from suite.data.registry import source_of
from suite.errors import SuiteError
from suite.execution.autotune import fit_executor, with_fastest
from suite.execution.choose import local_executor
from suite.execution.executor import Executor
from suite.execution.function_calls import SeedFunction
from suite.execution.runner import note_plan, remaining
from suite.execution.runner import run as execute
from suite.importers.dataframes import TableData, table_of_data
from suite.importers.measurements import measure_arms, table_of
from suite.importers.roles import RoleOptions
from suite.importers.runs.points import parse_point
from suite.importers.source_word import ReadOptions
from suite.plan.plan import make_plan
from suite.plan.recorded_files import with_recorded_files
from suite.reports.report_files import make_report, require_analyses
from suite.reports.results_table.verdicts import TableVerdicts
from suite.reports.study_verdicts import Verdicts
from suite.reports.writing import write_within
from suite.result import DeviceKind
from suite.store.store import open_store
from suite.task.catalogue import load_tasks
from suite.task.choices import Direction
from suite.task.schema import Task
from suite.task.seeds import parse_seeds
from suite.task.variants import with_trainers

__all__ = ["TableVerdicts", "Verdicts", "compare", "load_task", "report", "run", "versus"]

DEFAULT_STORE = Path("results/store.sqlite")


def load_task(path: str | Path) -> Task:
    """The task in a file, or the only one in a folder.

    Modules beside it can be imported from then on. Raises SuiteError.
    """
    tasks = load_tasks([path], Path("tasks"))
    if len(tasks) != 1:
        names = ", ".join(task.name for task in tasks)
        raise SuiteError(f"{path}: expected one task, got {len(tasks)}: {names}")
    return tasks[0]


def run(
    task: Task,
    *,
    seeds: str | Sequence[int] | None = None,
    device: DeviceKind = "cpu",
    store: str | Path = DEFAULT_STORE,
    processes: int = 1,
    executor: Executor | None = None,
    trainer: Literal["autograd", "vectorized"] | None = None,
) -> Study:
    """Runs every arm with every seed, skipping runs already stored; returns the task's study.

    Each job runs in a process of its own, `processes` at a time, or on an `executor`. `seeds`:
    "0-9" or integers, else the task's. `trainer`: for arms that leave the choice, else the faster
    one. Raises SuiteError for bad input; a run that fails is a record with its reason.
    """
    chosen = None if seeds is None else _seeds(seeds)
    for data in task.data_sets.values():
        source_of(data).verify()
    executor = executor or local_executor([task], processes)
    with open_store(Path(store), create=True) as opened:
        if trainer is None:
            task, _ = with_fastest(task, device, opened, executor)
        else:
            task = with_trainers(task, dict.fromkeys(task.arms, trainer))
        plan = make_plan(task, device=device, seeds=chosen, describe=executor.describe)
        plan = with_recorded_files(plan, opened)
        since, rest = opened.newest(), remaining(plan, opened)
        note_plan(plan, opened)
        fit = fit_executor(executor, [rest], opened)
        for _ in execute([rest], opened, fit, since=since):
            pass
        return replace(read_study(plan, opened), store=Path(store))


@overload
def compare(data: Study) -> Verdicts: ...


@overload
def compare(
    data: TableData,
    *,
    arm: str | None = None,
    block: str | None = None,
    seed: str | None = None,
    item: str | None = None,
    cluster: str | None = None,
    fold: str | None = None,
    metric: str | None = None,
    value: str | None = None,
    where: str | None = None,
    ignore: str | None = None,
    direction: Direction | None = None,
    margin: float | None = None,
    baseline: str | None = None,
    unpaired: bool = False,
    average: bool = False,
    at: str | None = None,
    newest: bool = False,
) -> TableVerdicts: ...


def compare(
    data: Study | TableData,
    *,
    direction: Direction | None = None,
    margin: float | None = None,
    baseline: str | None = None,
    unpaired: bool = False,
    at: str | None = None,
    newest: bool = False,
    **roles: Any,
) -> Verdicts | TableVerdicts:
    """The verdicts on all pairs of arms of a study, or of a table that was measured anywhere.

    A study: under every metric of its task; that they were seen is recorded in the store that the
    study comes from. A table: a frame of pandas or polars, the path of a file or a log, or a list
    of these. Its columns are known by their names, or named: `arm`, `block` (data set), `seed`,
    `item`, `cluster`, `fold`, `metric`, `value`; `where` keeps rows, `ignore` leaves columns out,
    `average` takes the mean of several rows of one arm, block and unit. `direction`: "higher" or
    "lower" is better. `margin`: what is too small to matter. `baseline`: an arm that all others are
    compared with. `unpaired`: the arms share no seeds or items. `at`: which point of logged curves
    counts, as `--at`; `newest`: of several runs of one arm and seed, the last started. Raises
    SuiteError for what is not understood, with the option that settles it.
    """
    if isinstance(data, Study):
        if any((direction, margin is not None, baseline, unpaired, at, newest, *roles.values())):
            raise SuiteError("compare: a study says itself what its arms and metrics are")
        analysis = analyse(data)
        if data.store is not None:
            record_seen(data.store, [analysis], "Python: compare")
        return Verdicts(analysis)
    point = None if at is None else parse_point(at)
    columns = RoleOptions(unpaired=unpaired, **roles)
    table = table_of_data(data, ReadOptions(columns, point, newest, direction))
    return TableVerdicts(
        compare_table(
            table, direction=direction, margin=margin, baseline=baseline, paired=not unpaired
        )
    )


def versus(
    arms: Mapping[str, SeedFunction | str | Sequence[str]],
    *,
    seeds: str | Sequence[int] = "0-9",
    metric: str | None = None,
    direction: Direction | None = None,
    margin: float | None = None,
    baseline: str | None = None,
    processes: int = 1,
    timeout_s: float | None = None,
) -> TableVerdicts:
    """Runs every arm under every seed, and gives the verdicts on all pairs, paired by seed.

    An arm is a function of a seed that returns a number or a dict of numbers, or a command with
    {seed} in it that prints one. Each call has a process of its own, `processes` at a time, and
    `timeout_s` seconds. `metric`: which number of a dict, by default the first; of commands, what
    it is called in their output. `direction`: needed where its name does not say it. A call that
    fails has no value, and its reason is in the notes. Nothing is stored. Raises SuiteError.
    """
    measured = measure_arms(
        arms,
        _seeds(seeds),
        metric=metric,
        direction=direction,
        processes=processes,
        timeout_s=timeout_s,
    )
    table = table_of(
        measured,
        list(arms),
        metric=metric,
        direction=direction,
        margin=margin,
    )
    return TableVerdicts(compare_table(table, baseline=baseline))


def _seeds(seeds: str | Sequence[int]) -> tuple[int, ...]:
    try:
        return parse_seeds(seeds if isinstance(seeds, str) else list(seeds))
    except ValueError as error:
        raise SuiteError(f"seeds: {error}") from None


def report(store: str | Path = DEFAULT_STORE, output: str | Path = "RESULTS.md") -> Path:
    """Writes a page on what is stored, and returns the page's path.

    Its figures and records are written to the same folder. Raises SuiteError where nothing was run.
    """
    page = Path(output)
    with open_store(Path(store)) as source:
        analyses = require_analyses(source)
    record_seen(Path(store), analyses, "Python: report")
    with open_store(Path(store)) as source:
        made = make_report(source, page.name, analyses)
    write_within(page.parent, made.parts)
    return page
