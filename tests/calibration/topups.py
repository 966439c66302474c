"""Seeds that are added after a verdict was seen, where arms do not differ."""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.comparison import judge_family
from suite.analysis.pairs import Pair
from tests.calibration.families import Rng, normal
from tests.calibration.tables import HIGHER


def share_with_a_winner(rng: Rng, repeats: int, *, looks: Sequence[int]) -> float:
    """The share of studies with a winner at any of the looks, each at so many seeds.

    The first is judged as a fixed number of seeds, and all later ones as a top-up.
    """
    found = 0
    for _ in range(repeats):
        a, b = normal(rng, (2, looks[-1])).tolist()
        found += any(_has_winner(a[:n], b[:n], is_top_up=n > looks[0]) for n in looks)
    return found / repeats


def _has_winner(a: Sequence[float], b: Sequence[float], *, is_top_up: bool) -> bool:
    sides = dict(enumerate(a)), dict(enumerate(b))
    (verdict,) = judge_family([Pair("a", "b", "accuracy", *sides, HIGHER, sequential=is_top_up)])
    return verdict.winner is not None
