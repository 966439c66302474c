"""The bits of four steps of every network of the zoo, without torch, so that an emulator is quick:

    python -m tests.engine.emulated lower FOLDER                             here
    python -m tests.engine.emulated run FOLDER                               here
    qemu-x86_64 -cpu Nehalem python -m tests.engine.emulated run FOLDER      an emulated processor

With NUMBA_CPU_NAME and NUMBA_CPU_FEATURES of that processor the kernels can be compiled here before.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np

from suite.engine import machine

STEPS = 4


def lower(folder: Path) -> None:
    """Writes each network's program and memory, before its first step."""
    from suite.engine.network import Adam
    from tests.engine.zoo import BATCH, EXAMPLES, as_items, built

    for name, example in EXAMPLES.items():
        model = built(example)
        network = example.network(model, Adam(decay=0.01))
        network.prepare({BATCH}, set())
        learner, (program, items) = network.learner(model, 2), network._training[BATCH]
        np.savez(
            folder / name, program=network._assembled[id(program)], tables=network._tables, numbers=learner._numbers,
            memory=learner._memory, items=as_items(*example.data(3 * BATCH)), at=items.start,
            order=np.random.default_rng(1).integers(3 * BATCH, size=(STEPS, BATCH)),
        )  # fmt: skip


def run(folder: Path) -> None:
    """Prints SHA-256 of each network's losses and whole memory after its steps."""
    for path in sorted(folder.glob("*.npz")):
        kept, losses = dict(np.load(path)), np.zeros(STEPS)
        machine.train(
            kept["program"], kept["tables"], kept["numbers"], kept["memory"], kept["items"], kept["order"], int(kept["at"]),
            np.full(STEPS, 0.01), losses,
        )  # fmt: skip
        print(path.stem, hashlib.sha256(losses.tobytes() + kept["memory"].tobytes()).hexdigest())


if __name__ == "__main__":
    {"lower": lower, "run": run}[sys.argv[1]](Path(sys.argv[2]))
