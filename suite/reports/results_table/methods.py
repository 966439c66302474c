"""The methods paragraph of a paper: what was done to compare the arms of a table, and no more.

Every sentence follows from the table and its verdicts, and cites what it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from suite import __version__
from suite.analysis.compare_table import Family, TableAnalysis
from suite.analysis.words import Scope
from suite.importers.measured import FAILED_SHARE
from suite.reports.results_table.layout import MOST_COLUMNS, can_decide_within
from suite.reports.results_table.notes import both_families, count
from suite.reports.results_table.opinion_methods import opinion_sentences
from suite.reports.results_table.references import (
    BLOCK_MEANS,
    CLUSTERS,
    EQUIVALENCE,
    FOLDS,
    MCNEMAR,
    PAIRED_SHARES,
    RANKS,
    SATTERTHWAITE,
    SIDAK,
    SIGN_FLIPS,
    SIMULTANEOUS,
    UNPAIRED_SHARES,
    WELCH,
    Reference,
)
from suite.reports.results_table.sentences import Sentence
from suite.reports.results_table.standings import why_none
from suite.reports.wording import NO_VERDICT
from suite.stats import FEWEST_SEEDS
from suite.stats.permutations import MOST_UNITS_FLIPPED
from suite.stats.simultaneous import MOST_CORRELATED

RANK_INTERVALS = (  # the sentence on a page that draws them
    "The interval of an arm's rank leaves out the ranks of all arms that are shown to be better or"
    " worse, so that the intervals of all ranks hold together"
)


def methods(
    analysis: TableAnalysis, *, rank_intervals: bool = False, second_opinion: bool = False
) -> tuple[Sentence, ...]:
    """The paragraph, sentence by sentence.

    `rank_intervals` and `second_opinion`: whether the output shows them.
    """
    return (
        *_what_was_compared(analysis),
        *(sentence for family in both_families(analysis) for sentence in _scope(analysis, family)),
        *_family(analysis),
        *_within_blocks(analysis),
        *_margin(analysis),
        *_missing(analysis),
        *([Sentence(RANK_INTERVALS, (RANKS,))] if rank_intervals else ()),
        *(opinion_sentences(analysis) if second_opinion else ()),
        Sentence(f"Computed with suite {__version__}"),
    )


def plain_methods(analysis: TableAnalysis) -> str:
    """The paragraph as plain text, with its citations in brackets."""
    return " ".join(sentence.plain for sentence in methods(analysis))


def cited(sentences: Iterable[Sentence]) -> tuple[Reference, ...]:
    """The references, each once, in the order in which they are cited."""
    return tuple(dict.fromkeys(one for sentence in sentences for one in sentence.cites))


def _what_was_compared(analysis: TableAnalysis) -> Iterator[Sentence]:
    arms, blocks, unit = analysis.arms, len(analysis.arms.blocks), analysis.table.unit
    counts = [
        len(values) for by_arm in arms.by_block.values() for values in by_arm.values() if values
    ]
    many = count(min(counts), max(counts))
    units = "one value" if many == "1" else f"{many} {unit}s"
    on = f"on {blocks} data sets with {units} each" if blocks > 1 else f"over {units}"
    pairs = len(analysis.pairs)
    which = f"all {pairs} pairs of arms" if pairs > 1 else "the two arms"
    if analysis.baseline is not None and pairs > 1:
        which = f"{analysis.baseline} with each of the other {pairs} arms"
    direction = f"{analysis.table.metric} ({arms.rule.direction} is better)"
    yield Sentence(f"We compared {which} in {direction}, {on}")
    if arms.paired:
        by = f"data set and {unit}" if blocks > 1 else unit
        yield Sentence(f"Values of two arms were paired by {by if max(counts) > 1 else 'data set'}")
    elif blocks > 1:
        yield Sentence(f"Means of two arms were paired by data set; their {unit}s share nothing")
    else:
        yield Sentence(f"The {unit}s of two arms share nothing, and were not paired")


def _scope(analysis: TableAnalysis, family: Family) -> Iterator[Sentence]:
    """What was done in one scope: its unit, its interval, and what guards it."""
    if family.scope != Scope.ONE and all(c.verdict in NO_VERDICT for c in family.comparisons):
        yield Sentence(f"For {family.scope} there is no verdict: {_why_none(family)}")
    elif family.scope == Scope.LIKE_THESE:
        yield Sentence(
            "For data sets like these the data set is the unit: t intervals of the differences"
            " between the arms' means in each data set, every data set counting alike",
            (BLOCK_MEANS,),
        )
        yield from _sign_flips(family, "data sets")
    elif family.scope == Scope.THESE:
        yield Sentence(
            f"For these data sets the {analysis.table.unit} within its data set is the unit: the"
            " mean over data sets of the mean differences, with the data sets as strata and"
            " Satterthwaite's degrees of freedom",
            (SATTERTHWAITE,),
        )
        yield from _dependence(analysis)
    else:
        yield from _one_data_set(analysis, family)


def _why_none(family: Family) -> str:
    return ", ".join(dict.fromkeys(why_none(c) for c in family.comparisons))


def _one_data_set(analysis: TableAnalysis, family: Family) -> Iterator[Sentence]:
    unit = analysis.table.unit
    if is_of_binary_items(analysis):
        yield from _shares(analysis)
    elif not analysis.arms.paired:
        yield Sentence(
            "Intervals are Welch's, guarded by a permutation test of the studentised difference",
            (WELCH,),
        )
    elif depends(analysis):
        yield from _dependence(analysis)
    else:
        yield Sentence(f"Intervals are t intervals of the mean difference over {unit}s")
        yield from _sign_flips(family, f"{unit}s")


def _shares(analysis: TableAnalysis) -> Iterator[Sentence]:
    if analysis.arms.paired:
        yield Sentence(
            "Items are right or wrong: intervals of the difference of paired shares are Tango's,"
            " and p is McNemar's exact test",
            (PAIRED_SHARES, MCNEMAR),
        )
    else:
        yield Sentence(
            "Items are right or wrong: intervals of the difference of shares are Newcombe's, and p"
            " is that of the score test",
            (UNPAIRED_SHARES,),
        )


def _sign_flips(family: Family, things: str) -> Iterator[Sentence]:
    """The guard against what is not normal, where it was used."""
    if min(comparison.gap.n for comparison in family.comparisons) <= MOST_UNITS_FLIPPED:
        yield Sentence(
            f"They are guarded by step-down sign flips of the {things}, which assume no normal"
            " distribution: an interval that excludes 0 is widened to hold it where the flips do"
            " not reject it",
            (SIGN_FLIPS,),
        )


def depends(analysis: TableAnalysis) -> bool:
    """Whether items come in clusters, or folds share data."""
    return analysis.arms.clusters is not None or analysis.arms.overlap > 0


def _dependence(analysis: TableAnalysis) -> Iterator[Sentence]:
    if analysis.arms.clusters is not None:
        yield Sentence(
            "Items come in clusters: standard errors are cluster-robust, CR2 with Satterthwaite's"
            " degrees of freedom",
            (CLUSTERS,),
        )
    elif analysis.arms.overlap:
        share = f"{analysis.arms.overlap:.2g}"
        yield Sentence(
            "Folds share training data: the variance of their mean is corrected, with test sets of"
            f" {share} of the data",
            (FOLDS,),
        )


def is_of_binary_items(analysis: TableAnalysis) -> bool:
    """Whether all values of the only data set say of items whether they are right."""
    table, arms = analysis.table, analysis.arms
    if table.unit != "item" or len(arms.blocks) > 1 or (arms.clusters and arms.paired):
        return False
    return all(value in (0.0, 1.0) for values in arms.values.values() for value in values.values())


def _family(analysis: TableAnalysis) -> Iterator[Sentence]:
    """What holds for all pairs together."""
    size = len(analysis.lead.comparisons)
    if size > 1:
        of = "of a scope " * (analysis.beside is not None)
        by, cites = "by Sidak's correction", (SIDAK,)
        if size <= MOST_CORRELATED and _is_correlated(analysis):
            by = "by the distribution of the largest |t| with the pairs' measured correlation"
            cites = (SIMULTANEOUS,)
        yield Sentence(
            f"Intervals hold at 95% and p values are corrected for all {size} comparisons"
            f" {of}together, {by}",
            cites,
        )
    yield Sentence(
        "An arm is called better where the interval of the difference excludes 0; below"
        f" {FEWEST_SEEDS} units there is no verdict"
    )


def _is_correlated(analysis: TableAnalysis) -> bool:
    """Whether all pairs of the leading family share all units, so that correlation is used."""
    if not analysis.arms.paired and analysis.lead.scope == Scope.ONE:
        return False
    if is_of_binary_items(analysis):
        return False
    values = analysis.arms.values
    by_block = analysis.lead.scope == Scope.LIKE_THESE
    units = {
        frozenset(key[0] if by_block else key for key in values[first].keys() & values[second])
        for first, second in analysis.pairs
    }
    return len(units) == 1 or analysis.lead.scope == Scope.THESE or depends(analysis)


def _within_blocks(analysis: TableAnalysis) -> Iterator[Sentence]:
    blocks = len(analysis.arms.blocks)
    if not 1 < blocks <= MOST_COLUMNS:
        return
    verdicts = [c for family in analysis.by_block.values() for c in family]
    if any(can_decide_within(analysis, block) for block in analysis.arms.blocks):
        size = max(c.family_size for c in verdicts)
        held = f"Verdicts within a data set hold for all {size} comparisons within data sets"
        if analysis.arms.paired and analysis.table.unit == "seed":
            flips = "by step-down sign flips, one sign for a seed in all data sets"
            yield Sentence(f"{held} together, {flips}", (SIGN_FLIPS,))
        else:
            yield Sentence(f"{held} together", (SIDAK,))


def _margin(analysis: TableAnalysis) -> Iterator[Sentence]:
    margin = analysis.arms.rule.margin
    if margin is not None:
        yield Sentence(
            f"Differences below {margin:g} were declared not to matter; arms are called equivalent"
            " where the 90% interval lies within that margin, which is two one-sided tests at 5%",
            (EQUIVALENCE,),
        )


def _missing(analysis: TableAnalysis) -> Iterator[Sentence]:
    lacking = sum(1 for comparison in analysis.lead.comparisons if comparison.missing)
    tried = sum(len(keys) for keys in analysis.arms.tried.values())
    without = tried - sum(len(values) for values in analysis.arms.values.values())
    if without:
        yield Sentence(f"{without:,} of {tried:,} values are missing")
    if lacking and analysis.arms.paired:
        yield Sentence(
            "A pair is compared on what both of its arms have; where more than"
            f" {FAILED_SHARE:.0%} of its units lack a value there is no verdict"
        )
