"""The verdicts along the curves of logged runs, for the terminal: a strip and a sentence a pair."""

from __future__ import annotations

from suite.analysis.along_curve import AlongCurve, PairOfArms
from suite.analysis.comparison import Comparison
from suite.analysis.words import Verdict
from suite.reports.curve_words import bands_sentence, curve_sentence
from suite.reports.text_columns import short_names, wrapped

MOST_PAIRS = 3
KEY = "+ first arm better, - second, = equivalent, . open"


def curve_lines(along: AlongCurve) -> list[str]:
    """A strip with a sign for every shown point and a sentence, of each of the first pairs."""
    lines = ["", *wrapped(f"Along the curve, by {along.axis}: {KEY}.")]
    names = short_names(arm for pair in along.verdicts for arm in pair)
    for pair in list(along.verdicts)[:MOST_PAIRS]:
        lines += _lines_of(along, pair, f"{names[pair[0]]} - {names[pair[1]]}")
    left = len(along.verdicts) - MOST_PAIRS
    more = [f"{left} more pairs along the curve: --html draws them, --format json lists them"]
    notes = [bands_sentence(along), *along.notes, *more * (left > 0)]
    return [*lines, *(part for note in notes for part in wrapped(f"{note}."))]


def _lines_of(along: AlongCurve, pair: PairOfArms, name: str) -> list[str]:
    strip = "".join(_sign(comparison) for comparison in along.verdicts[pair])
    ends = f"{along.points[0]:g} |{strip}| {along.points[-1]:g}"
    return [f"  {ends}", *wrapped(f"{name}: {curve_sentence(along, pair)}.", "  ")]


def _sign(comparison: Comparison) -> str:
    if comparison.winner is not None:
        return "+" if comparison.winner == comparison.first else "-"
    return "=" if comparison.verdict == Verdict.EQUIVALENT else "."
