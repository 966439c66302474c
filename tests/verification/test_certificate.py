"""Certificates: a run's bits, and what is said of a re-run of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suite.errors import SuiteError
from suite.task.components import Metric
from suite.task.schema import Task
from suite.verification.certificate import (
    Certificate,
    as_json,
    certify,
    read_certificates,
    sample,
)
from suite.verification.checks import check, tolerated
from tests.support.fakes import make_result

HERE = {"cpu": "a", "torch": "1"}
ASKED = {
    "task": "tiny",
    "settings": {"trainer": "autograd", "epochs": 2},
    "source": {"suite.training.losses:x": "1"},
}


@pytest.fixture
def claimed(tiny: Task) -> Certificate:
    result = make_result(tiny, "long", 1, 0.75)
    hashes = {"initial_weights": "a", "final_weights": "b", "test_outputs": "c"}
    return certify(result.model_copy(update={"hashes": hashes}), ASKED, HERE)


def test_a_certificate_holds_bits(tiny: Task) -> None:
    found = certify(make_result(tiny, "long", 1, 0.1), ASKED, HERE)
    assert found.metrics == {
        "accuracy": "0x1.999999999999ap-4"
    }  # 0.1, the textbook's infinite fraction
    assert found.history == {
        "loss": ("0x1.0000000000000p-1", "0x1.0000000000000p-2"),
        "accuracy": found.history["accuracy"],
    }
    assert found.history["accuracy"] == ("0x1.999999999999ap-5", "0x1.999999999999ap-4")


HASHES = {"initial_weights": "a", "final_weights": "b", "test_outputs": "c"}
LOSSES = ("0x1.0000000000000p-1", "0x1.0000000000000p-2")


@pytest.mark.parametrize(
    ("changed", "tier", "first"),
    [
        ({}, "WEIGHTS", ()),
        ({"hashes": HASHES | {"initial_weights": "x"}}, "PREDICTIONS", ("first difference: the initial weights",)),
        ({"hashes": HASHES | {"final_weights": "x"}}, "PREDICTIONS", ("first difference: the final weights",)),
        ({"hashes": HASHES | {"test_outputs": "x"}}, "METRICS", ("first difference: the test outputs",)),
        (
            {"history": {"loss": (LOSSES[0], "0x1.0000000000001p-2")}, "hashes": HASHES | {"final_weights": "x"}},
            "PREDICTIONS",
            ("first difference: loss in epoch 2",),
        ),
        ({"history": {"loss": (LOSSES[0], None)}, "status": "diverged"}, "FAIL", ("first difference: loss in epoch 2",)),
        ({"history": {"loss": LOSSES[:1]}, "metrics": {}}, "FAIL", ("first difference: loss in epoch 2",)),
        ({"metrics": {"accuracy": "0x1.0p-1"}}, "FAIL", ("first difference: metric accuracy: 0.75 -> 0.5",)),
        ({"metrics": {}}, "FAIL", ("first difference: metric accuracy: 0.75 -> nothing",)),
        ({"status": "diverged"}, "FAIL", ("first difference: ok -> diverged",)),
    ],
)  # fmt: skip
def test_the_tier_is_the_best_that_holds_and_the_first_difference_is_named(
    claimed: Certificate, changed: dict[str, Any], tier: str, first: tuple[str, ...]
) -> None:
    claimed = claimed.model_copy(update={"history": {"loss": LOSSES}})
    verdict = check(claimed, claimed.model_copy(update=changed))
    assert (verdict.tier, verdict.expected, verdict.reasons) == (tier, "WEIGHTS", first)
    assert verdict.is_good == (tier == "WEIGHTS")


def test_another_question_fails_and_is_named_though_the_bits_are_the_same(
    claimed: Certificate,
) -> None:
    asked = {
        "task": "tiny",
        "settings": {"trainer": "autograd", "epochs": 3},
        "source": {"suite.training.losses:x": "2"},
    }
    verdict = check(claimed, claimed.model_copy(update={"question": asked}))
    assert (verdict.tier, verdict.is_good) == ("FAIL", False)
    assert verdict.reasons == (
        "question: epochs 2 -> 3",
        "question: source suite.training.losses:x changed",
        "the bits are the same",
    )


def test_a_kernel_variable_that_is_set_here_alone_fails_and_is_named(claimed: Certificate) -> None:
    verdict = check(
        claimed, claimed.model_copy(update={"environment": HERE | {"MKL_CBWR": "AVX2"}})
    )
    assert (verdict.tier, verdict.is_good) == ("FAIL", False)
    assert verdict.reasons == ("environment: MKL_CBWR: nothing -> AVX2", "the bits are the same")


def test_another_machine_is_expected_to_be_within_tolerance(claimed: Certificate) -> None:
    there = {"environment": HERE | {"cpu": "b"}}
    same = check(claimed, claimed.model_copy(update=there))
    assert (same.tier, same.expected, same.is_good) == ("WEIGHTS", "WITHIN TOLERANCE", True)
    assert same.reasons == ("environment: cpu: a -> b",)
    other = check(claimed, claimed.model_copy(update=there | {"metrics": {"accuracy": "0x1.0p-1"}}))
    assert (other.tier, other.is_good) == (
        "FAIL",
        False,
    )  # until all seeds of the arm are looked at


def test_with_portable_numerics_another_processor_is_expected_to_give_the_same_bits(
    claimed: Certificate,
) -> None:
    claimed = claimed.model_copy(
        update={"question": {"settings": {"trainer": "own", "numerics": "portable"}}}
    )
    other = {"metrics": {"accuracy": "0x1.0p-1"}}
    for fields, expected in (
        ({"cpu": "b"}, "WEIGHTS"),
        ({"cpu": "b", "torch": "2"}, "WITHIN TOLERANCE"),
    ):
        there = claimed.model_copy(update={"environment": HERE | fields})
        assert check(claimed, there).expected == expected
        assert check(claimed, there.model_copy(update=other)).tier == "FAIL"


@pytest.mark.parametrize(
    ("differences", "good", "said"),
    [
        ((0.001, -0.001) * 4, True, "within the margin 0.01"),
        ((0.02, -0.02) * 4, False, "not within the margin 0.01"),
        ((0.011,) * 8, False, "[+0.011, +0.011] over 8 seeds, not within the margin 0.01"),
        ((0.001,) * 5, False, "tolerance takes 6 seeds of an arm with all metrics, got 5"),
    ],
)
def test_tolerance_is_shown_over_paired_seeds(
    claimed: Certificate, differences: tuple[float, ...], good: bool, said: str
) -> None:
    rule = {"accuracy": Metric(direction="higher", margin=0.01)}
    pairs = [
        (
            claimed.model_copy(update={"seed": seed}),
            claimed.model_copy(update={"metrics": {"accuracy": (0.75 + d).hex()}}),
        )
        for seed, d in enumerate(differences)
    ]
    found, reasons = tolerated(pairs, rule)
    assert found == good
    assert said in reasons[0]


def test_nothing_is_tolerated_without_a_margin(claimed: Certificate) -> None:
    found = tolerated([(claimed, claimed)] * 8, {"accuracy": Metric(direction="higher")})
    assert found == (False, ("the task declares no margin to be tolerated",))


def test_a_sample_takes_every_arm_in_turn_and_is_the_same_each_time(claimed: Certificate) -> None:
    given = [
        claimed.model_copy(update={"arm": arm, "seed": seed, "key": f"{hash_}{arm}"})
        for arm, keys in (("a", "51"), ("b", "32"))
        for seed, hash_ in enumerate(keys)
    ]
    chosen = [(one.arm, one.seed) for one in sample(given, 3)]
    assert chosen == [("a", 1), ("b", 1), ("b", 0)] or chosen == [("a", 1), ("b", 1), ("a", 0)]
    assert sample(list(reversed(given)), 3) == sample(given, 3)
    assert len(sample(given, 9)) == 4


def test_certificates_are_read_back_or_refused_by_line(
    claimed: Certificate, tmp_path: Path
) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text("".join(as_json([claimed, claimed])))
    assert read_certificates(path) == [claimed, claimed]
    path.write_text("".join(as_json([claimed])) + '{"certificate": 1}\n')
    with pytest.raises(
        SuiteError, match=r"two.jsonl:2: expected a certificate: task: Field required"
    ):
        read_certificates(path)
    for changed in (
        {"metrics": {"accuracy": "0.5"}},
        {"seed": -1},
        {"task": "../tiny"},
        {"device": "tpu"},
    ):
        path.write_text(json.dumps(claimed.model_dump(mode="json") | changed) + "\n")
        with pytest.raises(
            SuiteError, match=rf"two.jsonl:1: expected a certificate: {next(iter(changed))}"
        ):
            read_certificates(path)
    with pytest.raises(SuiteError, match=r"none.json: cannot read certificates: No such file"):
        read_certificates(tmp_path / "none.json")


COMMAND = {"task": "tiny", "settings": {"command": "train {seed}", "outputs": ["w.bin", "p.csv"]}}
FILES = {"file p.csv": "a", "file w.bin": "b"}


@pytest.mark.parametrize(
    ("changed", "tier", "reasons"),
    [
        ({}, "FILES", ()),
        ({"hashes": FILES | {"file w.bin": "x"}}, "METRICS", ("another content: file w.bin",)),
        ({"hashes": {}}, "METRICS", ("another content: file p.csv", "another content: file w.bin")),
        (
            {"metrics": {"accuracy": "0x1.0p-1"}},
            "FAIL",
            ("first difference: metric accuracy: 0.75 -> 0.5",),
        ),
        ({"status": "diverged"}, "FAIL", ("first difference: ok -> diverged",)),
    ],
)
def test_of_a_command_the_declared_outputs_and_the_metrics_are_compared(
    tiny: Task, changed: dict[str, Any], tier: str, reasons: tuple[str, ...]
) -> None:
    result = make_result(tiny, "long", 1, 0.75).model_copy(update={"hashes": FILES, "history": {}})
    claimed = certify(result, COMMAND, HERE)
    verdict = check(claimed, claimed.model_copy(update=changed))
    assert (verdict.tier, verdict.expected, verdict.reasons) == (tier, "FILES", reasons)
    assert verdict.is_good == (tier == "FILES")


def test_of_a_command_without_outputs_only_the_metrics_can_be_the_same(tiny: Task) -> None:
    result = make_result(tiny, "long", 1, 0.75).model_copy(update={"hashes": {}, "history": {}})
    asked = {"task": "tiny", "settings": {"command": "train {seed}"}}
    claimed = certify(result, asked, HERE)
    verdict = check(claimed, claimed)
    assert (verdict.tier, verdict.expected, verdict.is_good) == ("METRICS", "METRICS", True)
    assert verdict.reasons == ("no file was compared, for the command declares no outputs",)
    elsewhere = claimed.model_copy(update={"environment": {"cpu": "b"}})
    assert check(claimed, elsewhere).expected == "WITHIN TOLERANCE"
