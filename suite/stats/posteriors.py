"""P(better), P(within the margin), P(worse): what is believed of two arms after the data.

They answer another question than the verdict, and are not corrected for how many pairs are asked
about. Source: Benavoli, Corani, Demsar and Zaffalon (2017, Journal of Machine Learning Research
18), whose program is baycomp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr, stdtr

from suite.stats.estimates import Estimate
from suite.stats.gaps import ROUNDING, are_equal
from suite.stats.layouts import Labels, group
from suite.stats.summaries import Values, finite

FEWEST_BLOCKS = 3  # with fewer, a flat prior of the spread gives no posterior
NODES = 400  # of the spread between blocks, in (0, infinity)


@dataclass(frozen=True)
class Belief:
    """The probabilities that A - B lies above the margin, within ± margin, and below; sum 1."""

    above: float
    within: float
    below: float


def belief(estimate: Estimate, margin: float) -> Belief:
    """What is believed of the mean of an estimate: mean + error x Student's t of its freedom.

    The prior is flat on the mean and on log(sd). With `suite.stats.folds_mean` it is the
    correlated t test of Corani and Benavoli (2015), with `t_estimate` the plain one. Raises
    ValueError for a negative margin, and for an error of 0: where nothing varied, nothing is to be
    believed.
    """
    checked_margin(margin)
    if not estimate.error:
        raise ValueError("expected values that vary, got an error of 0")
    below, to_margin, above = (
        float(stdtr(estimate.freedom, gap / estimate.error))
        for gap in (-margin - estimate.mean, margin - estimate.mean, estimate.mean - margin)
    )
    return Belief(above, to_margin - below, below)


@dataclass(frozen=True)
class BlockBeliefs:
    """`mean`: of the mean over data sets like these. `new`: of the true gap on one new data set.

    `spread`: the posterior median of the standard deviation of true gaps between data sets.
    """

    mean: Belief
    new: Belief
    spread: float


def block_beliefs(values: Values, blocks: Labels, margin: float) -> BlockBeliefs | None:
    """What is believed of data sets like these, from differences A - B with their data sets.

    `values` (n,): differences; `blocks` (n,): the label of each one's data set. The mean x_D of a
    data set is normal around its true gap, with the noise e^2 of its seeds; true gaps are normal
    around mu with the spread tau. The priors of mu and of tau are flat (Gelman 2006, Bayesian
    Analysis 1, section 7.1), which is careful: with few data sets it holds more spread for likely
    than the data show. e^2 is the mean over data sets of s_D^2 / n_D, taken as known: e_D^2 of its
    own from 5 seeds is too rough to weigh data sets by, and one where all seeds agree would
    outweigh all others. So all data sets count alike, as in `like_blocks_mean`. The posterior
    is a sum over a grid of tau; given tau, all is normal. A data set of a single value is taken to
    be as noisy as the others; where all are, noise cannot be told from spread, and `new` is of the
    gap as it would be measured.

    None for fewer than three data sets, and where neither data sets nor seeds vary. Raises
    ValueError for values that are not finite, labels of another number and a negative margin.
    """
    checked_margin(margin)
    array = finite(values)
    index, count = group(blocks, len(array))
    counts = np.bincount(index, minlength=count)
    means = np.bincount(index, weights=array) / counts
    squares = np.bincount(index, weights=(array - means[index]) ** 2)
    is_repeated = counts > 1
    variances = np.zeros(count)
    if is_repeated.any():
        variances[is_repeated] = squares[is_repeated] / (counts[is_repeated] - 1)
        variances[~is_repeated] = variances[is_repeated].mean()
    noise = float((variances / counts).mean()) ** 0.5
    size = float(np.abs(array).max())
    if count < FEWEST_BLOCKS or (are_equal(means, size) and noise <= ROUNDING * size):
        return None
    return normal_blocks(means, noise=noise, margin=margin)


def normal_blocks(means: np.ndarray, *, noise: float, margin: float) -> BlockBeliefs:
    """The beliefs from the `means` (blocks,) of three data sets or more, each with this `noise`.

    With v = tau^2 + noise^2, S the sum of squares around their mean x and D data sets, tau has
    density v^(-(D - 1) / 2) exp(-S / 2v); given tau, mu is normal around x with variance v / D, and
    a new gap with v / D + tau^2.
    """
    blocks, centre = len(means), float(means.mean())
    squares = float(((means - centre) ** 2).sum())
    scale = (squares / (blocks - 1)) ** 0.5 + noise
    nodes, weights = _grid()
    share = (nodes + 1) / 2  # tau = scale share / (1 - share), over all of (0, infinity)
    tau = scale * share / (1 - share)
    variance = tau**2 + noise**2
    logs = -(blocks - 1) / 2 * np.log(variance) - squares / (2 * variance) - 2 * np.log1p(-share)
    density = weights * np.exp(logs - logs.max())
    density /= density.sum()
    of_mean = _mixture(centre, np.sqrt(variance / blocks), density, margin)
    of_new = _mixture(centre, np.sqrt(variance / blocks + tau**2), density, margin)
    return BlockBeliefs(of_mean, of_new, float(np.interp(0.5, np.cumsum(density), tau)))


@cache
def _grid() -> tuple[np.ndarray, np.ndarray]:
    """Nodes in (-1, 1) and weights of the Gauss-Legendre rule."""
    return leggauss(NODES)


def _mixture(centre: float, errors: np.ndarray, density: np.ndarray, margin: float) -> Belief:
    """The belief in a mixture of normals around `centre` with these `errors` and weights."""
    below, to_margin, above = (
        ndtr(gap / errors) for gap in (-margin - centre, margin - centre, centre - margin)
    )
    return Belief(
        float(density @ above), float(density @ (to_margin - below)), float(density @ below)
    )


def checked_margin(margin: float) -> float:
    """The margin. Raises ValueError where it is not 0 or more."""
    if not 0 <= margin < float("inf"):
        raise ValueError(f"expected a margin of 0 or more, got {margin!r}")
    return margin
