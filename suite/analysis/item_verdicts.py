"""Verdicts over test items: the arms of a study paired by what their runs said of each item.

An item's value is its mean over the seeds that both arms have, so that the seeds are taken as they
are: such a verdict speaks of these runs on items like these, and that over seeds of other runs on
these items. One seed and items right or wrong: McNemar's exact test, as for any table of items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from statistics import fmean

import numpy as np

from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import FEWEST_VALUES, Pair
from suite.analysis.study import Study
from suite.result import Result
from suite.store.documents import ITEMS, Documents
from suite.store.items import ItemValues, unpack
from suite.task.components import Metric

CORRECT = "correct"  # what items right or wrong are called: the share of right ones
PRINTED = 0.01  # relative: a mean that a program prints in three digits or so is that of its items
PERCENT = 100.0
Runs = Mapping[int, ItemValues]  # of an arm, by seed


@dataclass(frozen=True)
class ItemVerdicts:
    """The verdicts over items, one family; `seeds`: how many runs of each arm the means are over.

    `notes`: why a pair has no verdict, and what else a reader must know.
    """

    comparisons: tuple[Comparison, ...] = ()
    seeds: Mapping[tuple[str, str], int] | None = None
    notes: tuple[str, ...] = ()


class _NoVerdictError(Exception):
    """Why two arms cannot be paired by items."""


def compare_items(study: Study, documents: Documents) -> ItemVerdicts:
    """The verdicts over items on the declared pairs; none where no run has kept its items."""
    if study.blocks or not any(run.items for runs in study.results.values() for run in runs):
        return ItemVerdicts()
    if study.sequential:
        reason = "no verdict over items: seeds were added after a look, and it would not hold then"
        return ItemVerdicts(notes=(reason,))
    kept = documents.documents(ITEMS)
    values = {name: unpack(kept[name]) for name in _names(study) if name in kept}
    by_arm = {
        arm: {run.seed: values[run.items] for run in runs if run.items in values}
        for arm, runs in study.results.items()
    }
    pairs, seeds, notes = [], dict[tuple[str, str], int](), list[str]()
    for first, second in study.pairs():
        try:
            pair, count, missing = _pair(study, by_arm, first, second)
        except _NoVerdictError as error:
            notes.append(f"{first}, {second}: no verdict over items: {error}")
            continue
        pairs.append(pair)
        seeds[first, second] = count
        notes += [f"{first}, {second}: {missing}"] if missing else []
    return ItemVerdicts(tuple(judge_family(pairs)), seeds, tuple(notes))


def _names(study: Study) -> set[str]:
    return {run.items for runs in study.results.values() for run in runs if run.items is not None}


def _pair(
    study: Study, by_arm: Mapping[str, Runs], first: str, second: str
) -> tuple[Pair, int, str]:
    """The pair, over how many seeds it is, and which seeds it lacks."""
    paired = [seed for seed, _, _ in study.paired_values(first, second, study.primary_metric)]
    seeds = [seed for seed in paired if seed in by_arm[first] and seed in by_arm[second]]
    if not seeds:
        raise _NoVerdictError("no seed has items of both")
    sides = [[by_arm[arm][seed] for seed in seeds] for arm in (first, second)]
    common, missing = _common_items([*sides[0], *sides[1]])
    metric, rule = _rule(study, (first, second), seeds, by_arm)
    a, b = (_means(runs, common) for runs in sides)
    allowed = study.task.protocol.max_failed_share
    pair = Pair(
        first,
        second,
        metric,
        a,
        b,
        rule,
        unit="item",
        missing=missing,
        too_many_failures=missing > allowed * (missing + len(common)),
        is_primary=False,
    )
    lacking = len(paired) - len(seeds)
    said = f"{lacking} of {len(paired)} seeds have no items of both, and are left out of these"
    return pair, len(seeds), said if lacking else ""


def _common_items(runs: Sequence[ItemValues]) -> tuple[list[str], int]:
    """The items that every run has, and how many others there are."""
    if all(run.ids == runs[0].ids and len(run.values) == len(runs[0].values) for run in runs):
        return [*runs[0].by_id()], 0
    names = [run.by_id().keys() for run in runs]
    common, every = set(names[0]).intersection(*names), set[str]().union(*names)
    if len(common) < FEWEST_VALUES:
        raise _NoVerdictError(f"the runs have {len(common)} items in common, of {len(every)}")
    return sorted(common), len(every) - len(common)


def _means(runs: Sequence[ItemValues], items: Sequence[str]) -> dict[str, float]:
    """The mean over the runs of each item."""
    by_run = [run.by_id() for run in runs]
    columns = np.array([[values[item] for item in items] for values in by_run])
    return dict(zip(items, columns.mean(axis=0).tolist(), strict=True))


def _rule(
    study: Study, arms: tuple[str, str], seeds: Sequence[int], by_arm: Mapping[str, Runs]
) -> tuple[str, Metric]:
    """What the items are called, and which values are better.

    Items right or wrong say so themselves. Scores are of the first metric of the task that is their
    mean in every run; nothing else says which are better.
    """
    results = {(run.arm, run.seed): run for arm in arms for run in study.results[arm]}
    runs = [(results[arm, seed], by_arm[arm][seed]) for arm in arms for seed in seeds]
    of_metric = [
        (name, scale)
        for name in study.task.metrics
        for scale in (1.0, PERCENT)
        if all(_is_mean(run, name, scale, items) for run, items in runs)
    ]
    kinds = {items.is_binary for _, items in runs}
    if len(kinds) > 1:
        raise _NoVerdictError("some runs have items right or wrong, others scores")
    if True in kinds:
        same = [
            study.task.metrics[name].margin
            for name, scale in of_metric
            if scale == 1 and study.task.metrics[name].direction == "higher"
        ]
        return CORRECT, Metric(direction="higher", margin=next(iter(same), None), unit="none")
    if not of_metric:
        run, items = runs[0]
        shown = ", ".join(f"{name} {value:g}" for name, value in run.metrics.items())
        raise _NoVerdictError(
            f"the mean score of {run.arm}, seed {run.seed}, is {fmean(items.values):g}, and no"
            f" metric ({shown}), so nothing says which is better"
        )
    name, scale = of_metric[0]
    metric = study.task.metrics[name]
    margin = None if metric.margin is None else metric.margin / scale
    return name, Metric(direction=metric.direction, margin=margin, unit="none")


def _is_mean(run: Result, metric: str, scale: float, items: ItemValues) -> bool:
    """Whether the metric of a run is the mean of its items, as far as numbers are printed."""
    value = run.metrics.get(metric)
    mean = fmean(items.values) * scale
    return value is not None and isclose(value, mean, rel_tol=PRINTED, abs_tol=1e-9)
