"""Where every arm of a family stands: shown best, tied with the best, or behind.

A word rests on verdicts alone. The order of the means never makes an arm the best. Ranks with their
intervals, which are of all pairs, are `suite.analysis.ranking`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from suite.analysis.comparison import Comparison
from suite.analysis.words import Scope, Verdict
from suite.reports.wording import NO_VERDICT, phrase
from suite.stats import Interval

Mark = Literal["", "best", "tied"]


@dataclass(frozen=True)
class Against:
    """An arm less the arm that it is compared with: its gap, and the verdict on both."""

    arm: str
    gap: float
    interval: Interval | None
    comparison: Comparison


@dataclass(frozen=True)
class Standings:
    """The arms of one family of verdicts, the best mean first.

    `best`: the arm that is shown to be better than every other; None where there is none. `tied`:
    the arms that no arm is shown to beat, where they are several with a verdict between them; with
    a `baseline`, the arms that are not shown to differ from it. `reference`: the arm that all are
    held against, the baseline or the best mean among those that nobody beats. `against`: every
    other arm that was compared with it. `beaten_by`: of each arm, those shown to be better.
    """

    best: str | None
    tied: frozenset[str]
    reference: str
    against: Mapping[str, Against]
    beaten_by: Mapping[str, tuple[str, ...]]

    def mark(self, arm: str) -> Mark:
        """What the rule says of the arm's number."""
        return "best" if arm == self.best else "tied" if arm in self.tied else ""


def find_standings(
    arms: Sequence[str], comparisons: Sequence[Comparison], baseline: str | None = None
) -> Standings:
    """The standings of `arms`, best mean first, by the verdicts on their pairs."""
    beaten_by = {
        arm: tuple(str(c.winner) for c in comparisons if c.loser == arm and c.winner in arms)
        for arm in arms
    }
    wins = Counter(c.winner for c in comparisons if c.loser in arms)
    best = next((arm for arm in arms if len(arms) > 1 and wins[arm] == len(arms) - 1), None)
    unbeaten = [arm for arm in arms if not beaten_by[arm]]
    reference = baseline if baseline is not None and baseline in arms else [*unbeaten, *arms][0]
    against = {
        arm: found for arm in arms if (found := _against(arm, reference, comparisons)) is not None
    }
    open_arms = {
        arm
        for arm, found in against.items()
        if found.comparison.winner is None and found.comparison.verdict not in NO_VERDICT
    }
    tied = open_arms if baseline else open_arms & set(unbeaten)
    if tied and not baseline:
        tied |= {reference}
    return Standings(best, frozenset(tied), reference, against, beaten_by)


def _against(arm: str, reference: str, comparisons: Sequence[Comparison]) -> Against | None:
    """The arm less the reference; None where they were not compared."""
    for comparison in comparisons:
        gap = comparison.gap
        if (comparison.first, comparison.second) == (arm, reference):
            return Against(arm, gap.mean, gap.interval, comparison)
        if (comparison.first, comparison.second) == (reference, arm):
            turned = None if gap.interval is None else -gap.interval
            return Against(arm, -gap.mean, turned, comparison)
    return None


def standing_words(standings: Standings, arm: str, *, is_baseline: bool) -> str:
    """What is said of the arm, in a few words. `is_baseline`: whether the reference is one."""
    if arm == standings.best:
        return "best"
    against = standings.against.get(arm)
    if arm == standings.reference:
        tied = ", tied" if arm in standings.tied else ""
        return "baseline" if is_baseline else f"best mean{tied}"
    if against is None:
        return "not compared"
    if against.comparison.winner is not None:
        word = "worse" if against.comparison.winner == standings.reference else "better"
        return _size_words(word, against.comparison)
    return _open_words(against.comparison, standings.beaten_by[arm], arm, is_baseline=is_baseline)


def _open_words(
    comparison: Comparison, beaten_by: Sequence[str], arm: str, *, is_baseline: bool
) -> str:
    """What is said of an arm that is shown neither better nor worse than the reference."""
    if comparison.verdict in NO_VERDICT:
        return f"no verdict: {why_none(comparison)}"
    if beaten_by:
        return f"worse than {', '.join(beaten_by)}"
    if comparison.verdict == Verdict.EQUIVALENT:
        return f"equivalent to {'the baseline' if is_baseline else 'the best'}"
    shown = "not worse" if comparison.not_worse == arm else "not shown to differ"
    return shown if is_baseline else "tied with the best"


def why_none(comparison: Comparison) -> str:
    """Why there is no verdict, by the name of what there is too little of."""
    if comparison.verdict == Verdict.TOO_FEW_SEEDS:
        is_in_clusters = comparison.scope == Scope.ONE and comparison.groups is not None
        return f"too few {'cluster' if is_in_clusters else comparison.unit}s"
    return str(comparison.verdict).lower()


def short_verdict(comparison: Comparison) -> str:
    """The verdict on a pair in a few words, or why there is none."""
    if comparison.verdict in NO_VERDICT:
        return f"no verdict: {why_none(comparison)}"
    return phrase(comparison)


def _size_words(word: str, comparison: Comparison) -> str:
    """The word, and where the gap lies against the margin."""
    if comparison.verdict == Verdict.BETTER_BY_LESS:
        return f"{word}, within the margin"
    return f"{word}, beyond the margin" if comparison.by_margin else word
