"""Stores in which every record answers today's questions, and one of a task with many arms: what each
verb takes, processor time and memory, in a process of its own.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from pathlib import Path

from suite.execution.runner import note_plan
from suite.plan.job import Job
from suite.result import Layer, ModelTable, Result
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.tasks import DISC_TASK, ROOT, write_task
from tests.torture.figures import Figure, fill_at_once, made, plan_of, runs

TASKS, ARMS, RECORDS = 10, 3, 200_000
VERBS = ("report", "report --html", "export", "fsck", "status", "ls")
MOST_S, MOST_BYTES = 30.0, 1.5e9  # of the processor, and in memory
EPOCHS, LAYERS = 25, 6  # of a record, as those in results/ have
LAYER = {
    "name": "2.convolution",
    "kind": "Conv2d",
    "output_shape": (32, 12, 12),
    "parameters": 9248,
}
SIZES = {"input_bytes": 784, "forward_backward_bytes": 90_000, "parameter_bytes": 221_952}
MODEL = ModelTable(
    layers=(Layer(**LAYER),) * LAYERS,
    total_parameters=LAYERS * 9248,
    trainable_parameters=LAYERS * 9248,
    **SIZES,
)
MADE_BY = {"suite": "0.5.0", "revision": "0123456789ab", "python": "3.11.7", "system": "Linux-6.1"}
MANY_ARMS, SEEDS_OF_MANY = 1_000, 10
MANY = """schema = 1
version = 1
question = "Which?"
source = "a test"
comparisons = [{pairs}]
[data]
name = "mnist-digits"
train_digits = 60
test_digits = 40
[protocol]
seeds = "0-9"
epochs = 1
batch_size = 20
optimizer = {{ name = "SGD", lr = 0.5 }}
loss = {{ digit_cross_entropy = 1.0 }}
[arms]
{arms}
[metrics.digit_accuracy]
direction = "higher"
margin = 0.01
"""
# the peak of a process that is started by a large one would begin with that one's
RUN = (
    "import resource, subprocess, sys;"
    " code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
    " used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    " print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024); sys.exit(code)"
)


def current_records(folder: Path, records: int = RECORDS) -> Figure:
    """Makes a store, and measures each verb on it."""
    _make(folder, max(records // (TASKS * ARMS), 2))
    measured = {verb: _measured(folder, verb) for verb in VERBS}
    found = "; ".join(
        f"{verb} {took_s:.2g} s and {peak_bytes / 1e6:,.0f} MB"
        for verb, (took_s, peak_bytes) in measured.items()
    )
    passed = all(took_s <= MOST_S and peak <= MOST_BYTES for took_s, peak in measured.values())
    how = (
        f"{records:,} records of {TASKS} tasks with {ARMS} arms, all of today's questions;"
        " processor time and memory of each command"
    )
    return Figure("many current records", how, found, passed)


def many_arms(folder: Path, arms: int = MANY_ARMS) -> Figure:
    """Makes a store of one task with many arms, each against the first, and measures each verb."""
    lines = "\n".join(f'a{k} = {{ model = "mlp", epochs = {k + 1} }}' for k in range(arms))
    pairs = ", ".join(f'["a{k}", "a0"]' for k in range(1, arms))
    text = MANY.format(arms=lines, pairs=pairs)
    (folder / "results").mkdir()
    plan = plan_of(load_task(write_task(folder / "tasks", text, "many")), SEEDS_OF_MANY)
    with open_store(folder / "results" / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        fill_at_once(store, (_of_digits(in_full(job, seed)) for job, seed in runs(plan)))
    stored = "results/store.sqlite:many/"
    verbs = ("status", "report", "report --html", f"compare {stored}a1 {stored}a0")
    measured = {verb: _measured(folder, verb) for verb in verbs}
    found = "; ".join(
        f"{verb.replace(stored, '')} {took_s:.2g} s and {peak_bytes / 1e6:,.0f} MB"
        for verb, (took_s, peak_bytes) in measured.items()
    )
    passed = all(took_s <= MOST_S and peak <= MOST_BYTES for took_s, peak in measured.values())
    how = (
        f"a task of {arms:,} arms, each against the first, {SEEDS_OF_MANY} seeds; processor time and"
        " memory of each command"
    )
    return Figure("many arms", how, found, passed)


def _of_digits(run: Result) -> Result:
    """The record under the name that digits' accuracy has."""
    named = {
        field: {name.replace("accuracy", "digit_accuracy"): value for name, value in held.items()}
        for field, held in (("metrics", run.metrics), ("history", run.history))
    }
    return run.model_copy(update=named)


def _make(folder: Path, seeds: int) -> None:
    (folder / "results").mkdir()
    with open_store(folder / "results" / "store.sqlite", create=True) as store:
        for number in range(TASKS):
            text = DISC_TASK.replace('seeds = "0-2"', f'seeds = "0-{seeds - 1}"')
            plan = plan_of(load_task(write_task(folder / "tasks", text, f"task-{number}")), seeds)
            note_plan(plan, store)
            fill_at_once(store, (in_full(job, seed) for job, seed in runs(plan)))


def in_full(job: Job, seed: int) -> Result:
    """The record of a run that was never run, as large as those in results/: about 2 KB."""
    run, drawn = made(job, seed), random.Random(f"{job.task} {job.arm} {seed}")  # noqa: S311
    if run.status != "ok":
        return run.model_copy(update={"made_by": MADE_BY})
    digests = (
        hashlib.sha256(f"{run.key} {what}".encode()).hexdigest()
        for what in ("initial_weights", "final_weights", "test_outputs")
    )
    curves = {name: tuple(drawn.random() for _ in range(EPOCHS)) for name in ("loss", "accuracy")}
    fields = {
        "history": curves,
        "hashes": dict(
            zip(("initial_weights", "final_weights", "test_outputs"), digests, strict=True)
        ),
        "model": MODEL,
        "parameters": MODEL.total_parameters,
        "first_epoch_s": drawn.random(),
        "train_flops": 657854400000,
        "items_metric": "accuracy",
        "test_set": "05f40ca5ea54d676",
        "peak_memory_bytes": 400_000_000 + drawn.randrange(10**6),
        "made_by": MADE_BY,
    }
    return run.model_copy(update=fields)


def _measured(folder: Path, verb: str) -> tuple[float, float]:
    """Seconds of the processor and bytes of memory that a command takes."""
    command = [sys.executable, "-c", RUN, sys.executable, "-m", "suite", *verb.split()]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    took_s, peak_bytes = done.stdout.split()
    return float(took_s), float(peak_bytes)
