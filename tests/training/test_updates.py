"""Optimisers, schedules, clipping, accumulation and groups: beside loops of plain torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler, SequentialLR

from suite.errors import SuiteError
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.plan.job import Job
from suite.provenance.references import load
from suite.reports.protocol import optimizer_words, schedule_words
from suite.task.arms import one_after_another
from suite.task.updates import Optimizer, Schedule
from suite.training.job_recipe import make_replicate
from suite.training.optimizing import make_optimizer, make_schedule
from tests.support.own_code import jobs_of, load_own
from tests.support.tasks import DIGITS_TASK

ADAM = 'optimizer = { name = "Adam", lr = 0.01 }'
NETS = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=7):
        super().__init__()
        self.first, self.second = nn.Linear(64, width), nn.Linear(width, 10)

    def forward(self, images):
        return self.second(self.first(images.flatten(1)).relu())


def sign(parameters, lr, scale=1.0):
    return Sign(parameters, {"lr": lr * scale})


class Sign(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter -= group["lr"] * parameter.grad.sign()


def halving(optimizer, every):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 ** (step // every))


def nothing(*_, **__):
    return 3
"""

Step = Callable[[torch.nn.Module, Iterator[tuple[int, torch.Tensor, torch.Tensor]]], None]


def job_of(folder: Path, *changes: tuple[str, str]) -> Job:
    """The first job of the task with these changes; its model is Net of NETS."""
    text = DIGITS_TASK.replace("own_nets", "own_plain")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "own_plain.py").write_text(NETS)
    return jobs_of(load_own(folder, text))[0]


def weights_by_hand(job: Job, learn: Step) -> dict[str, torch.Tensor]:
    """The weights after `learn` has had the model, and all batches with their epochs."""
    replicate = make_replicate(job, 0)
    train = replicate.dataset.train
    torch.manual_seed(replicate.initialisation)
    model = load("own_plain:Net")()
    order = torch.Generator().manual_seed(replicate.batch_order)

    def batches() -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
        for epoch in range(job.settings.epochs):
            for rows in torch.randperm(90, generator=order).split(job.settings.batch_size):
                yield epoch, train.inputs["inputs"][rows], train.targets["label"][rows]

    learn(model, batches())
    return {name: value.detach() for name, value in model.named_parameters()}


