"""What is said of each reported statement: an order, a value, a target or a count."""

from __future__ import annotations

from dataclasses import dataclass

from suite.analysis.comparison import Comparison
from suite.analysis.words import DirectionWord, LevelWord, SizeWord, TargetWord, Verdict, Word
from suite.stats import Interval, Prediction, Summary, UnpairedShareGap
from suite.task.claims import Claim


@dataclass(frozen=True)
class Size:
    """Where the reported gap of a pair lies among such gaps here.

    `reported` and `prediction`: of better - worse as claimed; the percentile is the share of gaps
    expected to favour the claimed winner by less. `equals_mean`: whether the mean gap is shown to
    be equal to it within the margin, by two one-sided tests; None without a margin.
    """

    word: SizeWord
    reported: float
    prediction: Prediction
    equals_mean: bool | None


@dataclass(frozen=True)
class ClaimedOrder:
    """That one arm is better than another.

    `direction` is read off the pair's `comparison`, or is its verdict where that has none; of exact
    counts, off the counts. `gap` and `interval`: better - worse, of their means. `size`: where both
    values were reported and there is a direction. `evidence`: what both values say by themselves.
    `lower_wins`: the better value is the lower one.
    """

    claim: Claim
    better: str
    worse: str
    direction: DirectionWord | Verdict
    comparison: Comparison | None = None
    gap: float | None = None
    interval: Interval | None = None
    size: Size | None = None
    evidence: UnpairedShareGap | None = None
    lower_wins: bool = False

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that the statement is on."""
        return (self.better, self.worse)

    @property
    def words(self) -> tuple[Word, ...]:
        """Its answers."""
        return (self.direction,) if self.size is None else (self.direction, self.size.word)

    @property
    def reported_gap(self) -> float | None:
        """The reported value of the better arm less that of the worse; None without both."""
        values = self.claim.reported
        if not {self.better, self.worse} <= values.keys():
            return None
        return values[self.better] - values[self.worse]


@dataclass(frozen=True)
class ClaimedLevel:
    """That an arm gives a value.

    `evidence`: the 95% interval of the reported share by its own test set. What cannot be known is
    None.
    """

    claim: Claim
    arm: str
    reported: float
    word: LevelWord | Verdict
    measured: Summary | None = None
    prediction: Prediction | None = None
    evidence: Interval | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """The arm that the statement is on."""
        return (self.arm,)

    @property
    def words(self) -> tuple[Word, ...]:
        """Its answer."""
        return (self.word,)


@dataclass(frozen=True)
class ClaimedTarget:
    """That an arm reaches a value.

    `interval`: of the arm's mean, wide enough to hold for all `together` targets of the task.
    """

    claim: Claim
    arm: str
    target: float
    word: TargetWord | Verdict
    measured: Summary | None = None
    interval: Interval | None = None
    together: int = 1

    @property
    def arms(self) -> tuple[str, ...]:
        """The arm that the statement is on."""
        return (self.arm,)

    @property
    def words(self) -> tuple[Word, ...]:
        """Its answer."""
        return (self.word,)


@dataclass(frozen=True)
class ClaimedCount:
    """That a count of an arm, such as its parameters, is exactly this one."""

    claim: Claim
    arm: str
    reported: float
    word: DirectionWord | Verdict
    measured: Summary | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """The arm that the statement is on."""
        return (self.arm,)

    @property
    def words(self) -> tuple[Word, ...]:
        """Its answer."""
        return (self.word,)


Adjudication = ClaimedOrder | ClaimedLevel | ClaimedTarget | ClaimedCount
