"""The words of verdicts: closed sets, in the order in which reports explain them."""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """A word of a closed set; it prints as its text on every Python."""

    __str__ = str.__str__


class Verdict(Word):
    """What is said of two arms."""

    BETTER = "BETTER"
    BETTER_BY_LESS = "BETTER BY LESS THAN THE MARGIN"
    EQUIVALENT = "EQUIVALENT"
    NOT_WORSE = "NOT WORSE"
    UNDECIDED = "UNDECIDED"
    NOTHING_VARIED = "NOTHING VARIED"
    TOO_FEW_SEEDS = "TOO FEW SEEDS"
    TOO_MANY_FAILURES = "TOO MANY FAILURES"


class ClaimVerdict(Word):
    """What is said of a reported statement."""

    CONFIRMED = "CONFIRMED"
    SIZE_ATYPICAL = "DIRECTION CONFIRMED, SIZE ATYPICAL"
    NOT_REPRODUCED = "NOT REPRODUCED"
    CONTRADICTED = "CONTRADICTED"
    INCONCLUSIVE = "INCONCLUSIVE"
    TOO_FEW_SEEDS = "TOO FEW SEEDS"
