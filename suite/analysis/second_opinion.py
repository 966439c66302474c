"""What other methods say of the arms of a table: ranks, aggregates and beliefs.

Verdicts do not rest on them. They stand beside, for readers who expect them. Sources:
`suite.stats.rank_tests`, `suite.stats.aggregates` and `suite.stats.posteriors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from suite.analysis.pairs import FEWEST_VALUES, UnitLayout
from suite.analysis.table_arms import ArmsOfTable
from suite.stats import (
    ALPHA,
    Aggregate,
    Belief,
    BlockBeliefs,
    RankOpinion,
    SignedRank,
    belief,
    block_beliefs,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
    rank_opinion,
    signed_ranks,
)
from suite.stats.gaps import ROUNDING
from suite.stats.layouts import layout_means

PairOfArms = tuple[str, str]


@dataclass(frozen=True)
class SecondOpinion:
    """What other methods say of `arms` and of `pairs`; each part is computed when it is asked for.

    Ranks and aggregates are over `blocks`; beliefs over all data sets that a pair has in common.
    What cannot be said is missing or empty.
    """

    arms: ArmsOfTable
    pairs: tuple[PairOfArms, ...]

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The data sets in which every arm has a value; none where they are fewer than two."""
        complete = [block for block, arms in self.arms.by_block.items() if all(arms.values())]
        return tuple(complete) if len(complete) >= FEWEST_VALUES else ()

    @cached_property
    def means(self) -> np.ndarray:
        """The mean of every arm on every complete data set (blocks, arms)."""
        by_block = self.arms.by_block
        return np.array(
            [[np.mean(list(arm.values())) for arm in by_block[k].values()] for k in self.blocks]
        )

    @cached_property
    def ranks(self) -> RankOpinion | None:
        """Mean ranks, Friedman's test and Nemenyi's group; arms by their number in `arms`."""
        if not self.blocks:
            return None
        is_higher = self.arms.rule.direction == "higher"
        return rank_opinion(self.means, higher_is_better=is_higher)

    @cached_property
    def mean_ranks(self) -> Mapping[str, float] | None:
        """The mean rank of every arm, 1 is best."""
        if self.ranks is None:
            return None
        return dict(zip(self.arms.values, self.ranks.mean_ranks, strict=True))

    @cached_property
    def nemenyi_group(self) -> tuple[str, ...]:
        """The arms that Nemenyi's test ties with the best mean rank, in the order of `arms`."""
        names = list(self.arms.values)
        return tuple(names[k] for k in self.ranks.group) if self.ranks else ()

    @cached_property
    def signed_ranks(self) -> Mapping[PairOfArms, SignedRank]:
        """Wilcoxon's test of every pair, corrected together by Holm's method."""
        if not self.blocks:
            return {}
        numbers = {arm: k for k, arm in enumerate(self.arms.values)}
        tests = signed_ranks(self.means, [(numbers[a], numbers[b]) for a, b in self.pairs])
        return dict(zip(self.pairs, tests, strict=True))

    def rank_winner(self, pair: PairOfArms) -> str | None:
        """The arm that Wilcoxon's corrected test shows to be better; None where it shows none."""
        test = self.signed_ranks[pair]
        if test.adjusted >= ALPHA or test.higher is None:
            return None
        is_higher = self.arms.rule.direction == "higher"
        return pair[0] if (test.higher == test.pair[0]) == is_higher else pair[1]

    @property
    def can_show_by_ranks(self) -> bool:
        """Whether Wilcoxon's corrected test can show anything, whatever the values are.

        Over n data sets no p is below 2 / 2^n, and Holm's method multiplies the smallest of them by
        the number of pairs.
        """
        return len(self.pairs) * 2.0 ** (1 - len(self.blocks)) < ALPHA

    @cached_property
    def middle_means(self) -> Mapping[str, Aggregate]:
        """The interquartile mean of every arm over all its runs; only where units are seeds.

        Items that are right or wrong have no middle, and folds share data, which its interval does
        not know.
        """
        if self.arms.table.unit != "seed":
            return {}
        return {
            arm: interquartile_mean(values, labels)
            for arm in self.arms.values
            if self.blocks
            for values, labels in [self._runs(arm)]
        }

    @cached_property
    def thresholds(self) -> tuple[float, ...]:
        """What profiles ask about: every twentieth of all runs' values."""
        runs = [value for arm in self.arms.values for value in self._runs(arm)[0]]
        return tuple(np.quantile(runs, np.arange(1, 20) / 20).tolist()) if runs else ()

    @cached_property
    def profiles(self) -> Mapping[str, Sequence[Aggregate]]:
        """The share of every arm's runs above each of `thresholds`; only where units are seeds."""
        if self.arms.table.unit != "seed" or not self.blocks:
            return {}
        return {
            arm: performance_profile(values, labels, self.thresholds)
            for arm in self.arms.values
            for values, labels in [self._runs(arm)]
        }

    @cached_property
    def improvements(self) -> Mapping[PairOfArms, Aggregate]:
        """P(a run of the first arm is better than one of the second); only over seeds."""
        if not self.blocks or self.arms.table.unit != "seed":
            return {}
        runs = {arm: self._runs(arm) for pair in self.pairs for arm in pair}
        signed = {
            arm: ([self._sign * value for value in values], labels)
            for arm, (values, labels) in runs.items()
        }
        return {(a, b): probability_of_improvement(*signed[a], *signed[b]) for a, b in self.pairs}

    @cached_property
    def beliefs(self) -> Mapping[PairOfArms, BlockBeliefs]:
        """What is believed of data sets like these, of every pair; `above`: the first is better.

        Empty for a single data set; without pairs that have fewer than three data sets in common.
        """
        if len(self.arms.blocks) < FEWEST_VALUES:
            return {}
        return {
            pair: believed
            for pair in self.pairs
            for d, labels in [self._differences(pair)]
            if len(d) and (believed := block_beliefs(d, labels, self._margin)) is not None
        }

    @cached_property
    def beliefs_of_one(self) -> Mapping[PairOfArms, Belief]:
        """What is believed of the mean gap on the only data set, of every pair that is paired.

        Without items that are right or wrong, whose mean is not normal.
        """
        if len(self.arms.blocks) != 1 or not self.arms.paired or self._is_binary:
            return {}
        found = {pair: self._belief_of_one(pair) for pair in self.pairs}
        return {pair: believed for pair, believed in found.items() if believed is not None}

    @property
    def _sign(self) -> int:
        """What values are multiplied with so that higher is better."""
        return 1 if self.arms.rule.direction == "higher" else -1

    @property
    def _margin(self) -> float:
        return self.arms.rule.margin or 0.0

    @property
    def _is_binary(self) -> bool:
        values = {value for arm in self.arms.values.values() for value in arm.values()}
        return self.arms.table.unit == "item" and values <= {0.0, 1.0}

    def _runs(self, arm: str) -> tuple[list[float], list[str]]:
        """All values of an arm on complete data sets, with their data sets."""
        of_blocks = [(block, self.arms.by_block[block][arm]) for block in self.blocks]
        values = [value for _, runs in of_blocks for value in runs.values()]
        return values, [block for block, runs in of_blocks for _ in runs]

    def _differences(self, pair: PairOfArms) -> tuple[list[float], list[str]]:
        """First less second, turned so that above 0 is better, with their data sets.

        Of arms that are not paired it is the difference of their means in each data set.
        """
        a, b = (self.arms.values[arm] for arm in pair)
        if self.arms.paired:
            keys = sorted(a.keys() & b.keys())
            return [self._sign * (a[key] - b[key]) for key in keys], [block for block, _ in keys]
        both = {
            block: [float(np.mean(list(arms[arm].values()))) for arm in pair]
            for block, arms in self.arms.by_block.items()
            if all(arms[arm] for arm in pair)
        }
        return [self._sign * (first - second) for first, second in both.values()], list(both)

    def _belief_of_one(self, pair: PairOfArms) -> Belief | None:
        """From the estimate that knows clusters and folds; None where it has no error."""
        a, b = (self.arms.values[arm] for arm in pair)
        units, clusters = sorted(a.keys() & b.keys()), self.arms.clusters
        if len({clusters[unit] for unit in units} if clusters else units) < FEWEST_VALUES:
            return None
        d = self._sign * np.array([a[unit] - b[unit] for unit in units])
        layout = UnitLayout(clusters=clusters, overlap=self.arms.overlap).of_units(units)
        estimate = layout_means(d[:, None], layout).estimate(len(d))
        size = max(abs(side[unit]) for side in (a, b) for unit in units)
        return belief(estimate, self._margin) if estimate.error > ROUNDING * size else None
