"""What is said of the verdicts along a curve: a sentence a pair, and what its bands hold for."""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.along_curve import AlongCurve, PairOfArms, Stretch, stretches
from suite.analysis.comparison import Comparison
from suite.analysis.words import Verdict
from suite.reports.numbers import fixed_decimals
from suite.reports.results_table.standings import why_none
from suite.reports.text_columns import bounds
from suite.reports.wording import NO_VERDICT

MOST_STRETCHES = 3  # that one sentence names


def bands_sentence(along: AlongCurve) -> str:
    """What the bands hold for, and what they do not."""
    pairs = len(along.verdicts)
    of_pairs = f" and all {pairs} pairs" * (pairs > 1)
    return (
        f"Bands of 95% that hold at all {len(along.points)} {along.axis}s shown{of_pairs} together,"
        f" so that the {along.axis} may be chosen after looking; they hold for these runs, not for"
        " looks at more runs later"
    )


def curve_sentence(along: AlongCurve, pair: PairOfArms) -> str:
    """From which point on one arm of the pair is better, or where it was; without a full stop."""
    verdicts, found = along.verdicts[pair], stretches(along.verdicts[pair])
    if all(comparison.verdict in NO_VERDICT for comparison in verdicts):
        reasons = dict.fromkeys(map(why_none, verdicts))
        return f"no verdict along the curve: {', '.join(reasons)}"
    end = found[-1]
    at_end = f"at {along.axis} {along.points[-1]:g} the gap is {_gap(verdicts, -1)}"
    if end.state is None:
        before = _stretches(along, [one for one in found if one.state is not None])
        shown = f"{before}, but not at the end" if before else "nothing is shown at any point"
        return f"{shown}: {at_end}"
    start = f"from {along.axis} {along.points[end.first]:g} on, {_said(end)}"
    if end.first == 0:
        start = f"at every {along.axis} shown, {_said(end)}"
    before = _stretches(along, [one for one in found[:-1] if one.state is not None])
    rest = f"; before that, {before}" if before else "; before that, nothing is shown"
    return f"{start}; {at_end}{rest * (end.first > 0)}"


def decided_from(along: AlongCurve, pair: PairOfArms) -> float | None:
    """The first point from which one answer holds to the end; None where the end is open."""
    end = stretches(along.verdicts[pair])[-1]
    return None if end.state is None else along.points[end.first]


def _gap(verdicts: Sequence[Comparison], place: int) -> str:
    """The gap of a pair at a point, with its band."""
    gap = verdicts[place].gap
    if gap.interval is None:
        return f"{gap.mean:+.4g}"
    digits = fixed_decimals([(gap.interval.high - gap.interval.low) / 2])
    return f"{gap.mean:+.{digits}f}, band {bounds(gap.interval, digits)}"


def _said(stretch: Stretch) -> str:
    is_tie = stretch.state == Verdict.EQUIVALENT
    return "the arms are equivalent within the margin" if is_tie else f"{stretch.state} is better"


def _stretches(along: AlongCurve, found: Sequence[Stretch]) -> str:
    """The first stretches in words; empty for none."""
    named = [f"{_said(one)} {_where(along, one)}" for one in found[:MOST_STRETCHES]]
    more = len(found) - MOST_STRETCHES
    named += [f"and {more} times more"] if more > 0 else []
    return ", ".join(named)


def _where(along: AlongCurve, stretch: Stretch) -> str:
    first, last = along.points[stretch.first], along.points[stretch.last]
    if stretch.first == stretch.last:
        return f"at {along.axis} {first:g}"
    return f"from {along.axis} {first:g} to {last:g}"
