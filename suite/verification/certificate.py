"""Certificates: all that lets anyone check a run bit by bit; and the verdict on a re-run.

The checker takes no setting from what it checks: it runs today's task by name, arm and seed, and
says where the certificate's question is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError

from suite.errors import SuiteError
from suite.provenance.environment import KERNEL_VARIABLES
from suite.provenance.identity import Parts, list_environment_changes, list_question_changes
from suite.result import DeviceKind, OnBlock, Result, Status, cell_name
from suite.stats import FEWEST_SEEDS, Interval, paired_gap
from suite.store.records import ResultSource
from suite.task.components import Metric
from suite.task.fields import Name
from suite.task.seeds import MAX_SEED

Tier = Literal["WEIGHTS", "PREDICTIONS", "METRICS", "WITHIN TOLERANCE", "FAIL"]
TIERS: tuple[Tier, ...] = ("WEIGHTS", "PREDICTIONS", "METRICS", "WITHIN TOLERANCE", "FAIL")
MEANINGS: dict[Tier, str] = {
    "WEIGHTS": (
        "every bit is the same: initial weights, every epoch's loss, final weights, outputs,"
        " metrics"
    ),
    "PREDICTIONS": (
        "the bits of the test outputs and the metrics are the same, those of losses or weights"
        " are not"
    ),
    "METRICS": "the metrics are the same, the outputs are not",
    "WITHIN TOLERANCE": (
        "the metrics differ, by less than the task's margin, shown over paired seeds"
    ),
    "FAIL": "another question, another setting, or other numbers",
}
Bits = Annotated[
    str, Field(pattern=r"^-?0x[01]\.[0-9a-f]{1,13}p[+-]\d{1,4}$")
]  # as float.hex writes them
NO_WEIGHTS = "its weights are not certified, for the training loop of its own gives none"
PROCESSOR = frozenset({"cpu", "cpu_flags"})  # fields that decide no bits under portable numerics


class Certificate(OnBlock):
    """One run: what was asked, where, and what came out.

    `history` and `metrics` are hexadecimal floats: bits, not decimals.

    `hashes` are SHA-256 over the bits of the initial weights, the final weights and the test
    outputs.
    """

    certificate: Literal[1]
    task: Name
    arm: Name
    seed: Annotated[int, Strict(), Field(ge=0, le=MAX_SEED)]
    device: DeviceKind
    status: Status
    key: str
    hashes: dict[str, str]
    history: dict[str, tuple[Bits | None, ...]]
    metrics: dict[str, Bits]
    environment: dict[str, str]
    question: dict[str, Any]

    @property
    def cell(self) -> str:
        """The arm and the data set, by the name that a plan has for them."""
        return cell_name(self.arm, self.block)


@dataclass(frozen=True)
class Check:
    """The verdict on one re-run.

    `expected`: what the two environments allow to promise. `reasons`: why it is no better, the
    first thing that differs among them.
    """

    certificate: Certificate
    expected: Tier
    tier: Tier
    reasons: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether what can be promised was kept."""
        return TIERS.index(self.tier) <= TIERS.index(self.expected)


def certify(result: Result, question: Parts, environment: Mapping[str, str]) -> Certificate:
    """The certificate of a run."""
    return Certificate(
        certificate=1,
        task=result.task,
        arm=result.arm,
        block=result.block,
        seed=result.seed,
        device="cuda" if result.device == "cuda" else "cpu",
        status=result.status,
        key=result.key,
        hashes=result.hashes,
        history={
            name: tuple(_bits(value) for value in values) for name, values in result.history.items()
        },
        metrics={name: value.hex() for name, value in result.metrics.items()},
        environment=dict(environment),
        question=dict(question),
    )


def certificates(results: Iterable[Result], evidence: ResultSource) -> list[Certificate]:
    """The certificates of runs, with the questions and environments that are kept beside them.

    Failed runs have none.
    """
    questions, environments = evidence.documents("question"), evidence.documents("environment")
    return [
        certify(
            result, questions.get(result.question, {}), environments.get(result.environment, {})
        )
        for result in results
        if result.status != "failed"
    ]


def as_json(certificates: Iterable[Certificate]) -> Iterator[str]:
    """Each as one line of JSON."""
    return (certificate.model_dump_json() + "\n" for certificate in certificates)


