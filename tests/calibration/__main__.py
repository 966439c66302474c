"""`make calibrate`: the full tier of the simulated checks, on all cores, written to
docs/calibration.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from tests.calibration.simulations import CHECKS, Check
from tests.support.tasks import ROOT

PAGE = ROOT / "docs" / "calibration.md"
HEADER = """# How often the verdicts err

<!-- Written by `make calibrate`. Do not edit. -->

Simulated where the truth is known, through the code that reports use. A row: the share of repetitions in which what is named
happens (or a number, where the row says so), how large it may be, what was found, with its standard error. The seed is the one of NumPy's generator; the
same seed gives the same number. The same checks with fewer repetitions are part of `make test`.

"""


def found_by(seed: int, check: Check) -> float:
    """What the full tier of a check finds."""
    return check.simulate(np.random.default_rng(seed), check.repeats)


def page(checks: Sequence[Check], found: Sequence[float]) -> str:
    """The page on `found`, a number for every check."""
    rows = [
        {
            "check": check.name,
            "repetitions": f"{check.repeats:,}",
            "seed": str(seed),
            "expected": f"{shown(check, check.low)} to {shown(check, check.high)}",
            "found": shown(check, number) + error(check, number),
            "verdict": "holds" if number in check.bounds(check.repeats) else "FAILS",
        }
        for seed, (check, number) in enumerate(zip(checks, found, strict=True), start=1)
    ]
    return HEADER + str(pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)) + "\n"


def shown(check: Check, number: float) -> str:
    """A share in percent, another number as it is."""
    return f"{100 * number:.1f}%" if check.is_share else f"{number:.3g}"


def error(check: Check, number: float) -> str:
    """The standard error that so many repetitions leave to a share."""
    if not check.is_share:
        return ""
    return f" ± {100 * (number * (1 - number) / check.repeats) ** 0.5:.1f}"


def main() -> None:
    """Runs every check and writes the page. Exit code 1 where one fails."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = []
        for check, number in zip(
            CHECKS, pool.map(found_by, range(1, len(CHECKS) + 1), CHECKS), strict=True
        ):
            found.append(number)
            holds = "" if number in check.bounds(check.repeats) else ": FAILS"
            print(f"{check.name}: {shown(check, number)}{error(check, number)}{holds}", flush=True)
    text = page(CHECKS, found)
    PAGE.write_text(text)
    sys.exit("FAILS" in text)


if __name__ == "__main__":
    main()
