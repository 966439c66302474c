"""The verb versus."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from suite.analysis.analyse import analyse
from suite.analysis.comparison import is_worse
from suite.cli.machine import choose_device_of_commands
from suite.cli.options import (
    DEFAULT_STORE,
    DeviceName,
    FailIf,
    JsonLines,
    Margin,
    MaxSeeds,
    SequenceOption,
    StorePath,
    Until,
    parse_allowed_loss,
    require_until,
)
from suite.cli.versus_runs import Wish, run_commands, show_numbers
from suite.errors import SuiteError
from suite.execution.commands.jobs import CommandJobs
from suite.provenance.worktrees import Worktrees, remove_abandoned
from suite.reports.command_notes import answer_fields
from suite.reports.terminal.versus import answer_lines, next_command, next_cost
from suite.reports.writing import write_file
from suite.task.as_toml import command_task_toml
from suite.task.seeds import parse_seeds
from suite.task.sequences import with_sequence
from suite.task.versus import MetricOptions, arm_names, checked_command, variants, versus_task


def versus(
    commands: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND...",
            help=(
                "Give commands in quotes, with {seed} where the seed goes; {device}, {out} (an"
                ' empty folder) and {arm} too. "git:REV COMMAND" runs at a revision.'
            ),
        ),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            envvar="SUITE_METRIC",
            help="Read this number from the output: val_acc=0.93, val_acc: 0.93, or JSON.",
        ),
    ] = None,
    seeds: Annotated[
        str, typer.Option("--seeds", envvar="SUITE_SEEDS", help='Use seeds such as "0-9".')
    ] = "0-9",
    name: Annotated[
        list[str] | None,
        typer.Option("--name", envvar="SUITE_NAME", help="Call the commands so, in their order."),
    ] = None,
    margin: Margin = None,
    better: Annotated[
        Literal["higher", "lower"] | None,
        typer.Option(
            "--direction",
            envvar="SUITE_DIRECTION",
            help="Say which is better; else as the metric's name says.",
            show_default=False,
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            envvar="SUITE_PARAM",
            metavar="NAME=A,B",
            help="Make an arm for each value, in the place of {NAME}.",
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            envvar="SUITE_AT",
            metavar="REV",
            help="Run the command at this revision of git; several make an arm each.",
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            envvar="SUITE_FILE",
            help="Read the metric from this JSON or CSV file, in {out} or the folder.",
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            envvar="SUITE_PATTERN",
            metavar="REGEX",
            help="Read the metric by this regular expression with one group.",
        ),
    ] = None,
    take: Annotated[
        str,
        typer.Option(
            "--take",
            envvar="SUITE_TAKE",
            help='Of several values in a file: "last", "best", "best:val_loss" or "step=500".',
        ),
    ] = "last",
    until: Until = None,
    sequence: SequenceOption = None,
    max_seeds: MaxSeeds = 50,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget", envvar="SUITE_BUDGET", help='Start nothing new after "2h", "30m" or "90s".'
        ),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            "-j", "--processes", envvar="SUITE_PROCESSES", min=1, help="Run so many at a time."
        ),
    ] = 1,
    gpus: Annotated[
        str,
        typer.Option("--gpus", envvar="SUITE_GPUS", help='Give each run one of these, as "0,1".'),
    ] = "",
    device: Annotated[
        DeviceName,
        typer.Option("--device", envvar="SUITE_DEVICE", help="Put this in the place of {device}."),
    ] = "auto",
    timeout: Annotated[
        str | None,
        typer.Option("--timeout", envvar="SUITE_TIMEOUT", help='End a run after "1h".'),
    ] = None,
    shell: Annotated[
        bool,
        typer.Option("--shell", envvar="SUITE_SHELL", help="Let /bin/sh run the commands."),
    ] = False,
    reads_seed: Annotated[
        bool,
        typer.Option(
            "--reads-seed",
            envvar="SUITE_READS_SEED",
            help="The commands have no {seed}: they read SUITE_SEED, or need none.",
        ),
    ] = False,
    repeat: Annotated[
        bool,
        typer.Option(
            "--repeat/--no-repeat",
            envvar="SUITE_REPEAT",
            help=(
                "Run the first seed of each arm twice, and that of the first arm again at the end,"
                " to see whether the number stays."
            ),
        ),
    ] = True,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            envvar="SUITE_INPUT",
            metavar="FILE",
            help="Run again where this file changes: data that the command reads.",
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", envvar="SUITE_SAVE", metavar="FILE", help="Write it as a task file, too."
        ),
    ] = None,
    as_json: JsonLines = False,
    fail_if: FailIf = None,
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Compare commands: run each with every seed, read its number, say which is better."""
    started = time.monotonic()
    allowed = None if fail_if is None else parse_allowed_loss(fail_if)
    wish = Wish(
        until_decided=until is not None,
        max_seeds=max_seeds,
        deadline=None if budget is None else started + parse_duration(budget, "--budget"),
        repeats=repeat,
    )
    try:
        chosen = parse_seeds(seeds)
    except ValueError as error:
        raise SuiteError(f"--seeds: {error}") from None
    found = variants(commands, param or [], at or [])
    if len(found) < 2:
        raise SuiteError(
            "expected two commands or more, got one: give another, values of a parameter (--param"
            " lr=0.1,0.3 with {lr} in the command), or two revisions (--at main --at HEAD)"
        )
    if not metric:
        _ask_for_metric(found[0].command, chosen[0], shell=shell, reads_seed=reads_seed)
    task = versus_task(
        found,
        arm_names(found, name or []),
        MetricOptions(tuple(metric or ()), better, margin, file, pattern, take),
        seeds=chosen,
        command_fields={"shell": shell, "reads_seed": reads_seed, "inputs": inputs or []},
        protocol={} if timeout is None else {"timeout_s": parse_duration(timeout, "--timeout")},
    )
    require_until(sequence, until)
    task = with_sequence(task, sequence, is_share=True)
    if save is not None:
        write_file(save, command_task_toml(task))
    remove_abandoned(Path.cwd())
    with Worktrees() as worktrees:
        executor = CommandJobs(processes, _gpu_names(gpus, processes), worktrees)
        measured = run_commands(task, choose_device_of_commands(device), store, executor, wish)
    analysis = analyse(measured.study)
    if as_json:
        for fields in answer_fields(analysis, measured.items, measured.notes):
            print(json.dumps(fields | {"history": list(measured.study.history)}, allow_nan=False))
    else:
        spent = time.monotonic() - started
        print("\n".join(answer_lines(analysis, measured.items, measured.notes, spent)))
        if again := next_command(analysis, sys.argv[1:]):
            print(f"To decide it: {again}")
            if cost := next_cost(analysis):
                print(cost)
    if allowed is not None and any(
        is_worse(pair, allowed) for pair in analysis.primary_comparisons
    ):
        raise typer.Exit(1)


