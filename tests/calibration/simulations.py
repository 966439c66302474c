"""How often the verdicts and intervals err where the truth is known.

Each check simulates, and gives one number.

The fast tier runs in every `make test` (tests/calibration/test_calibration.py), with wider bounds for its fewer
repetitions; the full one is `make calibrate` (tests/calibration/__main__.py), which writes
docs/calibration.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import stats

from suite.analysis.compare_study import compare_study
from suite.analysis.noise import noise_components
from suite.analysis.study import Study
from suite.analysis.words import Scope
from suite.plan.job import Job, streams_of
from suite.plan.plan import make_plan
from suite.stats import (
    ALPHA,
    Interval,
    paired_gap,
    predict_value,
    sign_flip_p,
    single_run_gap,
    summarize,
    t_interval,
    unpaired_gap,
    variance_interval,
)
from suite.stats.sequential import confidence_sequence
from suite.task.choices import STREAMS, Stream
from suite.task.schema import Task
from suite.task.variants import placebo, varying
from tests.calibration import bets, families, items, reported, tables, topups, versus
from tests.support.fakes import make_result
from tests.support.tasks import disc_task

Rng = np.random.Generator
PLANTED: dict[Stream, float] = {"data": 0.010, "initialisation": 0.006, "batch_order": 0.003}
LOOKS = range(6, 101)


@dataclass(frozen=True)
class Check:
    """A claim about this program: `simulate(rng, repeats)` gives a number from `low` to `high`, a
    share unless `is_share` says no. `fast`: the fast tier's repetitions; 0 where a test of its
    module is that tier. `seed`: of its generator; its number in the list where it is 0.
    """

    name: str
    low: float
    high: float
    repeats: int
    fast: int
    simulate: Callable[[Rng, int], float]
    is_share: bool = True
    seed: int = 0

    def bounds(self, repeats: int) -> Interval:
        """What counts as holding: of a share from fewer repetitions than the full tier's, three
        standard errors more.
        """
        if repeats >= self.repeats or not self.is_share:
            return Interval(self.low, self.high)
        low, high = (3 * (bound * (1 - bound) / repeats) ** 0.5 for bound in (self.low, self.high))
        return Interval(self.low - low, self.high + high)


def planted_value(job: Job, seed: int) -> float:
    """A result that the random streams of a run decide, each by its planted standard deviation."""
    streams = streams_of(job, seed)
    return 0.9 + sum(
        sd * np.random.default_rng(streams[name]).normal() for name, sd in PLANTED.items()
    )


def planted_study(task: Task, seeds: range, arms: Collection[str]) -> Study:
    """Planted values of `arms` under `seeds`, through the plan's own streams."""
    jobs = {
        job.arm: job for job in make_plan(task, device="cpu", seeds=[0]).jobs if job.arm in arms
    }
    results = {
        arm: tuple(make_result(task, arm, seed, float(planted_value(job, seed))) for seed in seeds)
        for arm, job in jobs.items()
    }
    return Study(task, "cpu", "environment-1", dict.fromkeys(task.arms, ()) | results)


def placebo_winners(rng: Rng, repeats: int) -> float:
    """The share of A/A comparisons of 8 seeds, an arm against itself under other initial weights,
    that find a winner.
    """
    task, start = placebo(disc_task(), "control"), int(rng.integers(1_000_000))
    found = 0
    for place in range(repeats):
        first = start + 8 * place
        (one,) = compare_study(planted_study(task, range(first, first + 8), task.arms))
        found += one.verdict == "BETTER"
    return found / repeats


def worst_component(rng: Rng, repeats: int) -> float:
    """The largest relative error of a variance component over `repeats` seeds, against what was
    planted.
    """
    task, start = disc_task(), int(rng.integers(1_000_000))
    seeds = range(start, start + repeats)
    parts = {stream: planted_study(varying(task, stream), seeds, ["long"]) for stream in STREAMS}
    planted: dict[str, float] = {name: sd**2 for name, sd in PLANTED.items()}
    planted["all"] = sum(planted.values())
    found = noise_components(planted_study(task, seeds, ["long"]), parts, "accuracy")
    return max(abs(one.variance / planted[one.source] - 1.0) for one in found)


