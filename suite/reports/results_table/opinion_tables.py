"""The second opinion on a table for pages: arms, pairs, and what each column is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.words import Scope
from suite.reports.numbers import MISSING, format_p
from suite.reports.opinion_words import (
    is_noise_known,
    over_ranked,
    probability,
    rank_sentence,
)
from suite.reports.prose import Prose, Unbroken
from suite.reports.results_table.digits import Digits, digits_for, half_width
from suite.reports.results_table.layout import gap_digits
from suite.reports.table import Table, make_table
from suite.stats import Aggregate, Interval

RUN, NEW = "P(a run of A is better)", "a new data set: A better"


@dataclass(frozen=True)
class OpinionTables:
    """What a page shows. `notes`: sentences without a full stop, the first on all of it."""

    arms: Table
    pairs: Table
    notes: tuple[str, ...]


def opinion_tables(analysis: TableAnalysis) -> OpinionTables | None:
    """The tables; None for a single data set, and where there is nothing to say."""
    opinion = analysis.second_opinion
    if not opinion.blocks and not opinion.beliefs:
        return None
    return OpinionTables(_arms(analysis), _pairs(analysis), tuple(_notes(analysis)))


def _arms(analysis: TableAnalysis) -> Table:
    """Mean rank, whether Nemenyi's test ties the arm with the best, and interquartile mean."""
    opinion = analysis.second_opinion
    ranks, means = opinion.mean_ranks, opinion.middle_means
    widths = [half_width(mean.these) for mean in means.values()]
    digits = digits_for(widths) if any(widths) else gap_digits(analysis)
    rows = []
    for arm in analysis.arms.values if ranks else ():
        row: dict[str, Prose] = {"arm": arm, "mean rank": f"{ranks[arm]:.2f}" if ranks else MISSING}
        if len(analysis.arms.values) > 2:
            row["Nemenyi"] = "with the best" if arm in opinion.nemenyi_group else ""
        if means:
            row["interquartile mean"] = digits.text(means[arm].value)
            row["95%, these data sets"] = Unbroken(_bounds(means[arm].these, digits))
        rows.append(row)
    return make_table(rows)


def _pairs(analysis: TableAnalysis) -> Table:
    """A row for each pair; columns that no pair has anything in are left out."""
    opinion, has_margin = analysis.second_opinion, bool(analysis.arms.rule.margin)
    rows = []
    for pair in analysis.pairs:
        row: dict[str, Prose] = {"A": pair[0], "B": pair[1]}
        if opinion.improvements:
            row[RUN] = probability(opinion.improvements[pair].value)
            bounds = _lead_interval(analysis, opinion.improvements[pair])
            row[f"95%, {analysis.lead.scope}"] = Unbroken(_bounds(bounds, Digits(2)))
        if opinion.beliefs:
            believed = opinion.beliefs.get(pair)
            row[NEW] = probability(believed.new.above) if believed else MISSING
            if has_margin:
                row["within the margin"] = probability(believed.new.within) if believed else MISSING
            row["B better"] = probability(believed.new.below) if believed else MISSING
        if opinion.blocks:
            row["Wilcoxon-Holm"] = Unbroken(format_p(opinion.signed_ranks[pair].adjusted))
        rows.append(row)
    return make_table(rows)


def _lead_interval(analysis: TableAnalysis, aggregate: Aggregate) -> Interval | None:
    """The interval of the scope that leads."""
    return aggregate.like if analysis.lead.scope == Scope.LIKE_THESE else aggregate.these


def _bounds(interval: Interval | None, digits: Digits) -> str:
    if interval is None:
        return MISSING
    return f"[{digits.text(interval.low)}, {digits.text(interval.high)}]"


def _notes(analysis: TableAnalysis) -> Iterator[str]:
    """What each part is, in a sentence."""
    opinion, sentence = analysis.second_opinion, rank_sentence(analysis)
    yield "Other methods answer other questions, and the verdicts above do not rest on them"
    if sentence and opinion.ranks:
        over = over_ranked(analysis)
        yield f"By ranks{over}: {sentence}"
        yield (
            "Nemenyi's test ties arms whose mean rank is within"
            f" {opinion.ranks.difference:.2f} of the best; which arms take part changes its answer"
        )
    if opinion.blocks:
        yield "Wilcoxon-Holm asks which arm tends to be better on a data set, and not by how much"
    if opinion.middle_means:
        yield (
            "Interquartile mean: the mean of the middle half of all runs; it says something only"
            " where all data sets have one scale"
        )
        yield f"{RUN}: the mean over data sets, ties counting half; 0.5 is no difference"
    if opinion.beliefs:
        is_true = all(is_noise_known(analysis, pair) for pair in opinion.beliefs)
        yield (
            f"On a new data set: the probability that the {'true' if is_true else 'measured'} gap"
            " there favours A, or B, by a normal model of all gaps; not corrected for the number of"
            " pairs"
        )
