"""The gap of two arms along the curve with its simultaneous band, as SVG text.

The same verdicts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import floor, isfinite, log10

import numpy as np

from suite.analysis.along_curve import AlongCurve, PairOfArms
from suite.analysis.comparison import Comparison
from suite.reports.curve_words import curve_sentence
from suite.reports.web.answers import TONES

WIDTH, HEIGHT = 640, 250  # pixels
LEFT, RIGHT, TOP, BOTTOM = 84, 14, 34, 44  # pixels around the frame
COLOURS = {"won": "#116329", "equal": "#0a58b5", "open": "#7a4b00"}  # as on the page
INK, GREY, PALE, BAND = "#222222", "#505a66", "#E4E4E4", "#A8CFE6"
FONT = "system-ui, 'Helvetica Neue', Arial, sans-serif"
ROOM = 0.06  # of the height, above and below what is drawn
TICKS = 5  # at most about so many on an axis


@dataclass(frozen=True)
class _Scale:
    """Numbers from `least` to `most` as pixels from `start` to `end`."""

    least: float
    most: float
    start: float
    end: float

    def at(self, number: float) -> float:
        """Where a number lies."""
        share = (number - self.least) / ((self.most - self.least) or 1.0)
        return round(self.start + (self.end - self.start) * share, 2)

    def ticks(self) -> list[float]:
        """Round numbers on it: multiples of 1, 2 or 5 times a power of ten."""
        rough = ((self.most - self.least) or 1.0) / TICKS
        power = 10.0 ** floor(log10(rough))
        step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
        # + 0.0 below: of -0 it makes 0
        first, last = np.ceil(self.least / step - 1e-9), np.floor(self.most / step + 1e-9)
        return [round(float(k * step), 12) + 0.0 for k in np.arange(first, last + 1)]


def curve_picture(along: AlongCurve, pair: PairOfArms, margin: float | None = None) -> str:
    """The picture: the mean gap of the pair at each shown point, its band, and a line at 0.

    A point is filled where an arm is shown to be better. A margin is shaded where it is declared.
    """
    verdicts = along.verdicts[pair]
    x = _Scale(along.points[0], along.points[-1], LEFT, WIDTH - RIGHT)
    y = _vertical(verdicts, margin)
    title = f"{pair[0]} \N{MINUS SIGN} {pair[1]} by {along.axis}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{_safe(title)}"'
        f' width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="{FONT}" font-size="12" fill="{INK}">',
        f"<title>{_safe(title)}</title>",
        f"<desc>{_safe(curve_sentence(along, pair))}.</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#FFFFFF"/>',
        *_margin(y, margin),
        *_axes(x, y, along),
        *_bands(x, y, along, verdicts),
        *_gaps(x, y, along, verdicts),
        f'<text x="{LEFT}" y="20" font-size="13" font-weight="600">{_safe(title)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _vertical(verdicts: Sequence[Comparison], margin: float | None) -> _Scale:
    ends = [0.0, margin or 0.0, -(margin or 0.0)]
    for comparison in verdicts:
        ends.append(comparison.gap.mean)
        if _has_band(comparison) and comparison.gap.interval is not None:
            ends += [comparison.gap.interval.low, comparison.gap.interval.high]
    least, most = min(ends), max(ends)
    room = ROOM * ((most - least) or 1.0)
    return _Scale(least - room, most + room, HEIGHT - BOTTOM, TOP)


def _has_band(comparison: Comparison) -> bool:
    interval = comparison.gap.interval
    return interval is not None and isfinite(interval.low) and isfinite(interval.high)


def _margin(y: _Scale, margin: float | None) -> list[str]:
    if not margin:
        return []
    top, bottom = y.at(margin), y.at(-margin)
    return [
        f'<rect x="{LEFT}" y="{top:g}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top:g}"'
        f' fill="{PALE}"/>'
    ]


def _axes(x: _Scale, y: _Scale, along: AlongCurve) -> list[str]:
    """Lines and numbers of both axes, and the line of no gap."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    rows = [
        f'<path d="M{LEFT} {y.at(tick):g}H{right}" stroke="{PALE}"/>'
        f'<text x="{LEFT - 8}" y="{y.at(tick) + 4:g}" text-anchor="end">{tick:+.4g}</text>'
        for tick in y.ticks()
    ]
    columns = [
        f'<path d="M{x.at(tick):g} {bottom}v4" stroke="{GREY}"/>'
        f'<text x="{x.at(tick):g}" y="{bottom + 17}" text-anchor="middle">{tick:g}</text>'
        for tick in x.ticks()
    ]
    return [
        *rows,
        *columns,
        f'<path d="M{LEFT} {y.at(0):g}H{right}" stroke="{GREY}"/>',
        f'<text x="{(LEFT + right) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle"'
        f' fill="{GREY}">{along.axis}</text>',
    ]


def _bands(x: _Scale, y: _Scale, along: AlongCurve, verdicts: Sequence[Comparison]) -> list[str]:
    """The band as one shape for each stretch of points that have one."""
    parts, places = [], range(len(verdicts))
    for has_band, group in groupby(places, key=lambda place: _has_band(verdicts[place])):
        found = [(along.points[k], verdicts[k].gap.interval) for k in group] if has_band else []
        low = [f"{x.at(at):g} {y.at(band.low):g}" for at, band in found if band]
        high = [f"{x.at(at):g} {y.at(band.high):g}" for at, band in found if band]
        if low:
            parts.append(
                f'<path d="M{"L".join([*high, *reversed(low)])}Z" fill="{BAND}" fill-opacity="0.6"'
                f' stroke="{BAND}"/>'
            )
    return parts


def _gaps(x: _Scale, y: _Scale, along: AlongCurve, verdicts: Sequence[Comparison]) -> list[str]:
    """The mean gap as a line with a point for each verdict."""
    spots = [
        (x.at(at), y.at(comparison.gap.mean))
        for at, comparison in zip(along.points, verdicts, strict=True)
    ]
    line = "L".join(f"{left:g} {top:g}" for left, top in spots)
    dots = []
    for (left, top), comparison in zip(spots, verdicts, strict=True):
        colour = COLOURS[TONES.get(comparison.verdict, "open")]
        fill = "#FFFFFF" if comparison.winner is None else colour
        dots.append(f'<circle cx="{left:g}" cy="{top:g}" r="2.6" stroke="{colour}" fill="{fill}"/>')
    return [f'<path d="M{line}" fill="none" stroke="{GREY}"/>', *dots]


def _safe(text: str) -> str:
    """Text that XML may hold."""
    return escape("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
