"""Commands as arms of a comparison from Python: run once a seed, and nothing is stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.execution import isolation
from suite.execution.commands.executor import Commands
from suite.execution.commands.process import CommandRun
from suite.execution.commands.runnable import require_runnable
from suite.execution.function_calls import Measurement
from suite.task.commands import Command, MetricSource
from suite.task.protocol import Limits


def call_commands(
    arms: Mapping[str, str | Sequence[str]],
    seeds: Sequence[int],
    *,
    metric: str,
    processes: int,
    timeout_s: float | None,
) -> Iterator[Measurement]:
    """The measurement of every command under every seed as it ends, `processes` at a time.

    `metric`: what the number is called in their output. Raises SuiteError for a command that cannot
    be started or is not given its seed, and for numbers that are written in different ways.
    """
    commands = {arm: _command(arm, words) for arm, words in arms.items()}
    limits, forms = Limits(timeout_s=timeout_s), dict[str, str]()
    runs = [
        CommandRun(arm, seed, command, {metric: MetricSource()}, Path.cwd(), limits=limits)
        for seed in seeds
        for arm, command in commands.items()
    ]
    for run in runs[: len(commands)]:
        require_runnable(run)
    with isolation.folder_of_jobs() as parent:
        for outcome in Commands(processes).run_all(runs, parent):
            shutil.rmtree(outcome.out, ignore_errors=True)
            arm = outcome.run.arm
            for reading in outcome.readings.values():
                first, form = next(iter(forms.items()), (arm, reading.form))
                if form != reading.form:
                    raise SuiteError(
                        f"versus: {arm}: {metric}: expected a number as of {first}"
                        f" ({form or 'plain'}), got {reading.form or 'plain'}: {reading.where!r}"
                    )
                forms.setdefault(arm, reading.form)
            reason = None if outcome.status == "ok" else outcome.reason
            yield Measurement(arm, outcome.run.seed, outcome.metrics, reason)


def _command(arm: str, words: str | Sequence[str]) -> Command:
    try:
        command = Command(command=words if isinstance(words, str) else tuple(words))
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise SuiteError(f"versus: {arm}: {message}") from None
    if not command.is_seeded:
        raise SuiteError(f"versus: {arm}: expected {{seed}} in the command, got {words!r}")
    return command