def _gpu_names(text: str, processes: int) -> tuple[str, ...]:
    """The names in "0,1", and a word where more processes than these run at a time."""
    names = tuple(filter(None, map(str.strip, text.split(","))))
    if names and processes > len(set(names)):
        print(
            f"note: -j {processes}: up to {processes} runs at a time share the GPUs"
            f" {', '.join(dict.fromkeys(names))}",
            file=sys.stderr,
        )
    return names


def _ask_for_metric(line: str, seed: int, *, shell: bool, reads_seed: bool) -> None:
    """Raises SuiteError that asks for a metric, with those that the first command prints."""
    command = checked_command(line, shell=shell, reads_seed=reads_seed)
    seen = show_numbers(command, seed)
    shown = ", ".join(f"{name} = {value:g}" for name, value in [*seen.items()][:8])
    found = f"the first command printed {shown}" if seen else "the first command printed no number"
    raise SuiteError(f"--metric: expected the name of a number; {found}")


def parse_duration(text: str, option: str) -> float:
    """The seconds in "2h", "30m", "90s" or "90". Raises SuiteError for anything else."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = float("nan")
    if not 0 < seconds < float("inf"):
        raise SuiteError(f'{option}: expected a time such as "2h", "30m" or "90s", got {text!r}')
    return seconds