def read_certificates(path: Path) -> list[Certificate]:
    """The certificates in a file, one or one a line.

    Raises SuiteError naming the line that is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{path}: cannot read certificates: {getattr(error, 'strerror', None) or error}"
        ) from None
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    read = []
    for number, line in enumerate(lines, start=1):
        try:
            read.append(Certificate.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(map(str, first["loc"]))
            raise SuiteError(
                f"{path}:{number}: expected a certificate: {field}: {first['msg']}"
            ) from None
    return read


def sample(certificates: Sequence[Certificate], count: int) -> list[Certificate]:
    """`count` of them, arms taking turns, in an order that the runs' keys decide."""
    by_cell: dict[tuple[str, str], list[Certificate]] = {}
    for certificate in sorted(certificates, key=lambda certificate: certificate.key):
        by_cell.setdefault((certificate.task, certificate.cell), []).append(certificate)
    turns = zip_longest(*by_cell.values())
    in_turn = [certificate for turn in turns for certificate in turn if certificate is not None]
    return in_turn[:count]


def check(claimed: Certificate, rerun: Certificate) -> Check:
    """The verdict on a re-run, as far as one run can tell.

    WITHIN TOLERANCE takes several runs (`tolerated`).
    """
    differing = list_environment_changes(claimed.environment, rerun.environment)
    set_by_hand = [line for field, line in differing.items() if field in KERNEL_VARIABLES]
    questions = [
        f"question: {line}" for line in list_question_changes(claimed.question, rerun.question)
    ]
    portable = rerun.question.get("settings", {}).get("numerics") == "portable"
    harmless = PROCESSOR if portable else frozenset()
    expected: Tier = "WITHIN TOLERANCE" if differing.keys() - harmless else "WEIGHTS"
    tier, difference = _compare_bits(claimed, rerun)
    if has_no_weights(claimed):
        expected = expected if expected != "WEIGHTS" else "PREDICTIONS"
        difference = [NO_WEIGHTS, *difference]
    if questions or set_by_hand:
        return Check(
            claimed,
            "WEIGHTS",
            "FAIL",
            (*questions, *set_by_hand, *(difference or ["the bits are the same"])),
        )
    return Check(claimed, expected, tier, (*difference, *differing.values()))


def has_no_weights(run: Certificate | Result) -> bool:
    """Whether a run that ended well gave no weights, so that nobody can certify them.

    An arm with a training loop of its own may give none.
    """
    return run.status == "ok" and "final_weights" not in run.hashes


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
    for name in sorted(claimed.metrics.keys() | rerun.metrics.keys()):
        if claimed.metrics.get(name) != rerun.metrics.get(name):
            return (
                f"first difference: metric {name}: {_number(claimed, name)} ->"
                f" {_number(rerun, name)}"
            )
    if claimed.status != rerun.status:
        return f"first difference: {claimed.status} -> {rerun.status}"
    return None


def tolerated(
    pairs: Sequence[tuple[Certificate, Certificate]], rules: Mapping[str, Metric]
) -> tuple[bool, tuple[str, ...]]:
    """Whether the runs of one arm, each (claimed, re-run), are equivalent; with the reasons.

    They are where the 90% interval of the paired difference lies within the margin, under every
    metric that has one. There is one reason for each metric.
    """
    first = pairs[0][0]
    margins = {
        name: rule.margin for name, rule in rules.items() if rule.margin and name in first.metrics
    }
    if not margins:
        return False, ("the task declares no margin to be tolerated",)
    if len(pairs) < FEWEST_SEEDS or any(
        certificate.metrics.keys() < margins.keys() for pair in pairs for certificate in pair
    ):
        return False, (
            f"tolerance takes {FEWEST_SEEDS} seeds of an arm with all metrics, got {len(pairs)}",
        )
    reasons, is_good = [], True
    for name, margin in margins.items():
        before, now = (
            [float.fromhex(certificate.metrics[name]) for certificate in side]
            for side in zip(*pairs, strict=True)
        )
        gap = paired_gap(now, before)
        is_inside = gap.inner is not None and gap.inner.lies_in(Interval(-margin, margin))
        is_good = is_good and is_inside
        low, high = (gap.inner.low, gap.inner.high) if gap.inner else (float("nan"), float("nan"))
        reasons.append(
            f"{name}: re-run - claimed: 90% interval [{low:+.4g}, {high:+.4g}] over {gap.n} seeds, "
            f"{'within' if is_inside else 'not within'} the margin {margin:g}"
        )
    return is_good, tuple(reasons)


def _bits(value: float | None) -> str | None:
    return None if value is None else value.hex()


def _number(run: Certificate, metric: str) -> str:
    return f"{float.fromhex(run.metrics[metric])!r}" if metric in run.metrics else "nothing"
