"""Arrays in, estimates out: summaries, gaps, permutation tests, predictions, power."""

from suite.stats.gaps import Gap, Ratio, paired_gap, paired_ratio, unpaired_gap
from suite.stats.permutations import RESAMPLES, sign_flip_p
from suite.stats.power import FEWEST_SEEDS, MOST_SEEDS, POWER, detectable_gap, power, seeds_needed
from suite.stats.prediction import (
    ItemCounts,
    Origin,
    Prediction,
    predict_gap,
    predict_paired_gap,
    predict_value,
    single_run_gap,
)
from suite.stats.shares import ShareGap, share_gap, share_interval, wilson
from suite.stats.simultaneous import holm
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
    "RESAMPLES",
    "Gap",
    "Interval",
    "ItemCounts",
    "Origin",
    "Prediction",
    "Ratio",
    "ShareGap",
    "Summary",
    "Values",
    "detectable_gap",
    "holm",
    "paired_gap",
    "paired_ratio",
    "power",
    "predict_gap",
    "predict_paired_gap",
    "predict_value",
    "seeds_needed",
    "share_gap",
    "share_interval",
    "sign_flip_p",
    "single_run_gap",
    "summarize",
    "t_interval",
    "unpaired_gap",
    "variance_interval",
    "wilson",
]
