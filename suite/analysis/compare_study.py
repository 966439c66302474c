"""A study -> the verdicts on its pairs of arms."""

from __future__ import annotations

from suite.analysis.claims import claimed_pairs
from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import Pair
from suite.analysis.study import Study
from suite.analysis.words import Scope, Verdict

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
    """Two arms of a study; None where no seed has a value of both.

    Over several data sets the unit is a data set, with the means over the seeds that both arms have
    on it: the verdict is on data sets like these.
    """
    if study.blocks:
        common = study.paired_values(first, second, metric)
        a, b = ({label: values[side] for label, *values in common} for side in (0, 1))
    else:
        a, b = study.values(first, metric), study.values(second, metric)
    if not a.keys() & b.keys():
        return None
    missing, share = _missing_units(study, first, second, metric)
    return Pair(
        first,
        second,
        metric,
        a,
        b,
        study.task.metrics[metric],
        unit="data set" if study.blocks else "seed",
        scope=Scope.LIKE_THESE if study.blocks else Scope.ONE,
        sequential=study.sequential,
        missing=missing,
        too_many_failures=share > study.task.protocol.max_failed_share,
        is_primary=metric == study.primary_metric,
        is_declared=is_declared,
    )


def _missing_units(study: Study, first: str, second: str, metric: str) -> tuple[int, float]:
    """The seeds, or data sets, that ran and have no pair, and the largest share of runs lost.

    Of either arm's runs, and of the pairs of runs.
    """
    ran, missing, missing_data_sets = 0, 0, 0
    for part in study.each():
        seeds = {result.seed for arm in (first, second) for result in part.results[arm]}
        lost = len(seeds) - len(part.paired_values(first, second, metric))
        ran, missing = ran + len(seeds), missing + lost
        missing_data_sets += 0 < lost == len(seeds)
    share = max(study.failed_share(first), study.failed_share(second), missing / ran)
    return (missing_data_sets if study.blocks else missing), share
