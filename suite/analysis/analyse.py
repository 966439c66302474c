"""All that is said of a study, worked out once: reports and the terminal read it from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from suite.analysis.adjudications import Adjudication
from suite.analysis.claims import adjudicate
from suite.analysis.compare_study import compare_scopes, compare_within
from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect, effects
from suite.analysis.studies import read_studies
from suite.analysis.study import Study
from suite.store.records import ResultSource


@dataclass(frozen=True)
class Analysis:
    """A study with the verdicts on its pairs of arms and on its claims, and its factors' effects.

    The effects are those under the primary metric. Over several data sets `beside` has the verdicts
    of the other scope, none where it is not judged, and `within` those within each data set.
    """

    study: Study
    comparisons: tuple[Comparison, ...]
    adjudications: tuple[Adjudication, ...]
    effects: tuple[Effect, ...]
    beside: tuple[Comparison, ...] = ()
    within: Mapping[str, tuple[Comparison, ...]] = field(default_factory=dict)

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
    return Analysis(
        study,
        tuple(comparison for comparison in scopes.lead if comparison.is_declared),
        tuple(adjudicate(study, [*scopes.lead, *scopes.beside])),
        tuple(effects(study, study.primary_metric)),
        tuple(comparison for comparison in scopes.beside if comparison.is_declared),
        compare_within(study),
    )


def analyse_all(evidence: ResultSource) -> list[Analysis]:
    """The analyses of all studies that a store or a folder of records holds, by task and device."""
    return [analyse(study) for study in read_studies(evidence)]
