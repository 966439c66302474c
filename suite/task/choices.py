"""The closed sets of a task file: what a field may say where only a few words have a meaning."""

from __future__ import annotations

from typing import Literal, get_args

Trainer = Literal["autograd", "vectorized", "manual", "portable", "own", "command", "measured"]
TrainerChoice = Literal[Trainer, "auto"]  # "auto": the faster of the first two, as measured
Numerics = Literal["native", "portable"]
Stream = Literal["data", "initialisation", "batch_order"]
TestPart = Literal["test", "validation"]  # what a task's tests are drawn from
ScheduleStep = Literal["epoch", "step"]
Direction = Literal["higher", "lower"]  # which value of a metric is the better one
Unit = Literal["ratio", "none"]
SequenceName = Literal["t", "betting"]  # which confidence sequence judges seeds added after a look
# What a run costs, as its record has it; the last four are measured and differ from run to run.
Cost = Literal[
    "parameters",
    "train_flops",
    "train_time_s",
    "predict_time_s",
    "run_time_s",
    "peak_memory_bytes",
]
Statistic = Literal["single", "mean", "best", "median"]  # of the runs behind a reported value

COSTS: tuple[Cost, ...] = get_args(Cost)
MEASURED_COSTS = COSTS[2:]
COSTS_OF_COMMANDS: tuple[Cost, ...] = ("run_time_s", "peak_memory_bytes")
COSTS_OF_LOOPS: tuple[Cost, ...] = tuple(cost for cost in COSTS if cost != "train_flops")
STREAMS: tuple[Stream, ...] = get_args(Stream)