def require_same(job: Job, learn: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run of the job leaves the weights that the loop by hand does."""
    left: list[dict[str, torch.Tensor]] = []

    def kept(model: torch.nn.Module) -> dict[str, torch.Tensor]:
        left.append(dict(model.named_parameters()))
        return left[-1]

    monkeypatch.setattr("suite.training.autograd.trainable_parameters", kept)
    (found,) = run_jobs(InProcess(), [job])
    assert (found.status, found.reason) == ("ok", None)
    for name, value in weights_by_hand(job, learn).items():
        torch.testing.assert_close(left[-1][name].detach(), value, rtol=1e-4, atol=1e-5)


def plain_step(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> None:
    optimizer.zero_grad()
    cross_entropy(model(x), y).backward()
    optimizer.step()


def test_gradients_are_clipped_to_the_norm_of_all_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(tmp_path, (ADAM, 'optimizer = { name = "SGD", lr = 0.5, clip_grad_norm = 0.25 }'))
    clipped = list[bool]()

    def learn(
        model: torch.nn.Module, batches: Iterator[tuple[int, torch.Tensor, torch.Tensor]]
    ) -> None:
        for _, x, y in batches:
            grads = torch.autograd.grad(cross_entropy(model(x), y), list(model.parameters()))
            norm = math.sqrt(sum(float((grad**2).sum()) for grad in grads))
            clipped.append(norm > 0.25)
            with torch.no_grad():
                for parameter, grad in zip(model.parameters(), grads, strict=True):
                    parameter.sub_(0.5 * min(1.0, 0.25 / norm) * grad)

    require_same(job, learn, monkeypatch)
    assert any(clipped)


@pytest.mark.parametrize("accumulate", [2, 3, 4])
def test_accumulated_batches_are_one_batch_of_all_their_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accumulate: int
) -> None:
    """90 items in batches of 20: the last batch has 10, and the last step may have fewer batches."""
    job = job_of(
        tmp_path,
        (ADAM, f'optimizer = {{ name = "SGD", lr = 0.5, accumulate = {accumulate} }}'),
        ("batch_size = 40", "batch_size = 20"),
    )

    def learn(
        model: torch.nn.Module, batches: Iterator[tuple[int, torch.Tensor, torch.Tensor]]
    ) -> None:
        optimizer, by_epoch = torch.optim.SGD(model.parameters(), lr=0.5), list(batches)
        for epoch in (0, 1):
            x = torch.cat([x for at, x, _ in by_epoch if at == epoch])
            y = torch.cat([y for at, _, y in by_epoch if at == epoch])
            for rows in torch.arange(90).split(20 * accumulate):
                plain_step(model, optimizer, x[rows], y[rows])

    require_same(job, learn, monkeypatch)


def test_a_warm_up_and_then_a_cosine_are_those_of_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(
        tmp_path,
        (ADAM, 'optimizer = { name = "SGD", lr = 0.5 }'),
        ("epochs = 2", "epochs = 4"),
        (
            "loss =",
            """schedule = [
    { name = "LinearLR", start_factor = 0.1, total_iters = 3, every = "step", until = 3 },
    { name = "CosineAnnealingLR", T_max = 9, every = "step" },
]
loss =""",
        ),
    )
    rates = list[float]()

    def learn(
        model: torch.nn.Module, batches: Iterator[tuple[int, torch.Tensor, torch.Tensor]]
    ) -> None:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        for step, (_, x, y) in enumerate(batches):  # the closed forms, of 3 and of 9 steps
            warm, cosine = 0.1 + 0.9 * step / 3, (1 + math.cos(math.pi * (step - 3) / 9)) / 2
            optimizer.param_groups[0]["lr"] = 0.5 * (warm if step < 3 else cosine)
            rates.append(optimizer.param_groups[0]["lr"])
            plain_step(model, optimizer, x, y)

    require_same(job, learn, monkeypatch)
    assert len(rates) == 12
    schedule = job.settings.schedule
    assert schedule is not None
    assert schedule_words(schedule) == (
        "schedule LinearLR every step, start_factor = 0.1, total_iters = 3, until step 3, then"
        " CosineAnnealingLR every step, T_max = 9"
    )


def test_a_chain_is_the_sequence_that_torch_makes_of_its_parts() -> None:
    weight = torch.zeros(2, requires_grad=True)
    settings = Schedule.model_validate(
        [
            {"name": "LinearLR", "start_factor": 0.2, "total_iters": 4, "until": 4},
            {"name": "CosineAnnealingLR", "T_max": 5, "until": 8},
            {"name": "ConstantLR", "factor": 0.3, "total_iters": 9},
        ]
    )
    assert Schedule.model_validate(settings.model_dump()) == settings
    ours, theirs = (torch.optim.SGD([weight], lr=1.0) for _ in range(2))
    chain = make_schedule(settings, ours)
    assert chain is not None
    parts: list[LRScheduler] = [
        LinearLR(theirs, 0.2, total_iters=4),
        CosineAnnealingLR(theirs, 5),
        torch.optim.lr_scheduler.ConstantLR(theirs, 0.3, total_iters=9),
    ]
    sequence, rates = SequentialLR(theirs, parts, [4, 8]), list[tuple[float, float]]()
    for _ in range(12):
        rates.append((ours.param_groups[0]["lr"], theirs.param_groups[0]["lr"]))
        for optimizer, each in ((ours, chain), (theirs, sequence)):
            optimizer.step()
            each.step()
    assert all(one == other for one, other in rates)
    assert len({one for one, _ in rates}) > 6


def test_groups_have_arguments_of_their_own_by_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(
        tmp_path,
        (
            ADAM,
            'optimizer = { name = "SGD", lr = 0.5, weight_decay = 0.2, groups = ['
            '{ match = "bias$", weight_decay = 0.0 }, { match = "^second", lr = 0.05 }] }',
        ),
    )

    def learn(
        model: torch.nn.Module, batches: Iterator[tuple[int, torch.Tensor, torch.Tensor]]
    ) -> None:
        for _, x, y in batches:
            named = dict(model.named_parameters())
            grads = torch.autograd.grad(cross_entropy(model(x), y), list(named.values()))
            with torch.no_grad():
                for (name, parameter), grad in zip(named.items(), grads, strict=True):
                    rate = 0.05 if name == "second.weight" else 0.5
                    decay = 0.0 if name.endswith("bias") else 0.2
                    parameter.sub_(rate * (grad + decay * parameter))

    require_same(job, learn, monkeypatch)


def test_a_group_without_a_parameter_is_refused() -> None:
    settings = Optimizer.model_validate(
        {"name": "SGD", "lr": 0.1, "groups": [{"match": "norm", "lr": 0.5}]}
    )
    with pytest.raises(ValueError, match=r"'norm' matches no parameter that is left; these are w"):
        make_optimizer(settings, {"w": torch.zeros(2, requires_grad=True)})


def test_an_optimiser_and_a_schedule_may_be_functions_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(
        tmp_path,
        (ADAM, 'optimizer = { name = "own_plain:sign", lr = 0.04, scale = 0.25 }'),
        ("loss =", 'schedule = { name = "own_plain:halving", every = "step", arguments = { every = 2 } }\nloss ='),
    )  # fmt: skip
    assert {"own_plain:sign", "own_plain:halving"} <= set(job.references.named)

    def learn(
        model: torch.nn.Module, batches: Iterator[tuple[int, torch.Tensor, torch.Tensor]]
    ) -> None:
        for step, (_, x, y) in enumerate(batches):
            grads = torch.autograd.grad(cross_entropy(model(x), y), list(model.parameters()))
            with torch.no_grad():
                for parameter, grad in zip(model.parameters(), grads, strict=True):
                    parameter.sub_(0.01 * 0.5 ** (step // 2) * grad.sign())

    require_same(job, learn, monkeypatch)
    assert "expected a torch.optim.Optimizer, got int" in (
        run_of(tmp_path / "a", (ADAM, 'optimizer = { name = "own_plain:nothing", lr = 0.1 }'))
    )
    assert "expected a torch.optim.lr_scheduler.LRScheduler, got int" in (
        run_of(tmp_path / "b", ("loss =", 'schedule = "own_plain:nothing"\nloss ='))
    )


def run_of(folder: Path, *changes: tuple[str, str]) -> str:
    """The reason of the first run of the task with these changes."""
    folder.mkdir()
    (found,) = run_jobs(InProcess(), [job_of(folder, *changes)])
    return found.reason or ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (ADAM, 'optimizer = { name = "LBFGS", lr = 0.1, clip_grad_norm = 1.0 }', "clip_grad_norm: expected none with LBFGS, which evaluates a batch many times and has one group of parameters; write the loop, train = \"my_code:train\", or make the arm a command"),
        (ADAM, 'optimizer = { name = "AdamW", lr = 0.1, groups = [{ match = "bias", weight_decoy = 0.0 }] }', "optimizer: torch.optim:AdamW takes no 'weight_decoy'; did you mean 'weight_decay'?"),
        (ADAM, 'optimizer = { name = "AdamW", lr = 0.1, groups = [{ match = "bias(" , lr = 1.0 }] }', "match: expected a regular expression, got"),
        (ADAM, 'optimizer = { name = "AdamW", lr = 0.1, groups = [{ match = "bias" }] }', "expected an argument of the optimiser beside match, got none"),
        (ADAM, 'optimizer = { name = "own_plain:missing", lr = 0.1 }', "optimizer: own_plain:missing"),
        (ADAM, 'optimizer = { name = "own_plain:sign", lr = 0.1, scales = 1.0 }', "optimizer: own_plain:sign takes no 'scales'; did you mean 'scale'?"),
        ("loss =", 'schedule = { name = "SequentialLR", milestones = [2] }\nloss =', "SequentialLR takes other schedules: write them as a list, each but the last with until"),
        ("loss =", 'schedule = { name = "LambdaLR", lr_lambda = "x" }\nloss =', 'LambdaLR takes a function: name one of yours that returns it, "my_code:schedule"'),
        ("loss =", 'schedule = { name = "ReduceLROnPlateau" }\nloss =', "ReduceLROnPlateau looks at results on held-out data while training"),
        ("loss =", 'schedule = [{ name = "LinearLR" }, { name = "ConstantLR" }]\nloss =', "LinearLR: expected until, where the next begins, got None"),
        ("loss =", 'schedule = [{ name = "LinearLR", until = 2 }, { name = "ConstantLR", every = "step" }]\nloss =', "every: expected one in all schedules of a chain, got epoch and step"),
        ("loss =", 'schedule = [{ name = "LinearLR", until = 2 }, { name = "ConstantLR", until = 2 }, "ConstantLR"]\nloss =', "until: expected more than 2 after it, got 2"),
        ("loss =", 'schedule = { name = "LinearLR", until = 2 }\nloss =', "LinearLR: expected no until in the last, got 2"),
        ("loss =", 'ema = 0.99\nloss =', 'ema: not a part of the loop of this suite; write the loop, train = "my_code:train", or make the arm a command'),
        ('model = "own_plain:Net"\n\n', 'model = "own_plain:Net"\nmixed_precision = true\n\n', 'mixed_precision: not a part of the loop of this suite'),
        ('model = "own_plain:Net"\n\n', 'model = "own_plain:Net"\ntrainer = "vectorized"\noptimizer = { name = "SGD", lr = 0.1, accumulate = 2 }\n\n', 'arms.one.trainer: vectorized: that takes an optimiser without accumulate'),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words_of_the_task(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(SuiteError) as error:
        job_of(tmp_path, (old, new))
    assert message in str(error.value)


def test_what_only_one_seed_at_a_time_can_have_says_so(tmp_path: Path) -> None:
    settings = job_of(
        tmp_path, (ADAM, 'optimizer = { name = "Adam", lr = 0.1, clip_grad_norm = 1.0 }')
    ).settings
    assert one_after_another(settings) == "that takes an optimiser without clip_grad_norm"
    assert optimizer_words(settings.optimizer) == (
        "Adam with learning rate 0.1, gradients clipped to norm 1"
    )
    own = settings.model_copy(update={"optimizer": Optimizer(name="m:f", lr=0.1, arguments={})})
    assert "changes every weight by itself, and this is m:f" in (one_after_another(own) or "")


def test_settings_that_say_nothing_of_it_are_written_as_before() -> None:
    plain = Optimizer(name="SGD", lr=0.1)
    assert plain.model_dump().keys() == {"name", "lr", "momentum", "weight_decay", "arguments"}
    assert Schedule(name="StepLR").model_dump().keys() == {"name", "every", "arguments"}
