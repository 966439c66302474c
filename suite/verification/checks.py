"""The verdict on a re-run: which bits of it are those of the certificate.

The checker takes no setting from what it checks: it runs today's task by name, arm and seed, and
says where the certificate's question is another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from suite.provenance.environment import KERNEL_VARIABLES
from suite.provenance.identity import list_environment_changes, list_question_changes
from suite.result import Result
from suite.verification.certificate import Certificate
from suite.verification.completeness import list_gaps

Tier = Literal[
    "WEIGHTS",
    "PREDICTIONS",
    "FILES",
    "METRICS",
    "FAILED AGAIN",
    "AS LOGGED",
    "WITHIN TOLERANCE",
    "FAIL",
]
TIERS: tuple[Tier, ...] = get_args(Tier)  # the best one first
MEANINGS: dict[Tier, str] = {
    "WEIGHTS": (
        "every bit is the same: initial weights, every epoch's loss, final weights, outputs,"
        " metrics"
    ),
    "PREDICTIONS": (
        "the bits of the test outputs and the metrics are the same, those of losses or weights"
        " are not"
    ),
    "FILES": "every declared output is the same byte for byte, and so are the metrics",
    "METRICS": "the metrics are the same, the outputs are not, or a command declares none",
    "FAILED AGAIN": "the run failed when it was recorded, and fails when it is run again",
    "AS LOGGED": (
        "measured elsewhere, and not run again: the files that it was read from are the same byte"
        " for byte"
    ),
    "WITHIN TOLERANCE": (
        "the metrics differ, each by less than its margin in the task, shown over paired seeds"
    ),
    "FAIL": "another question, another setting, other numbers, or an incomplete record",
}
NO_WEIGHTS = "its weights are not certified, for the training loop of its own gives none"
NO_OUTPUTS = "no file was compared, for the command declares no outputs"
HAS_A_VALUE = "recorded as failed, but does not fail when it is run again: a verdict may change"
PROCESSOR = frozenset({"cpu", "cpu_flags"})  # fields that decide no bits under portable numerics


@dataclass(frozen=True)
class Check:
    """The verdict on one re-run.

    `expected`: what the two environments allow to promise. `reasons`: why it is no better, the
    first thing that differs among them. `rerun`: what came out; None where nothing could be run.
    """

    certificate: Certificate
    expected: Tier
    tier: Tier
    reasons: tuple[str, ...] = ()
    rerun: Certificate | None = None

    @property
    def is_good(self) -> bool:
        """Whether what can be promised was kept."""
        return TIERS.index(self.tier) <= TIERS.index(self.expected)


def check(claimed: Certificate, rerun: Certificate) -> Check:
    """The verdict on a re-run, as far as one run can tell.

    WITHIN TOLERANCE takes several runs (`suite.verification.tolerance`).
    """
    differing = list_environment_changes(claimed.environment, rerun.environment)
    set_by_hand = [line for field, line in differing.items() if field in KERNEL_VARIABLES]
    questions = [
        f"question: {line}" for line in list_question_changes(claimed.question, rerun.question)
    ]
    portable = rerun.question.get("settings", {}).get("numerics") == "portable"
    harmless = PROCESSOR if portable else frozenset()
    best = best_tier(claimed)
    is_alike = best == "FAILED AGAIN" or not differing.keys() - harmless
    expected: Tier = best if is_alike else "WITHIN TOLERANCE"
    tier, difference = _compare(claimed, rerun)
    if best == "PREDICTIONS":
        difference = [NO_WEIGHTS, *difference]
    elif best == "METRICS":
        difference = [NO_OUTPUTS, *difference]
    if barring := [*questions, *set_by_hand, *list_gaps(claimed, rerun)]:
        reasons = *barring, *(difference or ["the bits are the same"])
        return Check(claimed, best, "FAIL", reasons, rerun)
    return Check(claimed, expected, tier, (*difference, *differing.values()), rerun)


def _compare(claimed: Certificate, rerun: Certificate) -> tuple[Tier, list[str]]:
    """The tier that the two runs alone give, and what differs."""
    if claimed.status == "failed":
        return ("FAILED AGAIN", []) if rerun.status == "failed" else ("FAIL", [HAS_A_VALUE])
    return (
        _compare_outputs(claimed, rerun) if claimed.is_of_command else _compare_bits(claimed, rerun)
    )


def best_tier(claimed: Certificate) -> Tier:
    """The best tier that a re-run can reach, by what the run left to compare."""
    if claimed.status == "failed":
        return "FAILED AGAIN"
    if claimed.is_of_command:
        return "FILES" if claimed.question["settings"].get("outputs") else "METRICS"
    return "PREDICTIONS" if has_no_weights(claimed) else "WEIGHTS"


def has_no_weights(run: Certificate | Result) -> bool:
    """Whether a run that ended well gave no weights, so that nobody can certify them.

    An arm with a training loop of its own may give none.
    """
    return run.status == "ok" and "final_weights" not in run.hashes


def _compare_outputs(claimed: Certificate, rerun: Certificate) -> tuple[Tier, list[str]]:
    """The tier that the declared outputs and the metrics of a command give, and what differs."""
    files = sorted(claimed.hashes.keys() | rerun.hashes.keys())
    others = [
        f"another content: {file}"
        for file in files
        if claimed.hashes.get(file) != rerun.hashes.get(file)
    ]
    if numbers := _first_other_metric(claimed, rerun):
        return "FAIL", [numbers, *others]
    return (best_tier(claimed) if not others else "METRICS"), others


def _compare_bits(claimed: Certificate, rerun: Certificate) -> tuple[Tier, list[str]]:
    """The tier that the bits alone give, and the first thing that differs.

    First in the order in which a run makes them.
    """
    difference = _first_difference(claimed, rerun)
    if difference is None:
        return ("PREDICTIONS" if has_no_weights(claimed) else "WEIGHTS"), []
    if claimed.status != rerun.status or claimed.metrics != rerun.metrics:
        return "FAIL", [difference]
    is_same = claimed.hashes.get("test_outputs") == rerun.hashes.get("test_outputs")
    return ("PREDICTIONS" if is_same else "METRICS"), [difference]


def _first_difference(claimed: Certificate, rerun: Certificate) -> str | None:
    if claimed.hashes.get("initial_weights") != rerun.hashes.get("initial_weights"):
        return "first difference: the initial weights"
    names = sorted(
        claimed.history.keys() | rerun.history.keys(), key=lambda name: (name != "loss", name)
    )
    curves = [(name, claimed.history.get(name, ()), rerun.history.get(name, ())) for name in names]
    for epoch in range(max((len(curve) for _, *both in curves for curve in both), default=0)):
        for name, before, now in curves:
            if before[epoch : epoch + 1] != now[epoch : epoch + 1]:
                return f"first difference: {name.replace('_', ' ')} in epoch {epoch + 1}"
    for name in ("final_weights", "test_outputs"):
        if claimed.hashes.get(name) != rerun.hashes.get(name):
            return f"first difference: the {name.replace('_', ' ')}"
    return _first_other_metric(claimed, rerun)


def _first_other_metric(claimed: Certificate, rerun: Certificate) -> str | None:
    for name in sorted(claimed.metrics.keys() | rerun.metrics.keys()):
        if claimed.metrics.get(name) != rerun.metrics.get(name):
            return (
                f"first difference: metric {name}: {_number(claimed, name)} ->"
                f" {_number(rerun, name)}"
            )
    if claimed.status != rerun.status:
        return f"first difference: {claimed.status} -> {rerun.status}"
    return None


def _number(run: Certificate, metric: str) -> str:
    return f"{float.fromhex(run.metrics[metric])!r}" if metric in run.metrics else "nothing"
