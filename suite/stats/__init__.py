"""Arrays in, estimates out: summaries, gaps, permutation tests, power, confidence sequences."""

from suite.stats.gaps import Gap, Ratio, paired_gap, paired_ratio, unpaired_gap
from suite.stats.permutations import RESAMPLES, sign_flip_p
from suite.stats.power import FEWEST_SEEDS, MOST_SEEDS, POWER, detectable_gap, power, seeds_needed
from suite.stats.shares import ShareGap, share_gap, wilson
from suite.stats.simultaneous import holm
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
    "RESAMPLES",
    "Gap",
    "Interval",
    "Ratio",
    "ShareGap",
    "Summary",
    "Values",
    "detectable_gap",
    "holm",
    "paired_gap",
    "paired_ratio",
    "percentile",
    "power",
    "prediction_interval",
    "seeds_needed",
    "share_gap",
    "sign_flip_p",
    "single_run_gap",
    "summarize",
    "t_interval",
    "unpaired_gap",
    "variance_interval",
    "wilson",
]
