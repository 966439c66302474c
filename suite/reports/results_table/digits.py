"""Digits of printed numbers: as many as their spread says anything about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10

from suite.reports.numbers import MISSING, decimals_of
from suite.stats import Interval

MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 8  # more are written with an exponent


@dataclass(frozen=True)
class Digits:
    """How the numbers of a column are written: with so many decimals, all of them alike.

    Without `decimals`, with four significant digits.
    """

    decimals: int | None = None

    def text(self, number: float | None, *, signed: bool = False) -> str:
        """The number with a true minus sign; a dash for what is missing or has no end."""
        if number is None or not isfinite(number):
            return MISSING
        sign = "+" if signed and self._rounded(number) else ""
        if self.decimals is None or self.decimals > MOST_DECIMALS:
            return f"{number:{sign}.4g}".replace("-", MINUS)
        return f"{self._rounded(number):{sign}.{self.decimals}f}".replace("-", MINUS)

    def _rounded(self, number: float) -> float:
        """The number with these decimals, without a negative zero."""
        return (number if self.decimals is None else round(number, self.decimals)) + 0.0

    def interval(self, interval: Interval | None) -> str:
        """[low, high], both signed; a dash for one that is missing or has no end.

        Where it excludes 0, with as many decimals as show that.
        """
        if interval is None or not (isfinite(interval.low) and isfinite(interval.high)):
            return MISSING
        edge = min(abs(interval.low), abs(interval.high))
        digits = self if 0 in interval else self._showing(edge)
        low, high = (digits.text(bound, signed=True) for bound in (interval.low, interval.high))
        return f"[{low}, {high}]"

    def _showing(self, number: float) -> Digits:
        """These digits, or more where the number would be rounded to 0."""
        if self.decimals is None or round(number, self.decimals):
            return self
        return Digits(-floor(log10(number)))


def digits_for(spreads: Iterable[float | None]) -> Digits:
    """Two significant digits of these standard deviations, or half-widths of intervals."""
    return Digits(decimals_of(spreads))


def half_width(interval: Interval | None) -> float | None:
    """Half of an interval's width; None without one."""
    return None if interval is None else (interval.high - interval.low) / 2
