"""Main effects and interactions of two-level factors, per seed and so paired.

The main effect of a factor is the mean over the arms with its first level less the mean over those
with its second. The interaction of two factors is the difference of differences: the effect of one
at the first level of the other, less its effect at the second level, averaged over all further
factors (Fisher 1935, The Design of Experiments).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from suite.analysis.comparison import judge_family
from suite.analysis.pairs import Pair
from suite.analysis.study import Study
from suite.stats import Gap


@dataclass(frozen=True)
class Contrast:
    """A weight of +1 or -1 for every arm, and the main effect or interaction that it measures.

    A main effect has one name in `factors` and two `levels`. An interaction has two names in
    `factors` and no `levels`.
    """

    factors: tuple[str, ...]
    levels: tuple[str, str] | None
    signs: Mapping[str, int]

    @property
    def name(self) -> str:
        """The contrast in print: "weights: shared - unshared", or "weights x loss"."""
        if self.levels is None:
            return " x ".join(self.factors)
        return f"{self.factors[0]}: {' - '.join(self.levels)}"


@dataclass(frozen=True)
class Effect:
    """A contrast between arms, its gap, and p. Both hold for all effects of the study."""

    contrast: Contrast
    gap: Gap
    p: float | None

    @property
    def name(self) -> str:
        """The contrast in print."""
        return self.contrast.name

    @property
    def factors(self) -> tuple[str, ...]:
        """One factor, or the two of an interaction."""
        return self.contrast.factors

    @property
    def levels(self) -> tuple[str, str] | None:
        """The factor's first and second level; None for an interaction."""
        return self.contrast.levels


def effects(study: Study, metric: str) -> list[Effect]:
    """All main effects and two-factor interactions over the seeds that every arm has.

    None for a task without factors.
    """
    values = {arm: study.values(arm, metric) for arm in study.task.arms}
    seeds = sorted(set.intersection(*(set(by_seed) for by_seed in values.values())))
    if not seeds:
        return []
    # an array of the seeds' values for each arm
    table = {arm: np.array([values[arm][seed] for seed in seeds]) for arm in study.task.arms}
    contrasts = _contrasts(study)
    pairs = [_pair(study, metric, contrast, seeds, table) for contrast in contrasts]
    return [
        Effect(contrast, comparison.gap, comparison.p)
        for contrast, comparison in zip(contrasts, judge_family(pairs), strict=True)
    ]


def _contrasts(study: Study) -> list[Contrast]:
    """The main effects of the task's factors, then their interactions."""
    arms = study.task.arms
    main = [
        Contrast(
            (factor,),
            (first, second),
            {name: 1 if arm.levels[factor] == first else -1 for name, arm in arms.items()},
        )
        for factor, (first, second) in study.task.factors().items()
    ]
    interactions = [
        Contrast(a.factors + b.factors, None, {arm: a.signs[arm] * b.signs[arm] for arm in arms})
        for a, b in combinations(main, 2)
    ]
    return main + interactions


def _pair(
    study: Study,
    metric: str,
    contrast: Contrast,
    seeds: Sequence[int],
    table: Mapping[str, np.ndarray],
) -> Pair:
    """The means of the arms with +1 and of those with -1, as two arms that are paired by seed."""
    reach = 1 if contrast.levels else 2  # an interaction is a difference of two differences
    divisor, bounds = len(table) / 2 / reach, study.betting_bounds(metric)
    above, below = (
        np.sum([table[arm] for arm in table if contrast.signs[arm] == side], axis=0) / divisor
        for side in (1, -1)
    )
    return Pair(
        *(contrast.levels or ("together", "apart")),
        metric,
        dict(zip(seeds, map(float, above), strict=True)),
        dict(zip(seeds, map(float, below), strict=True)),
        study.task.metrics[metric],
        sequential=study.sequential,
        bounds=bounds and (bounds[0] * reach, bounds[1] * reach),
    )
