"""All that is said of a study, worked out once: reports and the terminal read it from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from suite.analysis.adjudications import Adjudication
from suite.analysis.claims import adjudicate
from suite.analysis.compare_study import compare_scopes, compare_within
from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect, effects
from suite.analysis.like_items import compare_like_items
from suite.analysis.studies import read_studies
from suite.analysis.study import Study
from suite.analysis.test_items import PairedItems, paired_items
from suite.store.records import ResultSource


@dataclass(frozen=True)
class Analysis:
    """A study with the verdicts on its pairs of arms and on its claims, and its factors' effects.

    The effects are those under the primary metric. Over several data sets `beside` has the verdicts
    of the other scope, none where it is not judged, and `within` those within each data set. Over
    one, where seeds share test items, `beside` has those for further items of their kind; `items`
    is what is known of the items of the first pair.
    """

    study: Study
    comparisons: tuple[Comparison, ...]
    adjudications: tuple[Adjudication, ...]
    effects: tuple[Effect, ...]
    beside: tuple[Comparison, ...] = ()
    within: Mapping[str, tuple[Comparison, ...]] = field(default_factory=dict)
    items: PairedItems | None = None

    @property
    def both_scopes(self) -> tuple[Comparison, ...]:
        """The comparisons of the scope that leads, then those beside it."""
        return self.comparisons + self.beside

    @property
    def primary_comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons under the task's first metric."""
        primary = self.study.primary_metric
        return tuple(pair for pair in self.comparisons if pair.metric == primary)


def analyse(study: Study) -> Analysis:
    """The analysis of one study."""
    scopes = compare_scopes(study)
    lead, like_items = compare_like_items(study, scopes.lead)
    return Analysis(
        study,
        tuple(comparison for comparison in lead if comparison.is_declared),
        tuple(adjudicate(study, [*lead, *scopes.beside])),
        tuple(effects(study, study.primary_metric)),
        tuple(pair for pair in (*scopes.beside, *like_items) if pair.is_declared),
        compare_within(study),
        items_of_first(study, lead),
    )


def items_of_first(study: Study, comparisons: Sequence[Comparison]) -> PairedItems | None:
    """The items of the first pair under the primary metric; None where they are not kept."""
    pairs = (pair for pair in comparisons if pair.is_primary and pair.is_declared)
    first = next(pairs, None)
    if first is None:
        return None
    return paired_items(study, first.first, first.second, first.metric)


def analyse_all(evidence: ResultSource) -> list[Analysis]:
    """The analyses of all studies that a store or a folder of records holds, by task and device."""
    return [analyse(study) for study in read_studies(evidence)]
