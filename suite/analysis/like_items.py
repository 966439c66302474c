"""Verdicts for further test items of their kind, where the seeds of a study share test items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from suite.analysis.comparison import Comparison, with_word
from suite.analysis.study import Study
from suite.analysis.test_items import PairedItems, paired_items
from suite.analysis.words import Scope, Verdict
from suite.stats import ALPHA, Interval, sidak, sidak_critical

WITHOUT = {Verdict.NOTHING_VARIED, Verdict.TOO_FEW_SEEDS, Verdict.TOO_MANY_FAILURES}


def compare_like_items(
    study: Study, comparisons: Sequence[Comparison]
) -> tuple[list[Comparison], list[Comparison]]:
    """The comparisons, and those for items like these; the first then speak of these items.

    Both hold for the family. There are none of the second kind where every seed draws items of its
    own, whose luck is in the spread over seeds; where it is not known what was right; over several
    data sets; without a verdict on these items; and of seeds that were added after a look, for
    these intervals do not hold over several looks.
    """
    lead, like = [], []
    for pair in comparisons:
        paired = shared_items(study, pair)
        lead.append(replace(pair, scope=Scope.THESE_ITEMS) if paired else pair)
        if paired and not pair.sequential and pair.verdict not in WITHOUT:
            like.append(_for_like_items(pair, paired))
    return lead, like


def shared_items(study: Study, pair: Comparison) -> PairedItems | None:
    """The items of a pair of arms, where seeds share some; None elsewhere."""
    paired = paired_items(study, pair.first, pair.second, pair.metric)
    return paired if paired and paired.mean.overlap > 0 else None


def _for_like_items(pair: Comparison, paired: PairedItems) -> Comparison:
    """The verdict with the part of the error that comes from the items.

    The intervals hold those on these items, so that what is said of more is never said sooner.
    More seeds do not take that part away, and no number of them is given.
    """
    estimate, size = paired.mean.estimate, pair.family_size
    p = pair.p
    if estimate.p is not None and p is not None:
        p = max(p, sidak(estimate.p, size))
    bands = [
        _around(shown, estimate.around(sidak_critical(alpha, estimate.freedom, size)))
        for shown, alpha in ((pair.gap.interval, ALPHA), (pair.gap.inner, 2 * ALPHA))
    ]
    gap = replace(pair.gap, interval=bands[0], inner=bands[1], p=estimate.p, detectable=None)
    blank = replace(
        pair,
        gap=gap,
        p=p,
        scope=Scope.LIKE_ITEMS,
        verdict=Verdict.UNDECIDED,
        winner=None,
        by_margin=False,
        not_worse=None,
        missing_could_change=False,
    )
    word = with_word(blank, bands[0], bands[1])
    return replace(word, seeds_for_margin=None, seeds_for_tie=None)


def _around(shown: Interval | None, other: Interval) -> Interval:
    """The least interval that holds both."""
    if shown is None:
        return other
    return Interval(min(shown.low, other.low), max(shown.high, other.high))
