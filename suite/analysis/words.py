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


class Scope(Word):
    """What a verdict speaks about."""

    ONE = "one data set"
    THESE_ITEMS = "these test items"
    LIKE_ITEMS = "test items like these"
    THESE = "these data sets"
    LIKE_THESE = "data sets like these"


class DirectionWord(Word):
    """Whether an arm is better than another, as was reported."""

    CONFIRMED = "CONFIRMED"
    CONTRADICTED = "CONTRADICTED"
    NOT_SHOWN = "NOT SHOWN"


class SizeWord(Word):
    """Where a reported gap lies among the gaps that such runs give here."""

    TYPICAL = "TYPICAL"
    LARGER = "LARGER THAN RUNS GIVE HERE"
    SMALLER = "SMALLER THAN RUNS GIVE HERE"


class LevelWord(Word):
    """Where a reported value lies among the values that such runs give here."""

    TYPICAL = "TYPICAL"
    HIGHER = "HIGHER THAN RUNS GIVE HERE"
    LOWER = "LOWER THAN RUNS GIVE HERE"


class TargetWord(Word):
    """Whether the mean of an arm reaches a value, as was reported."""

    YES = "YES"
    NO = "NO"
    NOT_SHOWN = "NOT SHOWN"


class MeanGapWord(Word):
    """What is said of a reported gap besides its size."""

    EQUAL = "EQUALS THE MEAN GAP WITHIN THE MARGIN"
