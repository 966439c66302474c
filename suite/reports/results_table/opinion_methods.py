"""What the methods paragraph says of the second opinion, where an output shows it."""

from __future__ import annotations

from collections.abc import Iterator

from suite.analysis.compare_table import TableAnalysis
from suite.reports.opinion_words import over_ranked
from suite.reports.results_table.references import (
    AGGREGATES,
    BELIEFS,
    FLAT_SPREAD,
    HOLM,
    RANK_TESTS,
)
from suite.reports.results_table.sentences import Sentence


def opinion_sentences(analysis: TableAnalysis) -> Iterator[Sentence]:
    """A sentence for each part that is there."""
    opinion = analysis.second_opinion
    if opinion.blocks:
        tests = "Friedman's test by Iman and Davenport's F, Nemenyi's test and "
        yield Sentence(
            "As a second opinion, on which no verdict rests, mean ranks"
            f"{over_ranked(analysis)} are given with {tests * (len(analysis.arms.values) > 2)}"
            "Wilcoxon's signed-rank tests, corrected by Holm's method",
            (RANK_TESTS, HOLM),
        )
    if opinion.improvements:
        yield Sentence(
            "Interquartile means are of all runs together, and the probability of improvement is"
            " the mean over data sets of the share of pairs of runs; their intervals hold one by"
            " one, and are t and Wilson intervals in the place of a bootstrap",
            (AGGREGATES,),
        )
    if opinion.beliefs:
        yield Sentence(
            "Probabilities on a new data set follow from a hierarchical normal model with flat"
            " priors of the mean gap and of its spread between data sets, and are not corrected for"
            " the number of pairs",
            (BELIEFS, FLAT_SPREAD),
        )
