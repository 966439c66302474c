"""Verdicts that are shown -> looks, which are recorded beside the runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.words import Verdict
from suite.importers.measured import MeasuredArm
from suite.result import cell_name
from suite.store.looks import (
    Look,
    SeenArm,
    SeenPair,
    TopUp,
    find_top_up,
    present_time,
)
from suite.store.noting import record_looks
from suite.task.seeds import seed_ranges


def record_seen(store: Path, analyses: Iterable[Analysis], command: str) -> None:
    """Records that the verdicts of these analyses are shown now, in the store that they are of."""
    looks = (look_at_study(seen.study, _shown(seen), command) for seen in analyses)
    record_looks(store, [look for look in looks if look.pairs])


def _shown(analysis: Analysis) -> list[Comparison]:
    """All verdicts that reports show, those that answer the question first."""
    within = (pair for pairs in analysis.within.values() for pair in pairs)
    return [*analysis.both_scopes, *within]


def look_at_study(
    study: Study, comparisons: Sequence[Comparison], command: str, *, until_decided: bool = False
) -> Look:
    """A look at the verdicts on a study; without a pair where there are too few seeds for one.

    A pair over several data sets is there once for each of them, with its first verdict.
    """
    by_pair: dict[tuple[str, str], dict[str, str]] = {}
    for comparison in comparisons:
        if comparison.verdict != Verdict.TOO_FEW_SEEDS:
            words = by_pair.setdefault((comparison.first, comparison.second), {})
            words.setdefault(comparison.metric, str(comparison.verdict))
    arms, pairs = dict[str, SeenArm](), list[SeenPair]()
    for (first, second), words in by_pair.items():
        for part in study.each():
            common = sorted(part.good_seeds(first) & part.good_seeds(second))
            if common:
                a, b = (cell_name(arm, part.block) for arm in (first, second))
                arms |= {a: part.identify(first), b: part.identify(second)}
                pairs.append(SeenPair(first=a, second=b, seeds=seed_ranges(common), verdicts=words))
    return Look(
        when=present_time(),
        command=command,
        arms=arms,
        pairs=tuple(pairs),
        until_decided=until_decided,
    )


def look_at_arms(
    comparisons: Sequence[Comparison],
    arms: Sequence[tuple[MeasuredArm, MeasuredArm]],
    command: str,
    given: Mapping[str, float | str],
) -> Look:
    """A look at verdicts on pairs of arms; without a pair where none is of stored runs.

    `given`: the margin or direction that was given in the place of the tasks'.
    """
    seen: dict[str, SeenArm] = {}
    pairs = []
    for comparison, (a, b) in zip(comparisons, arms, strict=True):
        if a.stored is None or b.stored is None or comparison.verdict == Verdict.TOO_FEW_SEEDS:
            continue
        common = sorted(int(seed) for seed in a.values.keys() & b.values.keys())
        if not common:  # not paired: arms of seeds of their own
            continue
        first, second = _name(a.stored), _name(b.stored)
        seen |= {first: a.stored, second: b.stored}
        pairs.append(
            SeenPair(
                first=first,
                second=second,
                seeds=seed_ranges(common),
                verdicts={comparison.metric: str(comparison.verdict)},
            )
        )
    return Look(
        when=present_time(), command=command, arms=seen, pairs=tuple(pairs), given=dict(given)
    )


def _name(arm: SeenArm) -> str:
    """What a look at arms of several tasks calls one. No file's name is in it."""
    return f"{arm.task}/{arm.arm}@{arm.environment}"


def top_up_of_arms(looks: Iterable[Look], a: MeasuredArm, b: MeasuredArm) -> TopUp | None:
    """What was added to two arms after a verdict on them; None for arms of files."""
    if a.stored is None or b.stored is None:
        return None
    seeds = {arm.stored.id: {int(seed) for seed in arm.values} for arm in (a, b) if arm.stored}
    return find_top_up(looks, seeds)
