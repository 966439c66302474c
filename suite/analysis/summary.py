"""All that is found in a study, worked out once: what reports and the terminal say is read from
here."""

from __future__ import annotations

from dataclasses import dataclass

from suite.analysis.claims import Adjudication, adjudicate
from suite.analysis.comparison import Comparison, compare
from suite.analysis.factorial import Effect, effects
from suite.analysis.study import Study


@dataclass(frozen=True)
class Findings:
    """A study, the verdicts on its pairs of arms and on its claims, and the effects of its factors
    under the primary metric."""

    study: Study
    comparisons: tuple[Comparison, ...]
    adjudications: tuple[Adjudication, ...]
    effects: tuple[Effect, ...]


def examine(study: Study) -> Findings:
    """The findings of a study."""
    return Findings(
        study,
        tuple(compare(study)),
        tuple(adjudicate(study)),
        tuple(effects(study, study.primary_metric)),
    )
