"""A study -> the verdicts on its pairs of arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from suite.analysis.comparison import Comparison, judge_family
from suite.analysis.pairs import Pair
from suite.analysis.study import Study
from suite.analysis.study_pairs import pairs_of_study, pairs_on_these, pairs_within
from suite.analysis.words import Verdict
from suite.stats import FEWEST_SEEDS

OPEN = {Verdict.UNDECIDED, Verdict.NOT_WORSE, Verdict.TOO_FEW_SEEDS}  # more seeds change these


@dataclass(frozen=True)
class Scopes:
    """The verdicts of a study: those that answer its question, and those of the other scope.

    Over several data sets `lead` is on these data sets below six of them, and on data sets like
    these from six on, as for any table; `beside` is the other one, empty where it is not judged.
    """

    lead: tuple[Comparison, ...]
    beside: tuple[Comparison, ...] = ()


def compare_study(study: Study) -> list[Comparison]:
    """The verdicts on all pairs that the task compares or claims, under every metric.

    The pairs under the primary metric are one family, those under all others a second: what is
    measured besides never costs the question its answer.
    """
    return list(compare_scopes(study).lead)


def compare_scopes(study: Study) -> Scopes:
    """The same in both scopes, each with its families."""
    pairs, on_these = pairs_of_study(study), pairs_on_these(study)
    measured = sum(any(part.results.values()) for part in study.each())
    answers_on_these = any(pair.is_primary for pair in on_these) and measured < FEWEST_SEEDS
    lead, beside = (on_these, pairs) if answers_on_these else (pairs, on_these)
    return Scopes(_judge(lead), _judge(beside))


def compare_within(study: Study) -> Mapping[str, tuple[Comparison, ...]]:
    """The verdicts on the declared pairs within each of several data sets.

    Under the first metric; all of them one family.
    """
    pairs = pairs_within(study)
    verdicts = iter(judge_family([pair for found in pairs.values() for pair in found]))
    judged = {block: list(islice(verdicts, len(found))) for block, found in pairs.items()}
    return {
        block: tuple(verdict for verdict in found if verdict.is_declared)
        for block, found in judged.items()
    }


def is_decided(study: Study) -> bool:
    """Whether every declared pair has a final verdict under the primary metric.

    More seeds would change those in OPEN.
    """
    verdicts = [
        comparison.verdict
        for comparison in compare_study(study)
        if comparison.is_primary and comparison.is_declared
    ]
    return len(verdicts) == len(study.pairs()) and not OPEN & set(verdicts)


def _judge(pairs: Sequence[Pair]) -> tuple[Comparison, ...]:
    primary = judge_family([pair for pair in pairs if pair.is_primary])
    return (*primary, *judge_family([pair for pair in pairs if not pair.is_primary]))
