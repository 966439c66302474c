"""The arguments and options that several verbs share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from suite.errors import SuiteError

DeviceName = Literal["cpu", "cuda", "auto"]
ForcedTrainer = Literal["autograd", "vectorized"]
ExecutorKind = Literal["local", "ray"]

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TASK",
        help="Name tasks, TOML files or folders of them. All tasks, if none is named.",
        show_default=False,
    ),
]
TasksFolder = Annotated[
    Path, typer.Option("--tasks", envvar="SUITE_TASKS", help="Look for task files in this folder.")
]
TasksFrom = Annotated[
    str | None,
    typer.Option(
        "--tasks-from",
        envvar="SUITE_TASKS_FROM",
        metavar="NAME",
        help="Use the tasks of this installed package (entry point suite.tasks), not of a folder.",
        show_default=False,
    ),
]
StorePath = Annotated[
    Path, typer.Option("--store", envvar="SUITE_STORE", help="Use this file of results.")
]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        envvar="SUITE_SEEDS",
        help='Use seeds such as "0-9" or "0,3,7" instead of the task\'s.',
        show_default=False,
    ),
]
Device = Annotated[
    DeviceName,
    typer.Option(
        "--device",
        envvar="SUITE_DEVICE",
        help="Use this device; auto takes cuda where there is one.",
    ),
]
Repeat = Annotated[
    bool,
    typer.Option(
        "--repeat/--no-repeat",
        envvar="SUITE_REPEAT",
        help="At the end, make a run of each arm again, to see whether it gives the same bits.",
    ),
]
Margin = Annotated[
    float | None,
    typer.Option(
        "--margin",
        envvar="SUITE_MARGIN",
        min=0,
        help="Call a difference below this one equivalent.",
        show_default=False,
    ),
]
JsonLines = Annotated[
    bool,
    typer.Option("--json", envvar="SUITE_JSON", help="Print JSON: one object a pair and line."),
]
FailIf = Annotated[
    str | None,
    typer.Option(
        "--fail-if",
        envvar="SUITE_FAIL_IF",
        help='Exit 1 where the first is worse ("worse"), or by more than 0.01 ("worse:0.01").',
        show_default=False,
    ),
]
Until = Annotated[
    Literal["decided"] | None,
    typer.Option(
        "--until",
        envvar="SUITE_UNTIL",
        help="Add seeds until there is a verdict.",
        show_default=False,
    ),
]
SequenceOption = Annotated[
    Literal["t", "betting"] | None,
    typer.Option(
        "--sequence",
        envvar="SUITE_SEQUENCE",
        help="With --until: judge by this sequence; betting is for a metric with bounds.",
        show_default="the task's, else t",
    ),
]
MaxSeeds = Annotated[
    int,
    typer.Option(
        "--max-seeds",
        envvar="SUITE_MAX_SEEDS",
        min=6,
        help="With --until: run at most this many seeds.",
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--processes",
        envvar="SUITE_PROCESSES",
        min=1,
        help="Run this many jobs at a time, each in a process of its own.",
        show_default="all cores",
    ),
]
OutputPath = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        envvar="SUITE_OUTPUT",
        help="Write the page to this file; figures go to results/ beside it.",
    ),
]
RecordsFolder = Annotated[
    Path | None,
    typer.Option(
        "--from",
        envvar="SUITE_FROM",
        metavar="FOLDER",
        help="Read the records in this folder (results/) instead of the store.",
        show_default=False,
    ),
]
TrainerName = Annotated[
    ForcedTrainer | None,
    typer.Option(
        "--trainer",
        envvar="SUITE_TRAINER",
        help="Use this trainer for arms that leave the choice.",
        show_default="the faster, as measured",
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        envvar="SUITE_RETRY_FAILED",
        help="Run again what failed through no fault of its arm: killed, timed out, out of memory.",
    ),
]
RetryAllFailed = Annotated[
    bool,
    typer.Option(
        "--retry-all-failed", envvar="SUITE_RETRY_ALL_FAILED", help="Run again whatever failed."
    ),
]
ExecutorName = Annotated[
    ExecutorKind,
    typer.Option(
        "--executor",
        envvar="SUITE_EXECUTOR",
        help="Run in processes of this machine, or on a Ray cluster (needs the extra ray).",
    ),
]
Address = Annotated[
    str,
    typer.Option(
        "--address",
        envvar="SUITE_ADDRESS",
        help=(
            "With --executor ray: use the cluster at HOST:PORT that this machine is in (auto finds"
            " it), or at ray://HOST:PORT."
        ),
    ),
]

DEFAULT_TASKS = Path("tasks")
DEFAULT_STORE = Path("results/store.sqlite")
DEFAULT_OUTPUT = Path("RESULTS.md")


def require_until(sequence: str | None, until: str | None) -> None:
    """Raises SuiteError for a sequence where no seeds are added until there is a verdict."""
    if sequence is not None and until is None:
        raise SuiteError("--sequence: expected --until decided, to which it belongs, got none")


def parse_allowed_loss(fail_if: str) -> float:
    """The loss that --fail-if puts up with."""
    word, _, number = fail_if.partition(":")
    try:
        allowed = float(number or 0)
    except ValueError:
        allowed = math.nan
    if word != "worse" or not 0 <= allowed < math.inf:
        raise SuiteError(f'--fail-if: expected "worse" or "worse:NUMBER", got {fail_if!r}')
    return allowed
