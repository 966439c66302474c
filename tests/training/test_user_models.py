"""Models, optimisers, schedules and losses of other people: trained as they would be by hand, bit
by bit repeatable.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from suite.errors import SuiteError
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.processes import Processes
from suite.provenance.references import load
from suite.result import Result
from suite.task.loading import load_task
from suite.training.job_recipe import make_replicate
from tests.support.own_code import NETS, jobs_of, load_own, runs, write_example
from tests.support.tasks import DIGITS_TASK


def bits(one: Result) -> tuple[object, ...]:
    return one.arm, one.seed, one.hashes, one.metrics, one.history


@pytest.mark.slow
def test_batch_norm_and_dropout_give_equal_bits_alone_and_among_others(tmp_path: Path) -> None:
    """Alone and in one process; all arms and seeds in turn; the other way round; and in processes
    of their own.
    """
    task = load_own(tmp_path)
    jobs = jobs_of(task)
    assert len(jobs) == 4
    alone = {
        (job.arm, job.seeds): [bits(one) for one in run_jobs(InProcess(), [job])] for job in jobs
    }
    assert len({str(one) for one in alone.values()}) == 4
    for order in (jobs, tuple(reversed(jobs))):
        assert {
            (one.arm, (one.seed,)): [bits(one)] for one in run_jobs(InProcess(), order)
        } == alone
    assert {(one.arm, (one.seed,)): [bits(one)] for one in run_jobs(Processes(2), jobs)} == alone
    expected = {"initial_weights", "final_weights", "test_outputs"}
    assert all(one[0][2].keys() == expected for one in alone.values())  # type: ignore[attr-defined]


def test_a_named_optimiser_schedule_and_loss_do_what_a_loop_by_hand_does(tmp_path: Path) -> None:
    text = DIGITS_TASK.replace(
        '{ name = "Adam", lr = 0.01 }',
        '{ name = "AdamW", lr = 0.01, betas = [0.8, 0.9], weight_decay = 0.3 }',
    )
    text = text.replace(
        'loss = "Cross', 'schedule = { name = "ExponentialLR", gamma = 0.5 }\nloss = "Cross'
    )
    text = text.replace(
        'loss = "CrossEntropyLoss"',
        "loss = { CrossEntropyLoss = { factor = 2.0, arguments = { label_smoothing = 0.1 } } }",
    )
    task = load_own(tmp_path, text)
    job = jobs_of(task)[0]
    (found,) = run_jobs(InProcess(), [job])
    replicate = make_replicate(job, 0)
    train = replicate.dataset.train
    torch.manual_seed(replicate.initialisation)
    model = load("own_nets:Net")()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, betas=(0.8, 0.9), weight_decay=0.3)
    order, losses = torch.Generator().manual_seed(replicate.batch_order), []
    torch.manual_seed(replicate.noise)
    for epoch in range(2):
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * 0.5**epoch
        total = 0.0
        model.train()
        for rows in torch.randperm(90, generator=order).split(40):
            loss = 2 * torch.nn.functional.cross_entropy(
                model(train.inputs["inputs"][rows]),
                train.targets["label"][rows],
                label_smoothing=0.1,
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(rows)
        losses.append(total / 90)
    assert found.history["loss"] == pytest.approx(losses, rel=1e-4)
    model.eval()
    test = replicate.dataset.test
    right = (model(test.inputs["inputs"]).argmax(dim=1) == test.targets["label"]).float().mean()
    assert found.metrics["accuracy"] == pytest.approx(float(right), abs=0.02)


def test_a_schedule_steps_as_often_as_it_says(tmp_path: Path) -> None:
    """A rate that is nothing from the first step of the schedule on: later epochs change no weight."""
    epoch, step = (
        load_own(
            tmp_path,
            DIGITS_TASK.replace(
                "loss =",
                f'schedule = {{ name = "StepLR", step_size = 1, gamma = 0.0, every = "{every}"'
                " }\nloss =",
            ),
        )
        for every in ("epoch", "step")
    )
    first = load_own(
        tmp_path,
        DIGITS_TASK.replace("epochs = 2", "epochs = 1").replace(
            "loss =", 'schedule = { name = "ConstantLR", factor = 1.0 }\nloss ='
        ),
    )
    weights = {
        name: runs(task, jobs=slice(1))[0].hashes
        for name, task in (("epoch", epoch), ("step", step), ("first", first))
    }
    # the running averages of batch normalisation move on, so what is compared is what the first
    # step of all leaves
    assert (
        weights["epoch"]["initial_weights"]
        == weights["first"]["initial_weights"]
        == weights["step"]["initial_weights"]
    )
    assert weights["epoch"]["final_weights"] != weights["step"]["final_weights"]


def test_several_inputs_heads_and_a_loop_of_ones_own_as_documented(tmp_path: Path) -> None:
    task = load_task(write_example(tmp_path))
    found = {(one.arm, one.seed): one for one in runs(task)}
    assert {one.status for one in found.values()} == {"ok"}, [one.reason for one in found.values()]
    network, squares = found["network", 0], found["least-squares", 0]
    assert network.metrics.keys() == squares.metrics.keys() == {"kind_accuracy", "height_error"}
    assert squares.metrics["height_error"] < 0.15  # the noise has a standard deviation of 0.1
    assert squares.hashes.keys() == {"test_outputs", "final_weights"}
    assert network.parameters == 37 * 16 + 16 + 2 * 16 + 16 * 2 + 2 + 16 + 1
    assert runs(task, jobs=slice(1))[0].hashes == network.hashes


def test_what_cannot_train_side_by_side_says_why(tmp_path: Path) -> None:
    write_example(tmp_path)
    text = (tmp_path / "two-heads.toml").read_text()
    for name in ("LBFGS", "Adafactor", "Muon", "SparseAdam"):
        changed = text.replace('"AdamW", lr = 1e-2, weight_decay = 0.1', f'"{name}", lr = 1e-2')
        (tmp_path / "changed.toml").write_text(
            changed.replace('TwoHeads"', 'TwoHeads"\ntrainer = "vectorized"')
        )
        with pytest.raises(
            SuiteError,
            match="arms.network.trainer: vectorized: that takes an optimiser that changes every"
            f" weight by itself, and this is {name}; leave the trainer out",
        ):
            load_task(tmp_path / "changed.toml")


@pytest.mark.slow
def test_several_inputs_an_own_optimiser_and_a_schedule_train_side_by_side(tmp_path: Path) -> None:
    path = write_example(tmp_path)
    nets, text = (tmp_path / "my_models.py").read_text(), path.read_text()
    (tmp_path / "my_models_still.py").write_text(nets.replace(", nn.Dropout(0.1)", ""))
    found = {}
    for trainer in ("vectorized", "autograd"):
        model = f'my_models_still:TwoHeads"\ntrainer = "{trainer}"'
        path.write_text(text.replace('my_models:TwoHeads"', model).replace("0-5", "0-1"))
        found[trainer] = [one for one in runs(load_task(path)) if one.arm == "network"]
    for together, alone in zip(found["vectorized"], found["autograd"], strict=True):
        assert (together.status, together.reason, together.seeds_together) == ("ok", None, 2)
        assert together.hashes["initial_weights"] == alone.hashes["initial_weights"]
        assert together.history["loss"] == pytest.approx(alone.history["loss"], rel=2e-4)
        assert together.model == alone.model


def test_an_optimiser_that_evaluates_the_loss_itself_trains_too(tmp_path: Path) -> None:
    task = load_own(
        tmp_path, DIGITS_TASK.replace('name = "Adam", lr = 0.01', 'name = "LBFGS", lr = 0.01')
    )
    found = runs(task, jobs=slice(1))[0]
    assert (found.status, found.reason) == ("ok", None)
    assert found.hashes["initial_weights"] != found.hashes["final_weights"]


def test_one_input_trains_side_by_side_with_torchs_loss(tmp_path: Path) -> None:
    together = load_own(
        tmp_path,
        DIGITS_TASK.replace(
            'model = "own_nets:Net"', 'model = "own_nets:Net"\ntrainer = "vectorized"'
        ).replace("batch_size = 40", "batch_size = 45"),
    )
    found = runs(together, jobs=slice(1))
    assert [(one.status, one.reason) for one in found] == [("ok", None)] * 2
    assert {one.seeds_together for one in found} == {2}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("return self.layers(images)", "return [self.layers(images)]", "TypeError: model: expected a tensor, or a dict of tensors by name, from forward, got list"),
        ("return self.layers(images)", "return self.layers(images).mean()", "expected a row for each"),
        ("nn.Linear(64, width)", "nn.Linear(63, width)", "mat1 and mat2 shapes cannot be multiplied (40x64 and 63x7)"),
        ("        super().__init__()\n", "        super().__init__()\n        self.layers = nn.Flatten()\n        return\n", "ValueError: model: expected parameters to train, Net has none"),
    ],
)  # fmt: skip
def test_a_model_that_gives_nonsense_fails_with_its_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert old in NETS
    nets = NETS.replace(old, new).replace(
        "class Net", f"VERSION = {hash(new) % 1000}\n\n\nclass Net"
    )
    name = f"own_nets_{abs(hash(old + new)) % 10**8}"
    (tmp_path / f"{name}.py").write_text(nets)
    task = load_own(tmp_path, DIGITS_TASK.replace("own_nets", name))
    (found,) = runs(task, jobs=slice(1))
    assert found.status == "failed"
    assert reason in (found.reason or "")


def test_a_model_whose_layers_cannot_be_listed_trains_without_a_table(tmp_path: Path) -> None:
    nets = """
import torch
from torch import nn


class Padded(nn.Module):
    def __init__(self, width=7):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.body, self.head = nn.TransformerEncoder(layer, 1), nn.Linear(8, 10)
        self.register_buffer("kept", torch.ones(5))

    def forward(self, images):
        rows = images.view(len(images), 8, 8)
        mask = torch.zeros(len(rows), 8, dtype=torch.bool)
        mask[:, 6:] = True
        return self.head(self.body(rows, src_key_padding_mask=mask).mean(1))
"""
    (tmp_path / "own_padded.py").write_text(nets)
    task = load_own(tmp_path, DIGITS_TASK.replace("own_nets:Net", "own_padded:Padded"))
    (found,) = runs(task, jobs=slice(1))
    # attention 4 (8 8 + 8), two layers 2 (8 16) + 16 + 8, two norms 2 (8 + 8), head 8 10 + 10
    assert found.parameters == 4 * 72 + 280 + 32 + 90
    assert (found.status, found.reason, found.model) == ("ok", None, None)
