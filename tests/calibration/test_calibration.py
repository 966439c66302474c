"""The verdicts err as rarely as they say: the fast tier.

`make calibrate` repeats it with more repetitions.
"""

from __future__ import annotations

import numpy as np
import pytest

from suite.stats import Interval
from tests.calibration.__main__ import PAGE, page
from tests.calibration.simulations import CHECKS, NUMBERED, Check

FAST = {check.name: (seed, check) for seed, check in NUMBERED if check.fast}


@pytest.mark.parametrize(("seed", "check"), FAST.values(), ids=FAST)
def test_what_is_promised_holds(seed: int, check: Check) -> None:
    found = check.simulate(np.random.default_rng(seed), check.fast)
    assert found in check.bounds(check.fast)


def test_fewer_repetitions_have_wider_bounds() -> None:
    check = Check("x", 0.0, 0.06, 2000, 100, lambda *_: 0.0)
    assert check.bounds(2000) == Interval(0.0, 0.06)
    assert check.bounds(100).high == pytest.approx(0.06 + 3 * (0.06 * 0.94 / 100) ** 0.5)


def test_a_check_that_fails_is_called_so() -> None:
    checks = [
        Check("good", 0, 0.05, 10, 1, lambda *_: 0.04),
        Check("bad", 0, 2, 10, 1, lambda *_: 2.5, is_share=False),
    ]
    rows = [
        line
        for line in page([*enumerate(checks, start=1)], [0.04, 2.5]).splitlines()
        if line.startswith("| ")
    ]
    assert [line.split(" | ")[-1].strip(" |") for line in rows] == ["verdict", "holds", "FAILS"]


def test_the_page_is_of_these_checks_and_all_hold() -> None:
    text = PAGE.read_text()
    rows = [
        line.removeprefix("| ").split(" | ")[0].strip()
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    assert rows[1:] == [check.name for check in CHECKS]
    assert "FAILS" not in text
