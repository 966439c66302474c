"""What a placebo says: how much two runs of one arm differ from noise alone."""

from __future__ import annotations

from pathlib import Path

from suite.analysis.compare_study import compare_study
from suite.analysis.noise import noise_floor
from suite.analysis.seen import look_at_study
from suite.analysis.studies import read_study
from suite.plan.plan import Plan
from suite.reports.terminal.analysis import noise_floor_line
from suite.reports.wording import phrase
from suite.store.noting import record_looks
from suite.store.store import open_store


def print_noise_floor(plan: Plan, store: Path) -> None:
    """Prints the arm's noise floor under every metric, and the verdict on it against itself."""
    with open_store(store) as opened:
        study = read_study(plan, opened)
    first, again = study.task.arms
    for name, metric in study.task.metrics.items():
        a, b = study.summary(first, name), study.summary(again, name)
        if a and b:
            print(f"{name}: {noise_floor_line(first, noise_floor(a, b), metric)}")
    comparisons = compare_study(study)
    look = look_at_study(study, comparisons, "run --placebo")
    if look.pairs:
        record_looks(store, [look])
    for comparison in comparisons:
        print(f"{comparison.metric}: {first} against itself: {phrase(comparison)}")
