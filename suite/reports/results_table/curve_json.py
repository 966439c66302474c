"""The verdicts along the curves of logged runs, as JSON has them."""

from __future__ import annotations

from suite.analysis.along_curve import AlongCurve, PairOfArms
from suite.reports.curve_words import bands_sentence, curve_sentence, decided_from
from suite.reports.numbers import finite_bounds
from suite.stats import ALPHA


def curve_fields(along: AlongCurve) -> dict[str, object]:
    """The points, and for each pair arrays with a value for each of them."""
    return {
        **_points(along),
        "pairs": [{"a": pair[0], "b": pair[1], **_pair(along, pair)} for pair in along.verdicts],
    }


def pair_curve_fields(along: AlongCurve, pair: PairOfArms) -> dict[str, object]:
    """The same for one pair alone; the bands hold for all pairs still."""
    return {**_points(along), **_pair(along, pair)}


def _points(along: AlongCurve) -> dict[str, object]:
    return {
        "axis": along.axis,
        "points": list(along.points),
        "band_level": 1 - ALPHA,
        "notes": [bands_sentence(along), *along.notes],
    }


def _pair(along: AlongCurve, pair: PairOfArms) -> dict[str, object]:
    """Arrays (points,); null where there is no band."""
    verdicts = along.verdicts[pair]
    bands = [comparison.gap.interval for comparison in verdicts]
    return {
        "mean_gap": [comparison.gap.mean for comparison in verdicts],
        "band": [finite_bounds(band) for band in bands],
        "n": [comparison.gap.n for comparison in verdicts],
        "verdict": [str(comparison.verdict) for comparison in verdicts],
        "winner": [comparison.winner for comparison in verdicts],
        "decided_from": decided_from(along, pair),
        "sentence": curve_sentence(along, pair),
    }
