"""A study -> the pairs of arms that its task asks about, in each scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from suite.analysis.claims import claimed_pairs
from suite.analysis.pairs import Pair, Values
from suite.analysis.study import Study
from suite.analysis.study_as_table import table_of_study
from suite.analysis.table_arms import ArmsOfTable, arms_of_table
from suite.analysis.table_pairs import pairs_in_each, pairs_over
from suite.analysis.words import Scope


def pairs_of_study(study: Study) -> list[Pair]:
    """All pairs that the task compares or claims, under every metric that both arms have."""
    return [
        pair
        for metric in study.task.metrics
        for first, second, is_declared in _asked_pairs(study, metric)
        if (pair := _pair(study, first, second, metric, is_declared=is_declared)) is not None
    ]


def pairs_on_these(study: Study) -> list[Pair]:
    """The same pairs over these data sets, as `suite compare` takes those of a table.

    Under each metric all or none: none where a data set has fewer than two seeds that both arms
    have, and of seeds that were added after a look, for which these intervals do not hold.
    """
    if not study.blocks or study.sequential:
        return []
    return [
        _of_study(study, pair, is_declared=declared[pair.first, pair.second])
        for arms, declared in _arms_by_metric(study)
        for pair in pairs_over(arms, list(declared))
    ]


def pairs_within(study: Study) -> dict[str, list[Pair]]:
    """The pairs under the first metric on each of several data sets, for one family.

    With those that only belong to it.
    """
    if not study.blocks:
        return {}
    within: dict[str, list[Pair]] = {block: [] for block in study.blocks}
    for arms, declared in _arms_by_metric(study):
        if arms.table.metric == study.primary_metric:
            for block, pairs in pairs_in_each(arms, list(declared)).items():
                within[block] = [
                    _of_study(study.on(block), pair, is_declared=declared[pair.first, pair.second])
                    for pair in pairs
                ]
    return within


def _arms_by_metric(study: Study) -> Iterator[tuple[ArmsOfTable, dict[tuple[str, str], bool]]]:
    """The arms under every metric, and the pairs with common seeds, each whether it is declared."""
    for metric, rule in study.task.metrics.items():
        declared = {
            (first, second): is_declared
            for first, second, is_declared in _asked_pairs(study, metric)
            if study.paired_values(first, second, metric)
        }
        if declared:
            yield arms_of_table(table_of_study(study, metric), rule), declared


def _of_study(study: Study, pair: Pair, *, is_declared: bool) -> Pair:
    """A pair of a table with what only a study knows of it."""
    _, share = _missing_units(study, pair.first, pair.second, pair.metric)
    return replace(
        pair,
        sequential=study.sequential,
        too_many_failures=share > study.task.protocol.max_failed_share,
        is_primary=pair.metric == study.primary_metric,
        is_declared=is_declared,
    )


def _asked_pairs(study: Study, metric: str) -> list[tuple[str, str, bool]]:
    """The pairs that are asked about, then those that only belong to their family.

    Of the latter are those that a claim orders, and where the best arm is held against the rest all
    other pairs, for any of them might have been chosen; each with whether it is asked about.
    """
    declared = study.pairs()
    known = {frozenset(pair) for pair in declared}
    beside = [pair for pair in study.task.pairs() if frozenset(pair) not in known]
    known |= {frozenset(pair) for pair in beside}
    claimed = {
        pair: None
        for claim in study.task.claims
        if claim.metric == metric
        for pair in claimed_pairs(claim, study.task)
        if frozenset(pair) not in known
    }
    return [(*pair, True) for pair in declared] + [(*pair, False) for pair in (*beside, *claimed)]


def _pair(study: Study, first: str, second: str, metric: str, *, is_declared: bool) -> Pair | None:
    """Two arms of a study; None where no seed has a value of both.

    Over several data sets the unit is a data set, with the means over the seeds that both arms have
    on it: the verdict is on data sets like these.
    """
    if study.blocks:
        common = study.paired_values(first, second, metric)
        a: Values = {label: value for label, value, _ in common}
        b: Values = {label: value for label, _, value in common}
    else:
        a, b = study.values(first, metric), study.values(second, metric)
    if not a.keys() & b.keys():
        return None
    missing, share = _missing_units(study, first, second, metric)
    return Pair(
        first,
        second,
        metric,
        a,
        b,
        study.task.metrics[metric],
        unit="data set" if study.blocks else "seed",
        scope=Scope.LIKE_THESE if study.blocks else Scope.ONE,
        sequential=study.sequential,
        bounds=study.betting_bounds(metric),
        missing=missing,
        too_many_failures=share > study.task.protocol.max_failed_share,
        is_primary=metric == study.primary_metric,
        is_declared=is_declared,
    )


def _missing_units(study: Study, first: str, second: str, metric: str) -> tuple[int, float]:
    """The seeds, or data sets, that ran and have no pair, and the largest share of runs lost.

    Of either arm's runs, and of the pairs of runs.
    """
    ran, missing, missing_data_sets = 0, 0, 0
    for part in study.each():
        seeds = {result.seed for arm in (first, second) for result in part.results[arm]}
        lost = len(seeds) - len(part.paired_values(first, second, metric))
        ran, missing = ran + len(seeds), missing + lost
        missing_data_sets += 0 < lost == len(seeds)
    share = max(study.failed_share(first), study.failed_share(second), missing / ran)
    return (missing_data_sets if study.blocks else missing), share
