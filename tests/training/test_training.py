"""Trainers: the same bits again, alone or together, and what a run keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from suite.data.dataset import Split
from suite.plan.job import TRAINERS, Job
from suite.plan.plan import make_plan
from suite.provenance.references import load
from suite.result import Outcome
from suite.task.loading import load_task
from suite.task.schema import Task
from suite.task.updates import Optimizer
from suite.training.job_recipe import make_recipe, make_replicate
from suite.training.measure import autograd_flops, tensors_hash
from suite.training.numerics import fix_numerics
from tests.support.tasks import ROOT

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _numerics() -> None:
    fix_numerics(threads=1)


def job_of(task: Task, arm: str) -> Job:
    return next(job for job in make_plan(task, device="cpu").jobs if job.arm == arm)


def train(job: Job, seeds: Sequence[int], **changes: object) -> list[Outcome]:
    recipe = replace(make_recipe(job), **changes)  # type: ignore[arg-type]
    trainer = load(TRAINERS[job.settings.trainer].train)
    return list(trainer(recipe, [make_replicate(job, seed) for seed in seeds], CPU))


def bits(outcome: Outcome) -> object:
    """All of an outcome but its times."""
    return outcome.model_dump(
        exclude={"train_time_s", "first_epoch_s", "predict_time_s", "seeds_together"}
    )


@pytest.mark.parametrize("arm", ["long", "control"])
def test_the_same_run_twice_gives_the_same_bits(tiny: Task, arm: str) -> None:
    first, again = (train(job_of(tiny, arm), [4])[0] for _ in range(2))
    assert bits(first) == bits(again)
    assert first.status == "ok"


@pytest.mark.parametrize("arm", ["long", "control"])
@pytest.mark.parametrize("together", [2, 3, 7, 20])
def test_seeds_together_equal_seeds_alone(tiny: Task, arm: str, together: int) -> None:
    seeds = list(range(10, 10 + together))
    outcomes = train(job_of(tiny, arm), seeds)
    assert [outcome.seed for outcome in outcomes] == seeds
    for place in {0, together // 2, together - 1}:
        assert bits(outcomes[place]) == bits(train(job_of(tiny, arm), [seeds[place]])[0])


def test_different_seeds_give_different_weights(tiny: Task) -> None:
    hashes = [outcome.hashes["final_weights"] for outcome in train(job_of(tiny, "long"), range(5))]
    assert len(set(hashes)) == 5


def test_autograd_and_the_hand_written_framework_learn_the_same(tiny: Task) -> None:
    by_hand, control = (train(job_of(tiny, arm), [0, 1]) for arm in ("long", "control"))
    for mine, theirs in zip(by_hand, control, strict=True):
        assert mine.hashes["initial_weights"] == theirs.hashes["initial_weights"]
        assert mine.history["loss"] == pytest.approx(theirs.history["loss"], rel=1e-5)
        assert mine.parameters == theirs.parameters == 2 * 9 + 9 + 9 * 5 + 5 + 5 * 2 + 2


def test_a_short_run_is_the_beginning_of_a_long_one(tiny: Task) -> None:
    short, long = (train(job_of(tiny, arm), [0])[0] for arm in ("short", "long"))
    assert short.history["loss"] == long.history["loss"][:2]
    assert short.metrics["accuracy"] == long.history["accuracy"][1]


def test_history_holds_an_epoch_a_value_and_metrics_are_its_last(tiny: Task) -> None:
    for arm in ("long", "control"):
        outcome = train(job_of(tiny, arm), [0])[0]
        assert {name: len(values) for name, values in outcome.history.items()} == {
            "loss": 4,
            "accuracy": 4,
        }
        assert outcome.metrics["accuracy"] == outcome.history["accuracy"][-1]
        assert outcome.train_time_s is not None
        assert outcome.train_time_s > 0


@pytest.mark.parametrize("arm", ["long", "control"])
def test_a_diverged_run_is_a_record_without_metrics(tiny: Task, arm: str) -> None:
    job = job_of(tiny, arm)
    broken = replace(make_recipe(job), optimizer=Optimizer(name="SGD", lr=1e38))
    outcome = next(
        iter(load(TRAINERS[job.settings.trainer].train)(broken, [make_replicate(job, 0)], CPU))
    )
    assert outcome.status == "diverged"
    assert outcome.metrics == {}
    assert None in outcome.history["loss"]
    assert outcome.reason
    assert "not finite" in outcome.reason


def test_the_global_generator_is_left_alone(tiny: Task) -> None:
    torch.manual_seed(123)
    before = torch.get_rng_state()
    for arm in ("long", "control"):
        train(job_of(tiny, arm), [0])
    assert torch.equal(before, torch.get_rng_state())


def test_the_state_of_the_global_generator_does_not_matter(tiny: Task) -> None:
    torch.manual_seed(1)
    first = train(job_of(tiny, "control"), [0])[0]
    torch.manual_seed(2)
    assert bits(first) == bits(train(job_of(tiny, "control"), [0])[0])


def test_a_hash_sees_every_bit_name_and_shape() -> None:
    zero = torch.zeros(2, 3)
    known = tensors_hash([("a", zero)])
    assert known == tensors_hash([("a", zero.clone())])
    assert (
        len(
            {
                known,
                *(
                    tensors_hash(pair)
                    for pair in (
                        [("b", zero)],
                        [("a", -zero)],
                        [("a", zero.T)],
                        [("a", zero.double())],
                    )
                ),
            }
        )
        == 5
    )
    image = torch.randn(2, 3, 4, 5)
    assert tensors_hash([("a", image)]) == tensors_hash(
        [("a", image.to(memory_format=torch.channels_last))]
    )


@pytest.mark.parametrize("arm", ["long", "control"])
def test_outputs_that_are_not_finite_are_a_divergence_too(tiny: Task, arm: str) -> None:
    """One step of one epoch: the loss was taken before the step that broke the weights.

    Wide layers sum infinite terms of both signs, whatever the processor.
    """
    job = job_of(tiny, arm)
    wide = {"arguments": {"layers": [2, 64, 64, 64, 2]}}
    job = replace(job, settings=job.settings.model_copy(update=wide))
    broken = replace(
        make_recipe(job), optimizer=Optimizer(name="SGD", lr=1e38), epochs=1, batch_size=60
    )
    (outcome,) = load(TRAINERS[job.settings.trainer].train)(broken, [make_replicate(job, 0)], CPU)
    assert outcome.status == "diverged"
    assert outcome.metrics == {}


@pytest.mark.parametrize("layers", [[2, 1, 2], [2, 5, 1, 2], [2, 3, 7, 1, 5, 2]])
def test_layers_of_one_neuron_keep_their_bits_too(tiny: Task, layers: list[int]) -> None:
    job = job_of(tiny, "long")
    job = replace(job, settings=job.settings.model_copy(update={"arguments": {"layers": layers}}))
    together = train(job, [0, 1, 2, 3, 4])
    assert bits(together[2]) == bits(train(job, [2])[0])


def linear_flops(batch: int, inputs: int, outputs: int) -> int:
    return 2 * batch * inputs * outputs


def test_training_flops_of_linear_layers_are_the_closed_form(tiny: Task) -> None:
    """Forward, and backward for weights and for inputs: thrice, but autograd needs no gradient of
    the data. 60 points by 7: 8 batches and a rest of 4, so 60 an epoch, 4 epochs.
    """
    layers = [(2, 9), (9, 5), (5, 2)]
    thrice = 4 * 3 * sum(linear_flops(60, *layer) for layer in layers)
    (by_hand, _), (control,) = (
        train(job_of(tiny, "long"), [0, 1]),
        train(job_of(tiny, "control"), [0]),
    )
    assert by_hand.train_flops == thrice
    assert control.train_flops == thrice - 4 * linear_flops(60, 2, 9)
    (short,) = train(job_of(tiny, "short"), [0])
    assert short.train_flops == thrice // 2  # half the epochs


def test_training_flops_of_convolutions_are_the_closed_form() -> None:
    """The source's CNN at 14x14: 3x3 convolutions to 12x12 and 10x10, then 1600-200-10."""
    job = job_of(load_task(ROOT / "tasks" / "mlp-vs-cnn.toml"), "cnn")
    recipe = replace(make_recipe(job), epochs=2, batch_size=4)
    train_split = Split({"inputs": torch.rand(9, 1, 14, 14)}, {"digits": torch.arange(9)})
    first = 2 * 9 * 32 * 12 * 12 * 1 * 9
    rest = 2 * 9 * 64 * 10 * 10 * 32 * 9 + linear_flops(9, 1600, 200) + linear_flops(9, 200, 10)
    state = torch.random.get_rng_state()
    assert autograd_flops(recipe, train_split) == 2 * (2 * first + 3 * rest)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_counting_changes_no_bit(tiny: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {arm: train(job_of(tiny, arm), [3])[0].hashes for arm in ("long", "control")}
    monkeypatch.setattr("suite.training.autograd.autograd_flops", lambda *_: None)
    monkeypatch.setattr("suite.training.manual.training_flops", lambda *_: 0)
    assert counted == {arm: train(job_of(tiny, arm), [3])[0].hashes for arm in ("long", "control")}