def peeking(rng: Rng, repeats: int) -> float:
    """The share of arms without a difference that have a t test's p below 5% at some look, at 5 to
    30 seeds: what not to do.
    """
    differences = rng.normal(size=(repeats, 30))
    p = np.array([stats.ttest_1samp(differences[:, :n], 0, axis=1).pvalue for n in range(5, 31)])
    return float((p.min(axis=0) < ALPHA).mean())


def stopping_seeds(differences: np.ndarray) -> np.ndarray:
    """For rows of differences (repeats, n): the seeds at which the confidence sequence first
    excludes 0, or 0 for never.
    """
    n = np.arange(1, differences.shape[1] + 1)
    mean = differences.cumsum(axis=1) / n
    variance = ((differences**2).cumsum(axis=1) / n - mean**2) * n / np.maximum(n - 1, 1)
    stopped = np.zeros(len(differences), dtype=int)
    for look in LOOKS:
        for row in np.flatnonzero(stopped == 0):
            if 0 not in confidence_sequence(
                mean[row, look - 1], variance[row, look - 1] ** 0.5, look
            ):
                stopped[row] = look
    return stopped


def stopped_without_difference(rng: Rng, repeats: int, *, heavy_tails: bool) -> float:
    """The share of arms without a difference that `--until decided` takes for different at any look
    from 6 to 100 seeds.
    """
    size = (repeats, max(LOOKS))
    return float(
        (
            stopping_seeds(rng.standard_t(3, size=size) if heavy_tails else rng.normal(size=size))
            > 0
        ).mean()
    )


def seeds_to_find_one_deviation(rng: Rng, repeats: int) -> float:
    """The mean number of seeds at which a difference of one standard deviation is found."""
    stopped = stopping_seeds(rng.normal(1.0, 1.0, (repeats, max(LOOKS))))
    return float(np.where(stopped > 0, stopped, np.inf).mean())


def covered(repeats: int, once: Callable[[], bool]) -> float:
    return sum(once() for _ in range(repeats)) / repeats


def mean_covered(rng: Rng, repeats: int, *, n: int) -> float:
    """How often the 95% t interval of a mean difference holds the true one."""

    def once() -> bool:
        found = summarize(list(rng.normal(1.0, 2.0, n)))
        assert found.deviation is not None
        return 1.0 in t_interval(found.mean, found.deviation, n)

    return covered(repeats, once)


def bootstrap_covered(rng: Rng, repeats: int, *, n: int) -> float:
    """The same of the bootstrap's BCa interval, which this program does not use."""
    draws = rng.normal(1.0, 2.0, (repeats, n))
    intervals = [
        stats.bootstrap(
            (one,), np.mean, n_resamples=1999, method="BCa", rng=rng
        ).confidence_interval
        for one in draws
    ]
    return float(np.mean([one.low <= 1.0 <= one.high for one in intervals]))


def single_run_covered(rng: Rng, repeats: int) -> float:
    """How often one more run of an arm of 10 falls into its prediction interval."""

    def once() -> bool:
        *values, more = rng.normal(0.95, 0.004, 11)
        return more in predict_value(values, more).interval

    return covered(repeats, once)


def single_gap_covered(rng: Rng, repeats: int) -> float:
    """How often the gap of two more runs falls where single runs' gaps are said to, for arms that
    vary differently.
    """

    def once() -> bool:
        (*a, more_a), (*b, more_b) = rng.normal(0.96, 0.006, 11), rng.normal(0.95, 0.003, 9)
        around = single_run_gap(summarize(a), summarize(b))
        return around is not None and more_a - more_b in around

    return covered(repeats, once)


