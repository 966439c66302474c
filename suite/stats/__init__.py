"""Arrays in, estimates out: summaries, gaps, ranks, permutation tests, power, predictions.

Units are seeds, items, clusters of items, data sets or folds.
"""

from suite.stats.aggregates import (
    Aggregate,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
)
from suite.stats.betting import BettingMean, betting_mean
from suite.stats.binary import (
    PairedCounts,
    PairedShareGap,
    UnpairedShareGap,
    count_pairs,
    mcnemar_p,
    newcombe_paired_interval,
    paired_share_gap,
    tango_interval,
    unpaired_share_gap,
)
from suite.stats.blocks import LikeBlocks, like_blocks_mean, these_blocks_mean
from suite.stats.clustered import clustered_mean
from suite.stats.estimates import Estimate, t_estimate
from suite.stats.folds import folds_mean, pool_mean
from suite.stats.gaps import Gap, Ratio, paired_gap, paired_ratio, unpaired_gap
from suite.stats.permutations import sign_flip_p
from suite.stats.posteriors import Belief, BlockBeliefs, belief, block_beliefs
from suite.stats.power import (
    FEWEST_SEEDS,
    MOST_SEEDS,
    POWER,
    detectable_gap,
    power,
    seeds_for_gap,
    seeds_for_tie,
    tie_power,
    upper_deviation,
)
from suite.stats.prediction import (
    predict_gap,
    predict_paired_gap,
    predict_value,
    single_run_gap,
)
from suite.stats.rank_tests import (
    Friedman,
    RankOpinion,
    SignedRank,
    friedman,
    nemenyi_difference,
    nemenyi_p,
    rank_opinion,
    signed_ranks,
)
from suite.stats.ranks import (
    RankInterval,
    mean_ranks,
    not_told_apart,
    rank_intervals,
    shown_better,
    tied_with_best,
)
from suite.stats.shares import wilson
from suite.stats.sidak import sidak, sidak_critical, sidak_level
from suite.stats.simultaneous import Simultaneous, simultaneous_means, simultaneous_unpaired
from suite.stats.spreads import ItemCounts, Origin, Prediction
from suite.stats.summaries import (
    ALPHA,
    Interval,
    Summary,
    Values,
    summarize,
    t_interval,
    variance_interval,
)

__all__ = [
    "ALPHA",
    "FEWEST_SEEDS",
    "MOST_SEEDS",
    "POWER",
    "Aggregate",
    "Belief",
    "BettingMean",
    "BlockBeliefs",
    "Estimate",
    "Friedman",
    "Gap",
    "Interval",
    "ItemCounts",
    "LikeBlocks",
    "Origin",
    "PairedCounts",
    "PairedShareGap",
    "Prediction",
    "RankInterval",
    "RankOpinion",
    "Ratio",
    "SignedRank",
    "Simultaneous",
    "Summary",
    "UnpairedShareGap",
    "Values",
    "belief",
    "betting_mean",
    "block_beliefs",
    "clustered_mean",
    "count_pairs",
    "detectable_gap",
    "folds_mean",
    "friedman",
    "interquartile_mean",
    "like_blocks_mean",
    "mcnemar_p",
    "mean_ranks",
    "nemenyi_difference",
    "nemenyi_p",
    "newcombe_paired_interval",
    "not_told_apart",
    "paired_gap",
    "paired_ratio",
    "paired_share_gap",
    "performance_profile",
    "pool_mean",
    "power",
    "predict_gap",
    "predict_paired_gap",
    "predict_value",
    "probability_of_improvement",
    "rank_intervals",
    "rank_opinion",
    "seeds_for_gap",
    "seeds_for_tie",
    "shown_better",
    "sidak",
    "sidak_critical",
    "sidak_level",
    "sign_flip_p",
    "signed_ranks",
    "simultaneous_means",
    "simultaneous_unpaired",
    "single_run_gap",
    "summarize",
    "t_estimate",
    "t_interval",
    "tango_interval",
    "these_blocks_mean",
    "tie_power",
    "tied_with_best",
    "unpaired_gap",
    "unpaired_share_gap",
    "upper_deviation",
    "variance_interval",
    "wilson",
]
