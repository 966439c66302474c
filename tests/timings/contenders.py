"""The ways to train that `make bench-speed` compares, each a step on random data: from the same
weights, on the same batches.

Started as `python -m tests.timings.contenders NAME ARM SEEDS THREADS`, it prints the losses of its
first steps as a line of JSON, and then answers every line on standard input, a number of steps,
with the seconds that they took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from suite.data.dataset import Dataset, Split
from suite.engine.network import Network
from suite.models.cnn import DigitCNN
from suite.models.mlp import DigitMLP, SigmoidMLP
from suite.models.siamese import SeparateCNNs, SiameseCNN
from suite.task.updates import Optimizer
from suite.training import autograd, manual, portable_settings, vectorized
from suite.training.losses import LOSSES
from suite.training.numerics import fix_numerics
from suite.training.recipe import Recipe, Replicate, Tensors

WIDTHS = [2, 25, 25, 25, 2]
FIRST_STEPS = 12  # whose losses must agree between all contenders
ADAM, SGD = Optimizer(name="Adam", lr=3e-3), Optimizer(name="SGD", lr=0.3)
ARMS: dict[str, tuple[Callable[[], nn.Module], tuple[str, ...], Optimizer, int]] = {
    "mlp": (DigitMLP, ("digit_cross_entropy",), ADAM, 100),
    "cnn": (DigitCNN, ("digit_cross_entropy",), ADAM, 100),
    "siamese": (SiameseCNN, ("target_cross_entropy", "digit_cross_entropy"), ADAM, 100),
    "separate": (SeparateCNNs, ("digit_cross_entropy",), ADAM, 100),
    "disc": (partial(SigmoidMLP, WIDTHS), ("half_squared_error",), SGD, 5),
}
Steps = Callable[[int], list[float]]  # takes so many steps; gives the first seed's loss of each


def as_users_write_it(module: nn.Module) -> nn.Module:
    """The same network with every ReLU before the pooling, and channels first."""
    for name, child in module.named_children():
        if isinstance(child, nn.MaxPool2d):
            setattr(module, name, nn.Sequential(nn.ReLU(), child))
        else:
            as_users_write_it(child)
    return module


def data(arm: str) -> Split:
    """1,000 examples that every contender trains on."""
    draw = torch.Generator().manual_seed(5)
    if arm == "disc":
        return Split(
            {"inputs": torch.randn(1000, 2, generator=draw)},
            {"label": torch.randint(2, (1000,), generator=draw)},
        )
    if arm in ("mlp", "cnn"):
        digits = torch.randint(10, (1000,), generator=draw)
        images = torch.randn(1000, 1, 14, 14, generator=draw)
        return Split({"inputs": images}, {"digits": digits})
    digits = torch.randint(10, (1000, 2), generator=draw)
    target = (digits[:, 0] <= digits[:, 1]).long()
    pairs = torch.randn(1000, 2, 14, 14, generator=draw)
    return Split({"inputs": pairs}, {"digits": digits, "target": target})


def recipe(arm: str) -> Recipe:
    build, losses, optimizer, batch = ARMS[arm]

    def loss(outputs: Tensors, targets: Tensors) -> torch.Tensor:
        return torch.stack([LOSSES[name](outputs, targets) for name in losses]).sum()

    return Recipe(
        build, loss, {}, epochs=1, batch_size=batch, optimizer=optimizer, channels_last=True
    )


def batches(arm: str) -> Callable[[], tuple[torch.Tensor, Tensors]]:
    """The next batch, round and round."""
    split, size, place = data(arm), ARMS[arm][3], [0]
    inputs = split.inputs["inputs"].split(size)
    targets = {name: target.split(size) for name, target in split.targets.items()}

    def following() -> tuple[torch.Tensor, Tensors]:
        now = place[0] = (place[0] + 1) % len(inputs)
        return inputs[now], {name: parts[now] for name, parts in targets.items()}

    return following


def plain(arm: str, seeds: int, *, compiled: bool = False) -> Steps:
    """A loop over one model, as people write it, with torch's default optimiser; under
    torch.compile where asked.
    """
    made = recipe(arm)
    model = as_users_write_it(
        autograd.initial_model(made, 0).to(memory_format=torch.contiguous_format)
    )
    run = torch.compile(model) if compiled else model
    kind = torch.optim.Adam if made.optimizer.name == "Adam" else torch.optim.SGD
    optimizer, following, name = (
        kind(model.parameters(), lr=made.optimizer.lr),
        batches(arm),
        next(iter(data(arm).targets)),
    )

    def steps(count: int) -> list[float]:
        losses = []
        for _ in range(count):
            inputs, targets = following()
            outputs = run(inputs)
            loss = made.loss(
                {name: outputs} if isinstance(outputs, torch.Tensor) else outputs, targets
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return [float(loss) for loss in losses]

    return steps


def ours(arm: str, seeds: int, *, trainer: str) -> Steps:
    """A trainer of the suite, on so many seeds at once (autograd: one)."""
    made, split = recipe(arm), data(arm)
    lanes = [Replicate(seed, Dataset(split, split), 0, 0, 0) for seed in range(seeds)]
    models = [autograd.initial_model(made, 0) for _ in lanes]
    learner: Any
    if trainer == "autograd":
        learner = autograd.OneModel(made, models[0], Dataset(split, split))
    elif trainer == "vectorized":
        learner = vectorized.ManyModels(made, models, lanes, torch.device("cpu"))
    else:
        learner = manual.Networks(
            manual.stacked_network(models, torch.device("cpu")), [], eta=made.optimizer.lr
        )
    following = batches(arm)

    def steps(count: int) -> list[float]:
        losses = []
        for _ in range(count):
            inputs, targets = following()
            if trainer == "manual":
                targets = {"d": nn.functional.one_hot(targets["label"], 2).float()}
            batch, expected = (
                {name: tensor.expand(seeds, *tensor.shape) for name, tensor in tensors.items()}
                for tensors in ({"inputs": inputs}, targets)
            )
            losses.append(learner.step(batch, expected)[0])
        return [float(loss) for loss in losses]

    return steps


def portable(arm: str, seeds: int) -> Steps:
    """The portable engine, one seed after another."""
    made, split = recipe(arm), data(arm)
    terms = [
        term for name in ARMS[arm][1] for term in portable_settings.loss_terms({name: 1.0}, split)
    ]
    model = autograd.initial_model(made, 0)
    of_inputs, of_targets = (
        {name: tuple(values.shape[1:]) for name, values in tensors.items()}
        for tensors in (split.inputs, split.targets)
    )
    optimizer = portable_settings.optimizer_of(made.optimizer)
    network = Network(model, of_inputs, of_targets, terms, optimizer)
    network.prepare({made.batch_size}, set())
    learners = [network.learner(model, 0) for _ in range(seeds)]
    tensors = [*split.inputs.values(), *split.targets.values()]
    items = torch.cat([t.reshape(len(t), -1).float() for t in tensors], dim=1).numpy()
    of_batches, place = np.arange(len(split)).reshape(-1, made.batch_size), [0]

    def steps(count: int) -> list[float]:
        rows = (place[0] + 1 + np.arange(count)) % len(of_batches)
        place[0] = int(rows[-1])
        rates = np.full(count, made.optimizer.lr)
        losses = [learner.train(items, of_batches[rows], rates) for learner in learners]
        return [float(loss) for loss in losses[0]]

    return steps


def jax_peer(arm: str, seeds: int) -> Steps:  # noqa: C901
    """An equal program in JAX: jit of a step for convolutions (a scan is slower there), else vmap
    over seeds and scan.
    """
    import jax
    import jax.numpy as jnp
    from jax import lax

    made = recipe(arm)
    start = {
        name: jnp.asarray(value.detach().numpy())
        for name, value in autograd.initial_model(made, 0).named_parameters()
    }
    _, _, optimizer, size = ARMS[arm]

    def trunk(p: Any, x: Any, prefix: str = "") -> Any:
        def conv(x: Any, name: str) -> Any:
            names = ("NCHW", "OIHW", "NCHW")
            found = lax.conv_general_dilated(
                x, p[f"{prefix}{name}.weight"], (1, 1), "VALID", dimension_numbers=names
            )
            return found + p[f"{prefix}{name}.bias"][:, None, None]

        x = jax.nn.relu(conv(jax.nn.relu(conv(x, "0")), "2"))
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID").reshape(
            len(x), -1
        )
        x = jax.nn.relu(x @ p[f"{prefix}6.weight"].T + p[f"{prefix}6.bias"])
        return x @ p[f"{prefix}8.weight"].T + p[f"{prefix}8.bias"]

    def dense(p: Any, x: Any, last: Callable[[Any], Any]) -> Any:
        numbers = sorted({int(name.split(".")[0]) for name in p})
        x = x.reshape(len(x), -1)
        for number in numbers:
            x = x @ p[f"{number}.weight"].T + p[f"{number}.bias"]
            x = jax.nn.relu(x) if number != numbers[-1] else last(x)
        return x

    def cross_entropy(scores: Any, labels: Any) -> Any:
        return -jnp.take_along_axis(
            jax.nn.log_softmax(scores), labels.reshape(-1, 1), axis=1
        ).mean()

    def loss_of(p: Any, x: Any, t: Any) -> Any:
        if arm == "disc":
            return ((jax.nn.one_hot(t["label"], 2) - dense(p, x, jax.nn.sigmoid)) ** 2).sum(
                -1
            ).mean() / 2
        if arm == "mlp":
            return cross_entropy(dense(p, x, lambda y: y), t["digits"])
        if arm == "cnn":
            return cross_entropy(trunk(p, x), t["digits"])
        if arm == "separate":
            first, second = trunk(p, x[:, :1], "first."), trunk(p, x[:, 1:], "second.")
            return cross_entropy(first, t["digits"][:, 0]) + cross_entropy(
                second, t["digits"][:, 1]
            )
        digits = trunk(p, x.reshape(-1, 1, 14, 14), "trunk.")
        pair = digits.reshape(len(x), 20)
        hidden = jax.nn.relu(pair @ p["head.0.weight"].T + p["head.0.bias"])
        comparison = hidden @ p["head.2.weight"].T + p["head.2.bias"]
        return cross_entropy(comparison, t["target"]) + 2 * cross_entropy(
            digits, t["digits"].reshape(-1)
        )

    def step(state: Any, batch: Any) -> Any:
        p, m, v, count = state
        loss, g = jax.value_and_grad(loss_of)(p, *batch)
        count = count + 1
        if optimizer.name == "SGD":
            return (jax.tree.map(lambda w, d: w - optimizer.lr * d, p, g), m, v, count), loss
        m = jax.tree.map(lambda a, d: 0.9 * a + 0.1 * d, m, g)
        v = jax.tree.map(lambda a, d: 0.999 * a + 0.001 * d * d, v, g)

        def moved(w: Any, a: Any, b: Any) -> Any:
            return w - optimizer.lr / (1 - 0.9**count) * a / (
                jnp.sqrt(b / (1 - 0.999**count)) + 1e-8
            )

        return (jax.tree.map(moved, p, m, v), m, v, count), loss

    zeros = jax.tree.map(jnp.zeros_like, start)
    state: Any = [(start, zeros, zeros, jnp.zeros(()))]
    following = batches(arm)

    def converted() -> Any:
        inputs, targets = following()
        return jnp.asarray(inputs.numpy()), {
            name: jnp.asarray(target.numpy()) for name, target in targets.items()
        }

    if arm in ("cnn", "siamese", "separate"):
        jitted = jax.jit(step)
        kept = [converted() for _ in range(1000 // size)]
        place = [0]

        def steps(count: int) -> list[float]:
            found = []
            for _ in range(count):
                state[0], loss = jitted(state[0], kept[place[0] % len(kept)])
                place[0] += 1
                found.append(loss)
            return [float(loss) for loss in found]

        return steps
    stacked = jax.tree.map(lambda value: jnp.broadcast_to(value, (seeds, *value.shape)), state[0])
    state[0] = stacked
    many = jax.jit(jax.vmap(lambda s, b: lax.scan(step, s, b), in_axes=(0, None)))
    kept_by_count: dict[int, Any] = {}

    def scanned(count: int) -> list[float]:
        if count not in kept_by_count:
            chosen = [converted() for _ in range(count)]
            kept_by_count[count] = jax.tree.map(lambda *parts: jnp.stack(parts), *chosen)
        state[0], found = many(state[0], kept_by_count[count])
        return [float(loss) for loss in np.asarray(found)[0]]

    return scanned


def limits(kind: str, seeds: int) -> Steps:
    """Not a contender: products of matrices of 500 x 500, about the fastest thing that these
    libraries do, or copies of 256 MB.
    """
    a, b = torch.rand(500, 500), torch.rand(500, 500)
    place, source = torch.empty(500, 500), torch.rand(32 * 2**20)
    copy = torch.empty_like(source)

    def steps(count: int) -> list[float]:
        for _ in range(count):
            _ = torch.mm(a, b, out=place) if kind == "gemm" else copy.copy_(source)
        return [0.0]

    return steps


CONTENDERS: dict[str, Callable[[str, int], Steps]] = {
    "plain": plain,
    "compiled": partial(plain, compiled=True),
    "autograd": partial(ours, trainer="autograd"),
    "vectorized": partial(ours, trainer="vectorized"),
    "manual": partial(ours, trainer="manual"),
    "portable": portable,
    "jax": jax_peer,
    "limits": limits,
}


def main() -> None:
    """Serves one contender."""
    name, arm, seeds, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if name in ("autograd", "vectorized", "manual", "portable"):
        fix_numerics(threads)
    torch.set_num_threads(threads)
    steps = CONTENDERS[name](arm, seeds)
    print(json.dumps(steps(FIRST_STEPS)), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        steps(int(line))
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    main()
