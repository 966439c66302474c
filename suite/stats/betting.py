"""A confidence sequence for bounded values that need not be normal: by betting.

Against every candidate mean m two gamblers bet, that values lie above m and that they lie below.
While m is true neither capital grows in expectation, so by Ville's inequality m is rejected at any
look with probability at most 1 - level, whatever the distribution in [low, high]. Where seeds are
skewed (rare collapses), the sequence of `sequential` errs in 11% to 55%.

The price is width: n values exclude no mean that is nearer than about log(2 / alpha) / n of the
range, so that bounds should be as near as what the metric allows.

Source: Waudby-Smith and Ramdas (2024, Journal of the Royal Statistical Society B 86), hedged
capital (theorem 3) with the predictable plug-in bets of equations 26 and 27.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from suite.stats.estimates import checked_level
from suite.stats.summaries import ALPHA, Interval, Values, finite

CAUTION = 0.75  # the largest share of the capital at stake: 1/2 or 3/4 in the source
HALVINGS = 50  # of [0, 1]: to 1e-15 of the range


@dataclass(frozen=True)
class BettingMean:
    """The mean of n values with what holds at whatever n was stopped.

    `interval`: the confidence sequence after n values, in [low, high]. `p`: of a mean of 0 at any
    time, two-sided, by the bets that the level asks for; 1 where 0 is not in [low, high].
    """

    n: int
    mean: float
    interval: Interval
    p: float
