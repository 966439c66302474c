"""Numbers of a compared table by a second method, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suite.analysis.compare_table import TableAnalysis, compare_table
from tests.support.tables import made_table

ARMS, BLOCKS, SEEDS = ("a", "b", "c"), 7, 4


def made(arms: tuple[str, ...] = ARMS) -> pd.DataFrame:
    """Random values of every arm, data set and seed; some seeds are missing in all arms."""
    rng = np.random.default_rng(3)
    rows = [
        (arm, f"d{block}", str(seed), 0.8 + 0.01 * block - 0.012 * k + rng.normal(0, 0.01))
        for block in range(BLOCKS)
        for seed in range(SEEDS - block % 3)
        for k, arm in enumerate(arms)
    ]
    columns: list[str] = ["arm", "block", "unit", "value"]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    return frame


def numbers(analysis: TableAnalysis) -> list[tuple[object, ...]]:
    families = [family for family in (analysis.lead, analysis.beside) if family]
    return [
        (pair.gap.mean, pair.gap.interval, pair.p, pair.verdict)
        for family in families
        for pair in family.comparisons
    ]


def test_two_arms_over_unequal_data_sets_have_the_t_interval_of_the_means() -> None:
    rows = made(("a", "b"))
    pair = compare_table(made_table(rows)).lead.comparisons[0]
    means = rows.groupby(["arm", "block"])["value"].mean().unstack("arm")
    found = stats.ttest_rel(means["a"], means["b"])
    assert pair.gap.mean == pytest.approx(found.statistic * stats.sem(means["a"] - means["b"]))
    assert pair.gap.p == pytest.approx(found.pvalue)
    assert pair.gap.interval is not None
    interval = found.confidence_interval(0.95)
    assert (pair.gap.interval.low, pair.gap.interval.high) == pytest.approx(tuple(interval))


def test_the_order_of_rows_changes_no_bit() -> None:
    rows = made()
    shuffled = rows.sample(frac=1, random_state=1)
    assert numbers(compare_table(made_table(rows))) == numbers(compare_table(made_table(shuffled)))


def test_the_names_of_arms_and_data_sets_change_no_number() -> None:
    rows = made()
    renamed = rows.assign(
        arm=rows["arm"].map({"a": "z", "b": "y", "c": "x"}), block="set " + rows["block"]
    )
    assert numbers(compare_table(made_table(rows))) == numbers(compare_table(made_table(renamed)))
