"""`make bench-speed`: how fast the suite's trainers are beside what people use, from interleaved
runs; writes docs/performance.md.

Every contender is one or two processes that wait, all started beforehand. A round lets one
contender after another take its steps; ratios are taken within a round, so that a machine that
slows down does so for all.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from suite.execution.births import keeping_memory
from suite.provenance.environment import describe, made_by
from suite.task.loading import load_task
from tests.timings.contenders import ARMS, FIRST_STEPS
from tests.timings.overhead import section

ROUNDS = 7
PAGE = Path("docs/performance.md")
NOTES = Path(__file__).with_name(
    "performance-notes.md"
)  # what the figures mean: written by a person
GEMM_FLOP = 2 * 500**3
ITEMS = ("train_points", "train_digits", "train_pairs")
# By model: which contenders' steps are its own. Unshared networks are two that train together, as
# separate ones take turns.
TIMED_AS = {
    "mlp": "mlp",
    "cnn": "cnn",
    "siamese-cnn": "siamese",
    "separate-cnns": "separate",
    "unshared-cnns": "separate",
    "sigmoid-mlp": "disc",
}
TOLERANCE = 2e-3  # of the losses of the first steps, relative
# Floating-point operations of a training step, in matrix products and convolutions: forward, and
# backward for weights and inputs (not for the data's). Counted by torch for the tasks; here by the
# closed form.
DIGIT_CNN = 100 * 2 * (2 * 144 * 9 * 32 + 3 * 100 * 288 * 64 + 3 * (1600 * 200 + 200 * 10))
STEP_FLOP = {
    "mlp": 100 * 2 * (2 * 196 * 500 + 3 * (500 * 500 + 500 * 128 + 128 * 10)),
    "cnn": DIGIT_CNN,
    "siamese": 2 * DIGIT_CNN + 100 * 2 * 3 * (20 * 64 + 64 * 2),
    "separate": 2 * DIGIT_CNN,
    "disc": 5 * 2 * (2 * 2 * 25 + 3 * (25 * 25 + 25 * 25 + 25 * 2)),
}


@dataclass
class Contender:
    """Processes that train together: each `seeds` at once, on `threads` threads.

    `times_s`: of one step of one seed, machine-wide.
    """

    label: str
    name: str
    arm: str
    processes: int
    seeds: int
    threads: int
    steps: int
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Starts the processes and waits for their first steps.

        Without its library, a contender has no workers.
        """
        command = [
            sys.executable,
            "-m",
            "tests.timings.contenders",
            self.name,
            self.arm,
            str(self.seeds),
            str(self.threads),
        ]
        cores = sorted(os.sched_getaffinity(0))
        ours = self.name in ("autograd", "vectorized", "manual", "portable")
        for place in range(self.processes):
            pinned = ["taskset", "-c", str(cores[place % len(cores)])] if self.name == "jax" else []
            with keeping_memory() if ours else nullcontext():  # as the suite's jobs run
                worker = subprocess.Popen(
                    [*pinned, *command],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            self.workers.append(worker)
        lines = [worker.stdout.readline() for worker in self.workers if worker.stdout]
        if not all(lines):
            self.stop()
            self.workers = []
            return
        self.losses = json.loads(lines[0])
        self.round()
        self.times_s.clear()

    def round(self) -> None:
        """All processes take their steps at once."""
        for worker in self.workers:
            if worker.stdin:
                print(self.steps, file=worker.stdin, flush=True)
        took_s = [float(worker.stdout.readline()) for worker in self.workers if worker.stdout]
        self.times_s.append(max(took_s) / self.steps / self.seeds / self.processes)

    def stop(self) -> None:
        """Ends the processes."""
        for worker in self.workers:
            worker.kill()
            worker.wait()


def contenders(arm: str) -> list[Contender]:
    """What is compared on an arm. Steps are chosen for about half a second a round."""
    if arm == "disc":
        many = [
            (name, seeds)
            for seeds in (1, 10, 100)
            for name in ("manual", "vectorized", "portable", "jax")
        ]
        found = [
            Contender(
                f"{name}, {seeds} seeds",
                name,
                arm,
                1 if seeds == 1 else 2,
                max(seeds // 2, 1),
                1,
                400,
            )
            for name, seeds in many
        ]
        loop = Contender("plain loop, 2 threads", "plain", arm, 1, 1, 2, 400)
        return [loop, Contender("two eager processes", "plain", arm, 2, 1, 1, 400), *found]
    steps = 100 if arm == "mlp" else 20
    return [
        Contender("plain loop, 2 threads", "plain", arm, 1, 1, 2, steps),
        Contender("torch.compile, 2 threads", "compiled", arm, 1, 1, 2, steps),
        Contender("two eager processes", "plain", arm, 2, 1, 1, steps),
        Contender("jax, two processes", "jax", arm, 2, 1, 1, steps),
        Contender("vectorized, 4 seeds", "vectorized", arm, 2, 2, 1, max(steps // 2, 5)),
        Contender("ours: autograd, two processes", "autograd", arm, 2, 1, 1, steps),
        Contender("ours: portable, two processes", "portable", arm, 2, 1, 1, steps),
    ]


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Median, least and most."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}g} ({low:.{digits}g} to {high:.{digits}g})"


def race(arm: str) -> list[Contender]:
    """The contenders of an arm that could start, after all rounds."""
    racing = contenders(arm)
    for one in racing:
        one.start()
    racing = [one for one in racing if one.workers]
    for one in racing:
        worst = max(abs(a - b) / abs(b) for a, b in zip(one.losses, racing[0].losses, strict=True))
        if worst > TOLERANCE:
            raise SystemExit(
                f"{arm}: {one.label} learns something else: its losses differ by {worst:.2g}"
            )
    for _ in range(ROUNDS):
        for one in racing:
            one.round()
    for one in racing:
        one.stop()
    return racing


def rows(arm: str, racing: Sequence[Contender], gemm_flops: float) -> list[str]:
    """A table row for each contender."""
    ranked = {
        label: next((one for one in racing if one.label.startswith(label)), None)
        for label in ("plain", "two eager", "jax")
    }
    lines = []
    for one in racing:
        ratios = []
        for label, other in ranked.items():
            if label == "jax" and arm == "disc":
                other = next(
                    (
                        rival
                        for rival in racing
                        if rival.label == f"jax, {one.seeds * one.processes} seeds"
                    ),
                    None,
                )
            if other is None or other is one:
                ratios.append("")
            else:
                ratios.append(
                    spread([b / a for a, b in zip(one.times_s, other.times_s, strict=True)])
                )
        flops = STEP_FLOP[arm] / statistics.median(one.times_s)
        cells = [
            one.label,
            spread([1e3 * t for t in one.times_s]),
            *ratios,
            f"{100 * flops / gemm_flops:.2g}%",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def steps_of_bench() -> Counter[tuple[str, str]]:
    """The training steps of `make bench`, ten seeds of every task: by what they are timed as, and
    which contender is ours.
    """
    found = Counter[tuple[str, str]]()
    for path in sorted(Path("tasks").glob("*.toml")):
        task = load_task(path)
        items = next(getattr(task.data, name) for name in ITEMS if hasattr(task.data, name))
        for settings in map(task.resolve, task.arms):
            arm = TIMED_AS[str(settings.model)]
            ours = (
                "ours"
                if arm != "disc"
                else f"{'manual' if settings.trainer == 'manual' else 'vectorized'}, 10 seeds"
            )
            found[arm, ours] += (
                -(-items // settings.batch_size) * settings.epochs * len(task.protocol.seeds)
            )
    return found


def whole_bench(raced: Mapping[str, Sequence[Contender]]) -> list[str]:
    """What the training of `make bench` takes by the times above, round by round."""
    steps = steps_of_bench()

    def total_s(label: str | None, turn: int) -> float:
        chosen = {
            (arm, ours): next(one for one in raced[arm] if one.label.startswith(label or ours))
            for arm, ours in steps
        }
        return sum(count * chosen[kind].times_s[turn] for kind, count in steps.items())

    rivals = {
        "plain loop, 2 threads": "plain loop",
        "two eager processes": "two eager",
        "ours": None,
    }
    totals = {
        name: [total_s(label, turn) for turn in range(ROUNDS)] for name, label in rivals.items()
    }
    counted = ", ".join(f"{count:,} of {arm} ({ours})" for (arm, ours), count in steps.items())
    lines = [
        "## The training of `make bench`",
        "",
        (
            f"Steps of ten seeds of every task, times their times above: {counted}. Evaluation and"
            " all else is not counted."
        ),
        "",
        "| contender | s | against the plain loop | against two eager processes |",
        "|:--|--:|--:|--:|",
    ]
    for name, mine in totals.items():
        ratios = [
            (
                ""
                if other == name
                else spread([b / a for a, b in zip(mine, totals[other], strict=True)])
            )
            for other in ("plain loop, 2 threads", "two eager processes")
        ]
        lines.append("| " + " | ".join([name, spread(mine), *ratios]) + " |")
    return [*lines, ""]


def limit(kind: str, work: float, steps: int, processes: int = 2) -> tuple[float, str]:
    """What so many cores reach together, in units of `work` a second; and its spread in words."""
    one = Contender(kind, "limits", kind, processes, 1, 1, steps)
    one.start()
    for _ in range(ROUNDS):
        one.round()
    one.stop()
    rates = [work / t for t in one.times_s]
    return statistics.median(rates), spread([rate / 1e9 for rate in rates])


def main() -> None:
    """Measures all arms and writes the page."""
    gemm_flops, gemm = limit("gemm", GEMM_FLOP, 300)
    alone_flops, alone = limit("gemm", GEMM_FLOP, 300, processes=1)
    _, copied = limit("copy", 2 * 4 * 32 * 2**20, 10)
    fields = describe("cpu")
    parts = [
        "# Performance",
        "",
        (
            "Generated by `make bench-speed`. Do not edit: what is said here was measured, in one"
            " go, on the machine named below."
        ),
        "",
        (
            f"- {fields['cpu'].split(',')[0]}, {len(os.sched_getaffinity(0))} cores; torch"
            f" {fields['torch']}; revision {made_by()['revision']}"
        ),
        (
            f"- Limits, both cores together: products of matrices of 500 x 500 {gemm} GFLOP/s;"
            f" copying {copied} GB/s."
        ),
        (
            f"- One core alone does {alone} GFLOP/s of these products, so both together do"
            f" {gemm_flops / alone_flops:.2f} times as much as one."
        ),
        (
            f"- Medians of {ROUNDS} interleaved rounds, with the least and the most. Every"
            " contender starts from the same weights and sees the same"
        ),
        (
            f"  batches; the losses of its first {FIRST_STEPS} steps agree with the plain loop's"
            f" within {TOLERANCE:g}, or the run ends here: nobody is"
        ),
        "  fast by learning less.",
        (
            "- A time is that of one training step of one seed, machine-wide: two processes at once"
            " count half. Evaluation is not in it."
        ),
        "- A ratio is taken within a round: above 1, this contender is faster.",
        "",
    ]
    raced = {}
    for arm in ARMS:
        raced[arm] = race(arm)
        batch = ARMS[arm][3]
        parts += [
            f"## {arm}: steps of {batch}",
            "",
            (
                "| contender | ms a step and seed | against the plain loop | against two eager"
                " processes | against JAX | of the limit |"
            ),
            "|:--|--:|--:|--:|--:|--:|",
        ]
        parts += [*rows(arm, raced[arm], gemm_flops), ""]
        print("\n".join(parts[-12:]), flush=True)
    parts += whole_bench(raced)
    parts += section()
    PAGE.write_text("\n".join([*parts, NOTES.read_text() if NOTES.is_file() else ""]))
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
