"""Certificates: a run's bits, and what is said of a re-run of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suite.errors import SuiteError
from suite.provenance.identity import question_id, run_key
from suite.task.components import Metric
from suite.task.schema import Task
from suite.verification.certificate import (
    Certificate,
    as_json,
    certify,
    read_certificates,
    sample,
)
from suite.verification.checks import check
from suite.verification.tolerance import tolerated
from tests.support.fakes import make_result

HERE = {"cpu": "a", "torch": "1"}
ASKED = {
    "task": "tiny",
    "settings": {"trainer": "autograd", "epochs": 2},
    "source": {"suite.training.losses:x": "1"},
}


HASHES = {"initial_weights": "a1" * 32, "final_weights": "b1" * 32, "test_outputs": "c1" * 32}


def key_of(question: dict[str, Any], seed: int = 1) -> str:
    return run_key(question_id(question), seed)


@pytest.fixture
def claimed(tiny: Task) -> Certificate:
    result = make_result(tiny, "long", 1, 0.75)
    return certify(result.model_copy(update={"hashes": HASHES, "key": key_of(ASKED)}), ASKED, HERE)


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
    asked = {"settings": {"trainer": "own", "numerics": "portable"}}
    claimed = claimed.model_copy(update={"question": asked, "key": key_of(asked)})
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
        ((0.001,) * 5, False, "accuracy: tolerance takes 6 seeds of an arm, got 5"),
        ((0.0,) * 5, True, "accuracy: the same under all 5 seeds"),
        (
            (0.011,) * 8,
            False,
            "[+0.011, +0.011] over 8 seeds, not within the margin 0.01, every value is shifted by"
            " +0.011",
        ),
        (
            (-0.004,) * 8,
            True,
            "over 8 seeds, within the margin 0.01, every value is shifted by -0.004",
        ),
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


def pairs_with(claimed: Certificate, **metrics: float) -> list[tuple[Certificate, Certificate]]:
    """Eight runs that were recorded with these metrics besides the accuracy, of which the re-runs
    have 0.5.
    """
    besides, here = (
        {name: value.hex() for name, value in values.items()}
        for values in (metrics, dict.fromkeys(metrics, 0.5))
    )
    both = [
        claimed.model_copy(update={"metrics": claimed.metrics | more}) for more in (besides, here)
    ]
    return [(both[0], both[1])] * 8


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            {"recall": Metric(direction="higher")},
            "recall: differs by up to -0.4, and it has no margin in the task, so it must be the"
            " same",
        ),
        (
            {},
            "recall: differs by up to -0.4, and the task does not declare it, so it must be the"
            " same",
        ),
    ],
)
def test_a_metric_without_a_margin_is_never_within_it_and_one_that_nobody_declared_neither(
    claimed: Certificate, rules: dict[str, Metric], said: str
) -> None:
    declared = {"accuracy": Metric(direction="higher", margin=0.01)} | rules
    good, reasons = tolerated(pairs_with(claimed, recall=0.9), declared)
    assert (good, reasons) == (False, ("accuracy: the same under all 8 seeds", said))
    assert tolerated(pairs_with(claimed, recall=0.5), declared)[0]


def test_runs_that_ended_otherwise_are_not_tolerated(claimed: Certificate) -> None:
    rule = {"accuracy": Metric(direction="higher", margin=0.01)}
    pairs = [
        (claimed.model_copy(update={"seed": seed}), claimed.model_copy(update={"seed": seed}))
        for seed in range(8)
    ]
    other = pairs[2][1].model_copy(update={"status": "diverged", "metrics": {}})
    pairs[2] = (pairs[2][0], other)
    assert tolerated(pairs, rule) == (
        False,
        ("seed 2: ok -> diverged", "accuracy: the same under all 7 seeds"),
    )
    lost = (pairs[3][0], pairs[3][1].model_copy(update={"metrics": {}}))
    assert tolerated([lost], rule) == (
        False,
        ("accuracy: only one of the two runs has it, under seed 3",),
    )
    nothing = claimed.model_copy(update={"metrics": {}})
    assert tolerated([(nothing, nothing)] * 8, rule) == (
        False,
        ("no metric was recorded that could be tolerated",),
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"history": {}}, "incomplete: history of loss: expected values, as the re-run has"),
        ({"history": {"loss": ()}}, "incomplete: history of loss: expected values"),
        ({"hashes": {}}, "incomplete: hash of final_weights: expected one, as the re-run has"),
        (
            {"hashes": HASHES | {"test_outputs": "0" * 64}},
            "incomplete: hash of test_outputs: expected the 64 hexadecimal digits of a SHA-256,"
            " got 000000000000",
        ),
        ({"hashes": HASHES | {"test_outputs": "c"}}, "incomplete: hash of test_outputs"),
        ({"hashes": HASHES | {"test_outputs": ""}}, "SHA-256, got nothing"),
        ({"metrics": {}}, "incomplete: metric accuracy: expected a value, as the re-run has"),
        ({"environment": {}}, "incomplete: environment: expected its fields, got none"),
        ({"question": {}}, "incomplete: question: expected its fields, got none"),
        ({"key": "0" * 32}, "of its question and seed 1, got 0000000"),
        ({"parameters": 8}, "parameters: 8 -> 9"),
        ({"parameters": None}, "parameters: nothing -> 9"),
    ],
)
@pytest.mark.parametrize("cpu", ["a", "b"])
def test_a_certificate_that_lacks_something_fails_wherever_it_is_from(
    claimed: Certificate, changed: dict[str, Any], said: str, cpu: str
) -> None:
    rerun = claimed.model_copy(update={"environment": HERE | {"cpu": cpu}})
    verdict = check(claimed.model_copy(update=changed), rerun)
    assert (verdict.tier, verdict.is_good) == ("FAIL", False)
    assert verdict.expected != "WITHIN TOLERANCE"  # so that no tolerance can help it
    assert any(said in reason for reason in verdict.reasons), verdict.reasons


def test_a_run_that_was_recorded_as_failed_must_fail_again(tiny: Task) -> None:
    failed = make_result(tiny, "long", 1, None).model_copy(
        update={"hashes": {}, "key": key_of(ASKED)}
    )
    claimed = certify(failed, ASKED, HERE)
    again = check(claimed, claimed)
    assert (again.tier, again.is_good, again.reasons) == ("FAILED AGAIN", True, ())
    good = certify(
        make_result(tiny, "long", 1, 0.75).model_copy(update={"hashes": HASHES}), ASKED, HERE
    )
    verdict = check(claimed, good)
    assert (verdict.tier, verdict.is_good) == ("FAIL", False)
    assert verdict.reasons == (
        "recorded as failed, but does not fail when it is run again: a verdict may change",
    )


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


def test_a_sample_takes_every_task_in_turn_before_a_second_arm_of_one(claimed: Certificate) -> None:
    given = [
        claimed.model_copy(update={"task": task, "arm": arm, "key": f"{task}{arm}"})
        for task, arms in (("first", "abc"), ("second", "de"))
        for arm in arms
    ]
    assert {one.task for one in sample(given, 2)} == {"first", "second"}
    assert len({(one.task, one.arm) for one in sample(given, 5)}) == 5


def test_certificates_are_read_back_or_refused_by_line(
    claimed: Certificate, tmp_path: Path
) -> None:
    path = tmp_path / "two.jsonl"
    other = claimed.model_copy(update={"key": "other", "seed": 2})
    path.write_text("".join(as_json([claimed, other])))
    assert read_certificates([path]) == [claimed, other]
    path.write_text("".join(as_json([claimed])) + '{"certificate": 1}\n')
    with pytest.raises(
        SuiteError, match=r"two.jsonl:2: expected a certificate: task: Field required"
    ):
        read_certificates([path])
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
            read_certificates([path])
    path.write_text("".join(as_json([claimed, other, claimed])))
    with pytest.raises(
        SuiteError,
        match=r"two.jsonl:3: tiny long seed 1: expected it once, got it again, after .*two.jsonl:1",
    ):
        read_certificates([path])
    path.write_text("")
    with pytest.raises(SuiteError, match=r"two.jsonl: expected certificates, one a line, got an"):
        read_certificates([path])
    with pytest.raises(SuiteError, match=r"none.json: cannot read certificates: No such file"):
        read_certificates([tmp_path / "none.json"])


COMMAND = {"task": "tiny", "settings": {"command": "train {seed}", "outputs": ["w.bin", "p.csv"]}}
FILES = {"file p.csv": "a1" * 32, "file w.bin": "b1" * 32}


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
    result = make_result(tiny, "long", 1, 0.75).model_copy(
        update={"hashes": FILES, "history": {}, "key": key_of(COMMAND)}
    )
    claimed = certify(result, COMMAND, HERE)
    verdict = check(claimed, claimed.model_copy(update=changed))
    assert (verdict.tier, verdict.expected, verdict.reasons) == (tier, "FILES", reasons)
    assert verdict.is_good == (tier == "FILES")


def test_of_a_command_without_outputs_only_the_metrics_can_be_the_same(tiny: Task) -> None:
    asked = {"task": "tiny", "settings": {"command": "train {seed}"}}
    result = make_result(tiny, "long", 1, 0.75).model_copy(
        update={"hashes": {}, "history": {}, "key": key_of(asked)}
    )
    claimed = certify(result, asked, HERE)
    verdict = check(claimed, claimed)
    assert (verdict.tier, verdict.expected, verdict.is_good) == ("METRICS", "METRICS", True)
    assert verdict.reasons == ("no file was compared, for the command declares no outputs",)
    elsewhere = claimed.model_copy(update={"environment": {"cpu": "b"}})
    assert check(claimed, elsewhere).expected == "WITHIN TOLERANCE"
