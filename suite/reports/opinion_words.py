"""The second opinion on a table in sentences, each without a full stop."""

from __future__ import annotations

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.comparison import Comparison
from suite.reports.numbers import format_p
from suite.reports.wording import NO_VERDICT
from suite.stats import ALPHA

MOST_ARMS, MOST_PAIRS = 5, 3  # named in a sentence
MOST_NAME = 24  # letters


def rank_sentence(analysis: TableAnalysis) -> str | None:
    """What tests of ranks say of three arms or more, and where they part from the verdicts."""
    opinion = analysis.second_opinion
    if opinion.ranks is None or len(analysis.arms.values) < 3:
        return None
    return f"{_friedman(analysis)}; {_wilcoxon(analysis)}"


def _friedman(analysis: TableAnalysis) -> str:
    """Friedman's test, by the F of Iman and Davenport, and Nemenyi's group where it rejects."""
    opinion = analysis.second_opinion
    test = opinion.ranks.friedman if opinion.ranks else None
    if test is None:
        return "all arms rank alike on every data set"
    p = format_p(test.f_p)
    if test.f_p >= ALPHA:
        return f"Friedman {p}, so no arm is shown to rank above another"
    group = sorted(opinion.nemenyi_group, key=(opinion.mean_ranks or {}).__getitem__)
    if len(group) == len(analysis.arms.values):
        return f"Friedman {p}; Nemenyi tells no arm from the best"
    return f"Friedman {p}; Nemenyi puts {_listed(group)} first"


def _wilcoxon(analysis: TableAnalysis) -> str:
    """In how many pairs Wilcoxon's corrected tests agree with the verdicts, and where not."""
    opinion = analysis.second_opinion
    if not opinion.can_show_by_ranks:
        return f"Wilcoxon-Holm can show nothing on {len(opinion.blocks)} data sets"
    judged = [c for c in analysis.lead.comparisons if c.verdict not in NO_VERDICT]
    if not judged:
        shown = sum(opinion.rank_winner(pair) is not None for pair in analysis.pairs)
        return f"Wilcoxon-Holm shows a difference in {shown} of {len(analysis.pairs)} pairs"
    parting = [c for c in judged if opinion.rank_winner((c.first, c.second)) != c.winner]
    things = "pairs" if len(judged) == len(analysis.pairs) else "pairs with a verdict"
    agrees = f"Wilcoxon-Holm agrees in {len(judged) - len(parting)} of {len(judged)} {things}"
    named = ", ".join(_parting(analysis, comparison) for comparison in parting[:MOST_PAIRS])
    more = f" and {len(parting) - MOST_PAIRS} more" * (len(parting) > MOST_PAIRS)
    return f"{agrees}, not in {named}{more}" if parting else agrees


def _parting(analysis: TableAnalysis, comparison: Comparison) -> str:
    test = analysis.second_opinion.signed_ranks[comparison.first, comparison.second]
    names = f"{shortened(comparison.first)} - {shortened(comparison.second)}"
    return f"{names} ({format_p(test.adjusted)})"


def over_ranked(analysis: TableAnalysis) -> str:
    """Which data sets ranks are over, where that is not all of them; else nothing."""
    blocks = len(analysis.second_opinion.blocks)
    is_whole = blocks == len(analysis.arms.blocks)
    return "" if is_whole else f" over the {blocks} data sets that have every arm"


def new_data_set_sentence(analysis: TableAnalysis) -> str | None:
    """How likely the first of two arms is better on a new data set; None where nothing is known."""
    pair = analysis.pairs[0]
    believed = analysis.second_opinion.beliefs.get(pair)
    if believed is None:
        return None
    new, truly = believed.new, "truly " * is_noise_known(analysis, pair)
    within = f" within the margin {probability(new.within)}," * bool(analysis.arms.rule.margin)
    return (
        f"A new data set like these: {shortened(pair[0])} {truly}better with probability"
        f" {probability(new.above)},{within} worse {probability(new.below)}"
    )


def is_noise_known(analysis: TableAnalysis, pair: tuple[str, str]) -> bool:
    """Whether beliefs are of true gaps, the noise of seeds taken off, and not of measured ones."""
    spread = analysis.spreads.get(pair)
    return spread is not None and spread.spread is not None


def probability(share: float) -> str:
    """A probability with two digits; near 0 and 1 by what it is beyond."""
    if share < 0.005:
        return "< 0.01"
    return "> 0.99" if share > 0.995 else f"{share:.2f}"


def shortened(name: str) -> str:
    """The name, or its beginning."""
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…"


def _listed(names: list[str]) -> str:
    shown = ", ".join(shortened(name) for name in names[:MOST_ARMS])
    return shown + f" and {len(names) - MOST_ARMS} more" * (len(names) > MOST_ARMS)
