"""Whole trainings on processors that numba is told to compile for, each in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import llvmlite.binding
import numpy as np
import pytest

from suite.engine.network import Adam
from tests.engine.zoo import BATCH, EXAMPLES, as_items, built

PROCESSORS = {
    "skylake-avx512": "+avx512f,+avx512vl,+avx512bw,+avx512dq,+avx2,+fma",
    "haswell": "+avx2,+fma,+avx,-avx512f",
    "x86-64": "",
}
STEPS = 4


def digest(name: str) -> str:
    """SHA-256 of the losses, weights and outputs of a few steps of a network."""
    example = EXAMPLES[name]
    model = built(example)
    items = as_items(*example.data(3 * BATCH))
    network = example.network(model, Adam(decay=0.01))
    network.prepare({BATCH}, {BATCH})
    learner = network.learner(model, stream=2)
    order = np.random.default_rng(1).integers(3 * BATCH, size=(STEPS, BATCH))
    found = hashlib.sha256(learner.train(items, order, np.full(STEPS, 0.01)).tobytes())
    for value in learner.weights().values():
        found.update(value.numpy().tobytes())
    for output in learner.outputs(items[:BATCH]).values():
        found.update(output.tobytes())
    return found.hexdigest()


def digests_on(processor: str, features: str) -> list[str]:
    variables = {**os.environ, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features}
    command = [sys.executable, "-m", "tests.engine.test_same_bits"]
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_network_has_the_same_bits_on_every_processor(processor: str) -> None:
    if "avx512" in processor and not llvmlite.binding.get_host_cpu_features().get("avx512f"):
        pytest.skip("expected a processor with AVX-512")
    assert digests_on(processor, PROCESSORS[processor]) == [digest(name) for name in EXAMPLES]


if __name__ == "__main__":
    print("\n".join(digest(name) for name in EXAMPLES))
