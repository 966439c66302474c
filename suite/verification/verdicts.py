"""The words of an analysis by what they are on, and where two analyses give other words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from suite.analysis.adjudications import Adjudication, ClaimedOrder
from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.words import MeanGapWord, Scope


def list_verdicts(analysis: Analysis) -> dict[str, str]:
    """The verdict on every declared pair, in every scope, and the answer to every claim."""
    words = {_pair(comparison): _word(comparison) for comparison in analysis.both_scopes}
    for block, comparisons in analysis.within.items():
        words |= {f"{_pair(pair)}, within {block}": _word(pair) for pair in comparisons}
    return words | {
        _statement(adjudication): ", ".join(chain(adjudication.words, _besides(adjudication)))
        for adjudication in analysis.adjudications
    }


def list_verdict_changes(published: Mapping[str, str], recomputed: Mapping[str, str]) -> list[str]:
    """Where the words differ, a line each."""
    return [
        f"{subject}: published {published.get(subject, 'nothing')}, recomputed"
        f" {recomputed.get(subject, 'nothing')}"
        for subject in dict.fromkeys([*published, *recomputed])
        if published.get(subject) != recomputed.get(subject)
    ]


def _pair(comparison: Comparison) -> str:
    scope = "" if comparison.scope == Scope.ONE else f", for {comparison.scope}"
    return f"{comparison.metric}, {comparison.first} against {comparison.second}{scope}"


def _word(comparison: Comparison) -> str:
    """The verdict with the arm that it names."""
    arm = comparison.winner or comparison.not_worse
    margin = ", by at least the margin" * comparison.by_margin
    return f"{arm} {comparison.verdict}{margin}" if arm else str(comparison.verdict)


def _statement(adjudication: Adjudication) -> str:
    """What was claimed, by whom nothing else was claimed in the same words."""
    metric = adjudication.claim.metric
    if isinstance(adjudication, ClaimedOrder):
        return f"claim: {metric}, {adjudication.better} better than {adjudication.worse}"
    kind = type(adjudication).__name__.removeprefix("Claimed").lower()
    value = getattr(adjudication, "target", None) or getattr(adjudication, "reported", None)
    return f"claim: {metric}, {kind} {value} of {adjudication.arm}"


def _besides(adjudication: Adjudication) -> Iterator[str]:
    size = adjudication.size if isinstance(adjudication, ClaimedOrder) else None
    if size is not None and size.equals_mean:
        yield str(MeanGapWord.EQUAL)
