"""What a run of a command gave: its metrics, or why there are none and whose fault that is.

Success is an exit status of 0 and a finite number for every metric. Whatever the status, a metric
that is not there is never a number.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from suite.execution.commands.lines import AmbiguousLineError, Reading
from suite.execution.commands.metric_files import (
    UnreadableError,
    find_metric_file,
    read_metric_file,
)
from suite.execution.commands.output import OutputReader, why_not_read
from suite.execution.commands.process import CommandRun, RunningCommand
from suite.execution.outcomes import MAX_PRINTED, without_folders
from suite.provenance.file_digests import sha256_of_file
from suite.result import Fault, Status
from suite.task.commands import MetricSource

# Signals that come from the system or a person; the runner's own have their own words.
PREDICTIONS = "predictions.csv"  # in {out}: what a run says of every test item
OUTSIDE_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU)
SHELL_SIGNAL = 128  # a shell's status is this and the signal's number, where one ended its program


@dataclass(frozen=True)
class CommandOutcome:
    """What a run of a command gave.

    `reason` and `fault` of one that failed or diverged: why, with the last lines that it printed,
    and whose fault a failure is. `metrics`: finite, and empty unless the run is ok. `readings`:
    where each metric stood, also of a run that diverged. `hashes`: the SHA-256 of each declared
    output, by "file NAME", of a run that did not fail. `exit_status`: below 0 for the number of a
    signal; None where the run was ended at its time limit. `peak_memory_bytes`: of its largest
    process; None where that took less than this process, which hides it. `out`: its folder, which
    its caller removes. `printed`: the end of its output, 64 KiB at most.
    """

    run: CommandRun
    status: Status
    reason: str | None
    fault: Fault | None
    metrics: Mapping[str, float]
    readings: Mapping[str, Reading]
    hashes: Mapping[str, str]
    exit_status: int | None
    run_time_s: float
    peak_memory_bytes: int | None
    out: Path
    printed: str


def finish(running: RunningCommand, others: Collection[RunningCommand]) -> CommandOutcome:
    """What a run gave that has ended; one that has not is over its time, and is ended."""
    is_late = not running.has_ended()
    exit_status, peak_bytes = running.end(others)
    seconds = time.monotonic() - running.started
    running.reader.finish()
    readings, hashes = dict[str, Reading](), dict[str, str]()
    why = _why_ended(running, None if is_late else exit_status)
    if why is None:
        readings, missing = _read_metrics(running)
        hashes, absent = _hash_outputs(running)
        why = ("; ".join(missing + absent), "arm") if missing or absent else None
    reason, fault = why or (None, None)
    values = {name: reading.value for name, reading in readings.items()}
    strange = [f"{name} {value}" for name, value in values.items() if not math.isfinite(value)]
    status: Status = "failed" if reason else "diverged" if strange else "ok"
    if strange and not reason:
        reason = f"not finite: {', '.join(strange)}"
    return CommandOutcome(
        run=running.run,
        status=status,
        reason=_with_last_lines(reason, running.reader.printed) if status == "failed" else reason,
        fault=fault,
        metrics=values if status == "ok" else {},
        readings=readings,
        hashes={} if reason else hashes,
        exit_status=None if is_late else exit_status,
        run_time_s=seconds,
        peak_memory_bytes=peak_bytes,
        out=running.out,
        printed=running.reader.printed,
    )


def _why_ended(running: RunningCommand, exit_status: int | None) -> tuple[str, Fault] | None:
    """Why a run failed by the way it ended, and whose fault that is; None where it did not.

    `exit_status`: None where it did not end by itself.
    """
    if exit_status is None:
        return f"timed out: not done within {running.run.limits.timeout_s:g} s", "outside"
    if exit_status == 0:
        return None
    number = -exit_status if exit_status < 0 else exit_status - SHELL_SIGNAL
    fault: Fault = "outside" if number in OUTSIDE_SIGNALS else "arm"
    if exit_status < 0:
        return f"the command was ended by signal {_name(number)}", fault
    by_signal = f": its program was ended by signal {_name(number)}" if fault == "outside" else ""
    return f"the command ended with exit status {exit_status}{by_signal}", fault


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return str(number)


def _read_metrics(running: RunningCommand) -> tuple[dict[str, Reading], list[str]]:
    """Each metric that the run gave, and why it did not give the others."""
    readings, missing = dict[str, Reading](), list[str]()
    for name, source in running.run.metrics.items():
        try:
            readings[name] = (
                _read_output(running.reader, name, source)
                if source.file is None
                else _read_file(running, name, source, source.file)
            )
        except (UnreadableError, AmbiguousLineError) as error:
            missing.append(str(error))
    return readings, missing


def _read_output(reader: OutputReader, name: str, source: MetricSource) -> Reading:
    found = reader.found(name)
    if isinstance(found, AmbiguousLineError):
        raise AmbiguousLineError(f"{found}; say what to read by a pattern")
    if found is None:
        raise UnreadableError(why_not_read(name, source, reader.printed))
    return found


def _read_file(running: RunningCommand, name: str, source: MetricSource, file: str) -> Reading:
    is_shared = file not in running.stamps
    elsewhere = None if is_shared else running.run.folder / file
    path = find_metric_file(file, running.out, elsewhere, running.stamps.get(file))
    return read_metric_file(path, name, source, running.run.directions.get(name))


def _hash_outputs(running: RunningCommand) -> tuple[dict[str, str], list[str]]:
    """The SHA-256 of each declared output, and why others have none."""
    hashes, absent = dict[str, str](), list[str]()
    for output in running.run.command.outputs:
        name = output.removeprefix("{out}/")
        try:
            hashes[f"file {name}"] = sha256_of_file(running.out / name)
        except OSError as error:
            absent.append(f"output {name}: the run did not leave it in {{out}}: {error.strerror}")
    return hashes, absent


def _with_last_lines(reason: str | None, printed: str) -> str:
    """The reason with the end of the output, both without private folders."""
    last = printed.strip()[-MAX_PRINTED:].replace("\r", "\n").strip()
    text = f"{reason}; printed last: {last}" if last else f"{reason}; it printed nothing"
    return without_folders(text)
