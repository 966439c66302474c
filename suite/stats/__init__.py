"""Arrays in, estimates out: summaries, gaps, permutation tests, power, confidence sequences."""

from suite.stats.gaps import Gap, Ratio, paired_gap, paired_ratio, unpaired_gap
from suite.stats.permutations import sign_flip_p
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
from suite.stats.shares import ShareGap, share_gap, wilson
from suite.stats.sidak import sidak, sidak_critical, sidak_level
from suite.stats.simultaneous import Simultaneous, simultaneous_means, simultaneous_unpaired
from suite.stats.summaries import (
    ALPHA,
    Interval,
    Summary,
    Values,
    percentile,
    prediction_interval,
    single_run_gap,
    summarize,
    t_interval,
    variance_interval,
)

__all__ = [
    "ALPHA",
    "FEWEST_SEEDS",
    "MOST_SEEDS",
    "POWER",
    "Gap",
    "Interval",
    "Ratio",
    "ShareGap",
    "Simultaneous",
    "Summary",
    "Values",
    "detectable_gap",
    "paired_gap",
    "paired_ratio",
    "percentile",
    "power",
    "prediction_interval",
    "seeds_for_gap",
    "seeds_for_tie",
    "share_gap",
    "sidak",
    "sidak_critical",
    "sidak_level",
    "sign_flip_p",
    "simultaneous_means",
    "simultaneous_unpaired",
    "single_run_gap",
    "summarize",
    "t_interval",
    "tie_power",
    "unpaired_gap",
    "upper_deviation",
    "variance_interval",
    "wilson",
]
