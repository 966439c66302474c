"""A study -> the verdicts on its pairs of arms."""

from __future__ import annotations

from suite.analysis.claims import claimed_pairs
from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import Pair
from suite.analysis.study import Study
from suite.analysis.words import Verdict

OPEN = {Verdict.UNDECIDED, Verdict.NOT_WORSE, Verdict.TOO_FEW_SEEDS}  # more seeds change these


def compare_study(study: Study) -> list[Comparison]:
    """The verdicts on all pairs that the task compares or claims, under every metric.

    The pairs under the primary metric are one family, those under all others a second: what is
    measured besides never costs the question its answer.
    """
    pairs = pairs_of_study(study)
    primary = judge_family([pair for pair in pairs if pair.is_primary])
    return primary + judge_family([pair for pair in pairs if not pair.is_primary])


def pairs_of_study(study: Study) -> list[Pair]:
    """All pairs that the task compares or claims, under every metric that both arms have."""
    return [
        pair
        for metric in study.task.metrics
        for first, second, is_declared in _asked_pairs(study, metric)
        if (pair := _pair(study, first, second, metric, is_declared=is_declared)) is not None
    ]


def is_decided(study: Study) -> bool:
    """Whether every declared pair has a final verdict under the primary metric.

    More seeds would change those in OPEN.
    """
    verdicts = [
        comparison.verdict
        for comparison in compare_study(study)
        if comparison.is_primary and comparison.is_declared
    ]
    return len(verdicts) == len(study.task.pairs()) and not OPEN & set(verdicts)


def _asked_pairs(study: Study, metric: str) -> list[tuple[str, str, bool]]:
    """The declared pairs, then those that only a claim orders; each with whether it is declared."""
    declared = list(study.task.pairs())
    known = {frozenset(pair) for pair in declared}
    claimed = {
        pair: None
        for claim in study.task.claims
        if claim.metric == metric
        for pair in claimed_pairs(claim, study.task)
        if frozenset(pair) not in known
    }
    return [(*pair, True) for pair in declared] + [(*pair, False) for pair in claimed]


def _pair(study: Study, first: str, second: str, metric: str, *, is_declared: bool) -> Pair | None:
    """Two arms of a study; None where no seed has a value of both."""
    a, b = study.values(first, metric), study.values(second, metric)
    common = a.keys() & b.keys()
    if not common:
        return None
    ran = {result.seed for arm in (first, second) for result in study.results[arm]}
    missing = len(ran - common)
    share = max(study.failed_share(first), study.failed_share(second), missing / len(ran))
    return Pair(
        first,
        second,
        metric,
        a,
        b,
        study.task.metrics[metric],
        sequential=study.sequential,
        missing=missing,
        too_many_failures=share > study.task.protocol.max_failed_share,
        is_primary=metric == study.primary_metric,
        is_declared=is_declared,
    )
