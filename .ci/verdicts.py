"""Draws docs/pictures/verdicts.svg: intervals against the margin, each with the word of the rule.

python .ci/verdicts.py            # writes the picture
python .ci/verdicts.py --check    # exits 1 where the picture is not what the rule says
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

from suite.analysis.comparison import Comparison, with_word
from suite.analysis.words import Verdict
from suite.reports.wording import phrase
from suite.stats import Interval, paired_gap

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "verdicts.svg"
WIDTH, ROW, TOP, ZERO, UNIT, TEXT_AT = 760, 34, 46, 190, 60, 420  # pixels; UNIT is one margin
INNER = 0.83  # of the 95% interval's width: the 90% one's, at about 30 seeds
GAPS = (
    (1.9, 0.7),
    (1.2, 0.9),
    (0.55, 0.35),
    (0.1, 0.7),
    (-0.2, 1.05),
    (0.9, 1.4),
    (-0.2, 1.9),
    (-1.9, 0.7),
)
COLOURS = {
    Verdict.BETTER: "#0072B2",
    Verdict.BETTER_BY_LESS: "#666666",
    Verdict.EQUIVALENT: "#666666",
    Verdict.NOT_WORSE: "#CC79A7",
    Verdict.UNDECIDED: "#D55E00",
}


def judge(mean: float, half: float) -> Comparison:
    """The word on an interval mean ± half, for a margin of 1."""
    nothing = Comparison(
        "A", "B", "accuracy", paired_gap([mean], [0.0]), None, Verdict.UNDECIDED, margin=1.0
    )
    outer, inner = (Interval(mean - h, mean + h) for h in (half, INNER * half))
    return with_word(nothing, outer, inner)


def draw() -> str:
    """The picture as SVG: a row an interval."""
    height = TOP + ROW * len(GAPS) + 10
    low, high = ZERO - UNIT, ZERO + UNIT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="sans-serif" font-size="14" role="img">',
        "<title>Intervals of the gap A - B against the margin, and the verdict on each</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<rect x="{low}" y="28" width="{2 * UNIT}" height="{height - 36}" fill="#e8e8e8"/>',
        f'<path d="M {ZERO} 28 V {height - 8}" stroke="#444" stroke-dasharray="4 3"/>',
        *(
            f'<text x="{x}" y="20" text-anchor="middle" fill="#444">{text}</text>'
            for x, text in ((low, "-margin"), (ZERO, "0"), (high, "+margin"))
        ),
    ]
    for row, (mean, half) in enumerate(GAPS):
        y, comparison = TOP + row * ROW, judge(mean, half)
        colour = COLOURS[comparison.verdict]
        outer = [ZERO + UNIT * (mean + sign * half) for sign in (-1, 1)]
        inner = [ZERO + UNIT * (mean + sign * INNER * half) for sign in (-1, 1)]
        parts += [
            f'<path d="M {outer[0]:.1f} {y} H {outer[1]:.1f}" stroke="{colour}" stroke-width="2"/>',
            f'<path d="M {inner[0]:.1f} {y} H {inner[1]:.1f}" stroke="{colour}" stroke-width="5"/>',
            f'<circle cx="{ZERO + UNIT * mean:.1f}" cy="{y}" r="5" fill="{colour}"/>',
            f'<text x="{TEXT_AT}" y="{y + 5}" fill="{colour}">{escape(phrase(comparison))}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Writes the picture, or checks it."""
    if "--check" in sys.argv:
        sys.exit(PICTURE.read_text() != draw())
    PICTURE.write_text(draw())


if __name__ == "__main__":
    main()