def variance_covered(rng: Rng, repeats: int) -> float:
    """How often the interval of a noise component, over 15 seeds, holds the true variance."""
    return covered(
        repeats, lambda: 4.0 in variance_interval(float(rng.normal(0, 2, 15).std(ddof=1)), 15)
    )


def unpaired_covered(rng: Rng, repeats: int) -> float:
    """How often `--unpaired`'s interval holds the true gap, for 8 and 20 values that vary by 2 and
    by 1.
    """

    def once() -> bool:
        gap = unpaired_gap(list(rng.normal(1, 2, 8)), list(rng.normal(0, 1, 20)))
        return gap.interval is not None and 1.0 in gap.interval

    return covered(repeats, once)


def farthest_from_scipy(rng: Rng, repeats: int) -> float:
    """The largest difference between a number of ours and SciPy's own, over random pairs of arms."""
    worst = 0.0
    for _ in range(repeats):
        a, b = rng.normal(0.9, 0.01, (2, int(rng.integers(3, 40))))
        gap, test = (
            paired_gap(list(a), list(b)),
            stats.ttest_rel(a, b),
        )
        pairs = [(gap.effect, test.statistic / len(a) ** 0.5)]
        pairs += [(gap.p, test.pvalue)]
        if len(a) <= 13:  # with more, SciPy draws
            flips = stats.permutation_test(
                (a - b,), np.mean, permutation_type="samples", n_resamples=9999
            )
            pairs += [(float(sign_flip_p((a - b)[:, None])[0]), flips.pvalue)]
        pairs += [(gap.correlation, stats.pearsonr(a, b).statistic)]
        for mine, level in ((gap.interval, 0.95), (gap.inner, 0.9)):
            theirs = test.confidence_interval(level)
            assert mine is not None
            pairs += [(mine.low, theirs.low), (mine.high, theirs.high)]
        worst = max(worst, *(abs(mine - theirs) for mine, theirs in pairs if mine is not None))
    return worst


