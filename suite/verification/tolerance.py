"""Whether the runs of an arm, made again elsewhere, have the same metrics as far as it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suite.stats import FEWEST_SEEDS, Interval, paired_gap
from suite.task.components import Metric
from suite.verification.certificate import Certificate

Pairs = Sequence[tuple[Certificate, Certificate]]


def tolerated(pairs: Pairs, rules: Mapping[str, Metric]) -> tuple[bool, tuple[str, ...]]:
    """Whether the runs of one arm, each (claimed, re-run), are equivalent; with the reasons.

    They are where every metric that a run has is either the same under every seed, or has a margin
    in which the 90% interval of the paired difference lies (two one-sided tests, Schuirmann 1987).
    A metric that the task declares no margin for can only be the same. There is one reason for each
    metric, and one for each run that ended otherwise.
    """
    endings = [
        f"seed {claimed.seed}: {claimed.status} -> {rerun.status}"
        for claimed, rerun in pairs
        if claimed.status != rerun.status
    ]
    measured = [pair for pair in pairs if pair[0].status == pair[1].status == "ok"]
    names = sorted({name for pair in measured for side in pair for name in side.metrics})
    judged = [_judge(name, measured, rules.get(name)) for name in names]
    if not judged:
        endings.append("no metric was recorded that could be tolerated")
    is_good = not endings and all(is_same for is_same, _ in judged)
    return is_good, (*endings, *(reason for _, reason in judged))


def _judge(name: str, pairs: Pairs, rule: Metric | None) -> tuple[bool, str]:
    """Whether one metric is the same as far as it matters, and why."""
    missing = [claimed.seed for claimed, rerun in pairs if not _both_have(name, claimed, rerun)]
    if missing:
        return False, f"{name}: only one of the two runs has it, under seed {missing[0]}"
    before, now = (
        [float.fromhex(certificate.metrics[name]) for certificate in side]
        for side in zip(*pairs, strict=True)
    )
    differences = [b - a for a, b in zip(before, now, strict=True)]
    if not any(differences):
        return True, f"{name}: the same under all {len(pairs)} seeds"
    if rule is None or rule.margin is None:
        owner = "the task does not declare it" if rule is None else "it has no margin in the task"
        most = max(differences, key=abs)
        return False, f"{name}: differs by up to {most:+.4g}, and {owner}, so it must be the same"
    if len(pairs) < FEWEST_SEEDS:
        return False, f"{name}: tolerance takes {FEWEST_SEEDS} seeds of an arm, got {len(pairs)}"
    return _judge_gap(name, before, now, rule.margin)


def _judge_gap(
    name: str, before: Sequence[float], now: Sequence[float], margin: float
) -> tuple[bool, str]:
    """The test on values by seed; `margin` in the metric's own unit."""
    gap = paired_gap(now, before)
    if gap.inner is None:
        return False, f"{name}: no interval can be given for {gap.n} seeds"
    is_inside = gap.inner.lies_in(Interval(-margin, margin))
    shift = "" if gap.varies else f", every value is shifted by {gap.mean:+.4g}"
    return is_inside, (
        f"{name}: re-run - claimed: 90% interval [{gap.inner.low:+.4g}, {gap.inner.high:+.4g}] over"
        f" {gap.n} seeds, {'within' if is_inside else 'not within'} the margin {margin:g}{shift}"
    )


def _both_have(name: str, claimed: Certificate, rerun: Certificate) -> bool:
    return name in claimed.metrics and name in rerun.metrics
