"""`make calibrate`: the full tier of the simulated checks, on all cores, written to
docs/calibration.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from tests.calibration.simulations import CHECKS, NUMBERED, Check
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


def page(numbered: Sequence[tuple[int, Check]], found: Sequence[float]) -> str:
    """The page on `found`, a number for every check; each with its number, which is its seed."""
    rows = [
        {
            "check": check.name,
            "repetitions": f"{check.repeats:,}",
            "seed": str(seed),
            "expected": f"{shown(check, check.low)} to {shown(check, check.high)}",
            "found": shown(check, number) + error(check, number),
            "verdict": "holds" if number in check.bounds(check.repeats) else "FAILS",
        }
        for (seed, check), number in zip(numbered, found, strict=True)
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


def run(numbered: Sequence[tuple[int, Check]]) -> list[float]:
    """What checks find, each with the seed of its number; said as it comes."""
    found = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        numbers = pool.map(found_by, *zip(*numbered, strict=True))
        for (_, check), number in zip(numbered, numbers, strict=True):
            found.append(number)
            holds = "" if number in check.bounds(check.repeats) else ": FAILS"
            print(f"{check.name}: {shown(check, number)}{error(check, number)}{holds}", flush=True)
    return found


def with_rows(before: str, new: str, names: Sequence[str]) -> str:
    """The page of `before` with the rows of these checks as `new` has them, in the checks' order."""
    fields: dict[str, list[str]] = {}
    for text in (before, new):
        rows = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines()]
        of_checks = [row for row in rows if len(row) == 6 and row[0].startswith("| ")]
        for row in of_checks[1:]:
            name = row[0].removeprefix("| ")
            if text == new or name not in fields:
                fields[name] = [name, *row[1:5], row[5].removesuffix("|").strip()]
    columns = ["check", "repetitions", "seed", "expected", "found", "verdict"]
    kept = [dict(zip(columns, fields[name], strict=True)) for name in names if name in fields]
    return HEADER + str(pd.DataFrame(kept).to_markdown(index=False, disable_numparse=True)) + "\n"


def main(only: str = "") -> None:
    """Runs the checks whose names hold `only`, and writes their rows. Exit code 1 where one fails."""
    numbered = [(seed, check) for seed, check in NUMBERED if only in check.name]
    text = page(numbered, run(numbered))
    if only:
        text = with_rows(PAGE.read_text(), text, [check.name for check in CHECKS])
    PAGE.write_text(text)
    sys.exit("FAILS" in text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="Run checks with this in them.")
    main(parser.parse_args().only)
