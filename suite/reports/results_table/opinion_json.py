"""The second opinion on a table as fields of a JSON document."""

from __future__ import annotations

from dataclasses import asdict

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.second_opinion import PairOfArms, SecondOpinion
from suite.stats import Aggregate, Belief, Interval


def opinion_fields(analysis: TableAnalysis) -> dict[str, object]:
    """What other methods say, on which no verdict rests; what cannot be said is null."""
    opinion = analysis.second_opinion
    ranks = opinion.ranks
    return {
        "data_sets": list(opinion.blocks),
        "friedman": asdict(ranks.friedman) if ranks and ranks.friedman else None,
        "nemenyi_difference": ranks.difference if ranks else None,
        "nemenyi_group": list(opinion.nemenyi_group),
        "wilcoxon_can_show_a_difference": opinion.can_show_by_ranks,
        "performance_profile_thresholds": list(opinion.thresholds) if opinion.profiles else [],
        "arms": [
            {
                "arm": arm,
                "mean_rank": (opinion.mean_ranks or {}).get(arm),
                "interquartile_mean": _aggregate(opinion.middle_means.get(arm)),
                "performance_profile": [_aggregate(a) for a in opinion.profiles.get(arm, ())],
            }
            for arm in analysis.arms.values
        ],
        "pairs": [_pair(opinion, pair) for pair in analysis.pairs],
    }


def _pair(opinion: SecondOpinion, pair: PairOfArms) -> dict[str, object]:
    """What is said of one pair; "better": that a is better than b."""
    test, believed = opinion.signed_ranks.get(pair), opinion.beliefs.get(pair)
    return {
        "a": pair[0],
        "b": pair[1],
        "wilcoxon": None
        if test is None
        else {
            "n": test.n,
            "statistic": test.statistic,
            "p": test.p,
            "corrected_p": test.adjusted,
            "winner": opinion.rank_winner(pair),
        },
        "probability_of_improvement": _aggregate(opinion.improvements.get(pair)),
        "mean_over_data_sets_like_these": _belief(believed.mean if believed else None),
        "new_data_set": _belief(believed.new if believed else None),
        "this_data_set": _belief(opinion.beliefs_of_one.get(pair)),
    }


def _aggregate(aggregate: Aggregate | None) -> dict[str, object] | None:
    """The number with its interval of each scope."""
    if aggregate is None:
        return None
    return {
        "value": aggregate.value,
        "these_data_sets": _bounds(aggregate.these),
        "data_sets_like_these": _bounds(aggregate.like),
    }


def _belief(belief: Belief | None) -> dict[str, float] | None:
    if belief is None:
        return None
    return {"better": belief.above, "within": belief.within, "worse": belief.below}


def _bounds(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
