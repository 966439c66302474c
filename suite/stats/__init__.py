"""Arrays in, estimates out: summaries, gaps, permutation tests, predictions, power."""

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
from suite.stats.sidak import sidak, sidak_critical, sidak_level
from suite.stats.simultaneous import Simultaneous, simultaneous_means, simultaneous_unpaired
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
    "Gap",
    "Interval",
    "ItemCounts",
    "Origin",
    "Prediction",
    "Ratio",
    "ShareGap",
    "Simultaneous",
    "Summary",
    "Values",
    "detectable_gap",
    "paired_gap",
    "paired_ratio",
    "power",
    "predict_gap",
    "predict_paired_gap",
    "predict_value",
    "seeds_for_gap",
    "seeds_for_tie",
    "share_gap",
    "share_interval",
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