CHECKS = (
    Check("an honest single run, n = 30: TYPICAL", 0.93, 0.97, 2000, 200, partial(reported.typical_levels, n=30)),
    Check("a run inflated by 1.2 points at sd 0.4, n = 30: HIGHER", 0.75, 1, 2000, 300, partial(reported.inflated_levels, n=30, inflation=0.012)),
    *(
        Check(f"no difference, {draw.__name__}, {len(pairs)} pair{'s' * (len(pairs) > 1)}, n = {n}: any winner", 0, 0.06, repeats, fast if draw is families.normal and (n < 30 or len(pairs) == 1) else 0, partial(families.share_of_families, n=n, draw=draw, pairs=pairs, is_counted=families.is_better))
        for draw in families.DRAWS
        for pairs, repeats, fast in ((families.all_pairs(2), 2000, 150), (families.all_pairs(3), 1000, 30), (families.all_pairs(5), 500, 10))
        for n in (6, 10, 30)
    ),
    Check("no difference, 300 pairs of 25 arms, n = 30: any winner", 0, 0.06, 60, 0, partial(families.share_of_families, n=30, draw=families.normal, pairs=families.all_pairs(25), is_counted=families.is_better)),
    *(
        Check(f"a difference of just the margin, {draw.__name__}, {pairs} pair{'s' * (pairs > 1)}, n = {n}: any called smaller", 0, 0.06, 2000 if n == 6 else 500, 60 if draw is families.normal and pairs == 1 else 0, partial(families.share_of_families, n=n, draw=draw, pairs=families.separate_pairs(pairs), is_counted=families.is_tie, shift=margin, margin=margin))
        for draw, margin in ((families.normal, 0.02), (families.heavy_tailed, 0.02), (families.near_one, 0.006))
        for pairs in (1, 10)
        for n in (6, 10, 30)
    ),
    *(
        Check(f"a difference of just the margin, normal, {pairs} pair{'s' * (pairs > 1)}, n = {n}: any called larger", 0, 0.06, 500, 0, partial(families.share_of_families, n=n, draw=families.normal, pairs=families.separate_pairs(pairs), is_counted=families.is_better_by_margin, shift=0.02, margin=0.02))
        for pairs in (1, 10)
        for n in (6, 10, 30)
    ),
    Check("power, one of five arms better by 1.5 sd, all pairs, n = 8", 0.58, 1, 2000, 20, partial(families.power_of_best_arm, n=8)),
    Check("power, ten separate pairs, each with a gap of 1.5 sd, n = 8", 0.5, 1, 400, 0, partial(families.power_of_separate_pairs, n=8)),
    *(
        Check(f"power at the seeds promised for a {'tie' if of_tie else 'gap'}, margin {margin:g} sd, {pairs} pair{'s' * (pairs > 1)}", 0.75, 0.90, 500, 0, partial(families.power_at_promised_seeds, margin=margin, pairs=pairs, of_tie=of_tie))
        for of_tie in (False, True)
        for margin in (0.5, 1.0, 1.5)
        for pairs in (1, 3, 10)
    ),
    Check("A/A, an arm against itself, n = 8: a winner", 0, 0.06, 500, 60, placebo_winners),
    Check("largest error of a planted noise component", 0, 0.15, 1500, 0, worst_component, is_share=False),
    Check("no difference, p < 5% at any look from 5 to 30 (what not to do)", 0.20, 0.26, 5000, 2000, peeking),
    Check("no difference, until decided, normal: a winner at any look", 0, 0.05, 5000, 1000, partial(stopped_without_difference, heavy_tails=False)),
    Check("no difference, until decided, heavy tails: a winner at any look", 0, 0.05, 5000, 1000, partial(stopped_without_difference, heavy_tails=True)),
    Check("mean seeds until a gap of one sd is decided (fixed n: 50)", 6, 25, 5000, 500, seeds_to_find_one_deviation, is_share=False),
    *(
        Check(f"t interval of a mean gap covers it, n = {n}", 0.935, 0.965, 4000, 1000, partial(mean_covered, n=n))
        for n in (5, 10, 15, 30)
    ),
    *(
        Check(f"BCa bootstrap interval (not used) covers it, n = {n}", about - 0.025, about + 0.025, 2000, 100, partial(bootstrap_covered, n=n))
        for n, about in ((5, 0.845), (10, 0.908), (15, 0.929), (30, 0.931))
    ),
    Check("prediction interval holds a further run, n = 10", 0.935, 0.965, 4000, 1000, single_run_covered),
    Check("interval of the gap of two single runs holds it", 0.935, 0.965, 4000, 1000, single_gap_covered),
    Check("interval of a variance holds it, n = 15", 0.935, 0.965, 4000, 1000, variance_covered),
    Check("interval of an unpaired gap holds it, n = 8 and 20", 0.93, 0.97, 1000, 25, unpaired_covered),
    Check("largest difference to SciPy, called directly", 0, 1e-12, 200, 30, farthest_from_scipy, is_share=False),
    *(
        Check(f"an honest single run, n = {n}: TYPICAL", 0.93, 0.97, 2000, fast, partial(reported.typical_levels, n=n))
        for n, fast in ((6, 400), (10, 400), (100, 100))
    ),
    *(
        Check(f"an honest {statistic} of {runs} runs, n = {n}: TYPICAL", 0.93, 0.97, 2000, fast, partial(reported.typical_levels, n=n, statistic=statistic, runs=runs))
        for statistic, runs in reported.STATISTICS
        for n, fast in ((6, 200), (10, 0), (30, 0), (100, 0))
    ),
    *(
        Check(f"an honest gap of single runs, n = {n}: TYPICAL", 0.93, 0.97, 2000, fast, partial(reported.typical_sizes, n=n))
        for n, fast in ((6, 200), (10, 0), (30, 0), (100, 0))
    ),
    Check("an honest gap of the best of 5 runs, n = 10: TYPICAL", 0.93, 0.98, 500, 0, partial(reported.typical_sizes, n=10, statistic="best", runs=5)),
    *(
        Check(f"an honest run on {items:,} items, here 1,000, n = 10: TYPICAL", 0.93, 0.99, 2000, fast, partial(reported.typical_shares, n=10, items=1000, reported_items=items))
        for items, fast in ((250, 100), (4000, 0))
    ),
    *(
        Check(f"means at two targets, n = {n}: any YES or NO", 0, 0.06, 2000, fast, partial(reported.wrong_targets, n=n))
        for n, fast in ((6, 200), (30, 0))
    ),
    # of 400, so 5% and three standard errors
    Check("equal commands, `suite versus`, n = 10: a winner", 0, 0.08, 400, 20, partial(versus.share_better, until_decided=False)),
    Check("equal commands, `suite versus --until decided`: a winner at any look", 0, 0.08, 400, 0, partial(versus.share_better, until_decided=True)),
    *(
        Check(f"arms alike on items like these, one test set of {m} items, n = {n}, items apart by {luck:g}: a winner {for_whom}", low, high, 5000 if like and m == 500 and n > 6 else 400, 20 if like and n == 10 and m == 500 else 0, partial(items.share_better, seeds=n, items=m, luck=luck, like_items=like), seed=7030 if like and n == 30 else 0)
        for n, m, luck, rate in ((6, 500, 1, (0.03, 0.15)), (10, 50, 2, (0.2, 0.5)), (10, 500, 1, (0.03, 0.2)), (30, 500, 1, (0.15, 0.4)), (30, 500, 2, (0.3, 0.6)))
        for like, for_whom, low, high in ((True, "for items like these", 0, 0.06), (False, "for these items, where there may be one", *rate))
    ),
    *(
        Check(f"equal means, one arm collapses in one run of 20, until decided, {name} sequence: a winner at any look", low, high, 300, 20 if name == "betting" else 0, partial(bets.skewed_errors, bets=name == "betting"))
        for name, low, high in (("t", 0.1, 0.8), ("betting", 0, 0.05))
    ),
    *(
        Check(f"mean seeds until a gap of {gap:g} is decided, sd 0.02 each, {name} sequence (60: not by then)", 6, 60, 100, 0, partial(bets.seeds_taken, bets=name == "betting", gap=gap), is_share=False)
        for gap in (0.03, 0.1, 0.2, 0.4)
        for name in ("t", "betting")
    ),
    *(
        Check(f"no difference, looks at {', '.join(map(str, looks))} seeds: a winner at any", 0, 0.06, 2000, fast, partial(topups.share_with_a_winner, looks=looks), seed=seed)
        for looks, fast, seed in (((10, 30), 100, 182), ((10, 20, 30, 40, 50), 0, 183))
    ),
    Check("normal values of 2 arms that are alike on these data sets, 12 of 5 seeds: any winner on these", 0, 0.06, 500, 10, partial(tables.share_with_a_winner, scope=Scope.THESE, arms=2, blocks=12, seeds=5, draw=families.normal), seed=184),
    Check("gaps, normal between data sets, of 2 arms that are alike over data sets like these, 12 of 5 seeds: any winner on data sets like these", 0, 0.06, 500, 10, partial(tables.share_with_a_winner, scope=Scope.LIKE_THESE, arms=2, blocks=12, seeds=5, draw=families.normal, spread=families.normal), seed=190),
    *(
        Check(f"no difference, 120 {'items right or wrong' if is_binary else 'scores'} in {clusters} clusters: a winner", 0, 0.06, 2000, fast, partial(tables.share_of_clustered_with_a_winner, clusters=clusters, items=120, is_binary=is_binary), seed=seed)
        for is_binary, clusters, fast, seed in ((False, 8, 0, 196), (True, 30, 25, 199))
    ),
)  # fmt: skip
NUMBERED = tuple((check.seed or number, check) for number, check in enumerate(CHECKS, start=1))
