"""Main effects and interactions of two-level factors, per seed and so paired.

The main effect of a factor is the mean over the arms with its first level less the mean over those
with its second. The interaction of two factors is the difference of differences: the effect of one
at the first level of the other, less its effect at the second level, averaged over all further
factors (Fisher 1935, The Design of Experiments).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from suite.analysis.study import Study
from suite.provenance.seeding import stream_seed
from suite.stats import Gap, holm, paired_gap


@dataclass(frozen=True)
class Effect:
    """An effect and its gap. `name`: "weights: shared - unshared", or "weights x loss". `p` is
    Holm's over the effects."""

    name: str
    gap: Gap
    p: float | None


def effects(study: Study, metric: str) -> list[Effect]:
    """All main effects and two-factor interactions over the seeds that every arm has; none for a
    task without factors."""
    factors, arms = study.task.factors(), study.task.arms
    values = {arm: study.values(arm, metric) for arm in arms}
    seeds = sorted(set.intersection(*(set(one) for one in values.values())))
    if not factors or not seeds:
        return []
    table = {arm: np.array([values[arm][seed] for seed in seeds]) for arm in arms}  # each (seeds,)
    signs = {
        factor: {arm: 1 if arms[arm].levels[factor] == first else -1 for arm in arms}
        for factor, (first, _) in factors.items()
    }
    wanted = {
        f"{factor}: {first} - {second}": signs[factor]
        for factor, (first, second) in factors.items()
    }
    wanted |= {
        f"{a} x {b}": {arm: signs[a][arm] * signs[b][arm] for arm in arms}
        for a, b in combinations(factors, 2)
    }
    found = []
    for name, sign in wanted.items():
        divisor = len(arms) / (4 if " x " in name else 2)
        above, below = (
            np.sum([table[arm] for arm in arms if sign[arm] == side], axis=0) / divisor
            for side in (1, -1)
        )
        generator = np.random.default_rng(stream_seed("sign flips", study.task.name, name, metric))
        found.append((name, paired_gap(list(above), list(below), generator=generator)))
    adjusted = iter(holm([gap.p for _, gap in found if gap.p is not None]))
    return [Effect(name, gap, None if gap.p is None else next(adjusted)) for name, gap in found]
