"""The closed sets of a task file: what a field may say where only a few words have a meaning."""

from __future__ import annotations

from typing import Literal, get_args

Trainer = Literal["autograd", "vectorized", "manual", "portable", "own", "command"]
TrainerChoice = Literal[Trainer, "auto"]  # "auto": the faster of the first two, as measured
Numerics = Literal["native", "portable"]
Stream = Literal["data", "initialisation", "batch_order"]
TestPart = Literal["test", "validation"]  # what a task's tests are drawn from
ScheduleStep = Literal["epoch", "step"]
Direction = Literal["higher", "lower"]  # which value of a metric is the better one
Unit = Literal["ratio", "none"]
SequenceName = Literal["t", "betting"]  # which confidence sequence judges seeds added after a look
Statistic = Literal["single", "mean", "best", "median"]  # of the runs behind a reported value

STREAMS: tuple[Stream, ...] = get_args(Stream)
