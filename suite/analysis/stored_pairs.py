"""Two arms of one store, as the report of their task judges them: with its family and its rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.like_items import compare_like_items
from suite.analysis.pairs import Pair
from suite.analysis.studies import arm_name, read_studies
from suite.analysis.study import Study
from suite.analysis.study_pairs import pairs_of_study, pairs_within
from suite.store.records import ResultSource
from suite.task.choices import Direction


@dataclass(frozen=True)
class StoredPair:
    """A pair that a task asks about, `names` being what the store calls its arms.

    `study`: that of the arms' data set. `beside`: the other pairs of its family.
    """

    study: Study
    pair: Pair
    beside: tuple[Pair, ...]
    names: tuple[str, str]

    def judge(
        self, direction: Direction | None = None, margin: float | None = None
    ) -> tuple[Comparison, Comparison | None]:
        """The verdict, and that for further test items of their kind, where seeds share items.

        `direction` and `margin` stand before the task's.
        """
        given = {"direction": direction, "margin": margin}
        changes = {name: value for name, value in given.items() if value is not None}
        asked = replace(self.pair, rule=self.pair.rule.model_copy(update=changes))
        (verdict, *_) = judge_family([asked, *self.beside])
        if self.study.block:  # as in the report, which judges test items over one data set only
            return self._named(verdict), None
        (lead,), like = compare_like_items(self.study, [verdict])
        named = [self._named(comparison) for comparison in (lead, *like)]
        return named[0], named[1] if like else None

    def _named(self, comparison: Comparison) -> Comparison:
        """The comparison with the store's names in the place of the task's."""
        names = dict(zip((self.pair.first, self.pair.second), self.names, strict=True))
        winner, not_worse = comparison.winner, comparison.not_worse
        return replace(
            comparison,
            first=self.names[0],
            second=self.names[1],
            winner=winner and names[winner],
            not_worse=not_worse and names[not_worse],
            unvarying=tuple(names[arm] for arm in comparison.unvarying),
        )


def read_stored_pair(
    source: ResultSource, first: str, second: str, metric: str | None
) -> StoredPair | None:
    """The pair of two arms that the store calls so; None where no task asks about it.

    `metric`: None for the task's first.
    """
    studies = read_studies(source)
    devices = Counter(study.task.name for study in studies)
    for whole in studies:
        for study in whole.each():
            arms = {
                arm_name(study, arm, several=devices[study.task.name] > 1): arm
                for arm in study.task.arms
            }
            if first in arms and second in arms:
                asked = arms[first], arms[second]
                return _find(whole, study, asked, metric or study.primary_metric, (first, second))
    return None


def _find(
    whole: Study, study: Study, asked: tuple[str, str], metric: str, names: tuple[str, str]
) -> StoredPair | None:
    """The pair among those that the report of `whole` judges together, the arm first that was."""
    family = _family(whole, study, metric)
    for k, (on, pair) in enumerate(family):
        if on == study.block and pair.metric == metric and {pair.first, pair.second} == {*asked}:
            beside = tuple(other for _, other in family[:k] + family[k + 1 :])
            return StoredPair(
                study, pair if pair.first == asked[0] else _turned(pair), beside, names
            )
    return None


def _family(whole: Study, study: Study, metric: str) -> list[tuple[str, Pair]]:
    """The pairs that are judged together under a metric, each with its data set.

    Under the first metric those within all data sets are one family.
    """
    is_primary = metric == study.primary_metric
    if whole.blocks and is_primary:
        return [(block, pair) for block, found in pairs_within(whole).items() for pair in found]
    return [(study.block, p) for p in pairs_of_study(study) if p.is_primary == is_primary]


def _turned(pair: Pair) -> Pair:
    """The same pair, the other arm first."""
    return replace(pair, first=pair.second, second=pair.first, a=pair.b, b=pair.a)
