"""Runs commands in processes of their own, several at a time, and gives each result as it comes."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from suite.execution import isolation
from suite.execution.commands.outcome import CommandOutcome, finish
from suite.execution.commands.process import CommandRun, RunningCommand, start_command
from suite.execution.executor import POLL_S, Stopped, never


@dataclass(frozen=True)
class Commands:
    """So many processes at a time.

    `gpus`: what CUDA_VISIBLE_DEVICES is for a process: the entry that the fewest others use.
    """

    slots: int
    gpus: tuple[str, ...] = ()

    def run_all(
        self, runs: Iterable[CommandRun | None], parent_folder: str | Path, stopped: Stopped = never
    ) -> Generator[CommandOutcome]:
        """The outcome of every run as soon as it ends, until `stopped` says so.

        Where `runs` gives None, no run can start yet: it is asked again, within `POLL_S`.
        Every run has a folder {out} of its own in `parent_folder`, which is left to the caller.
        Whatever ends the iterator ends the commands that are running, and all that they started.
        """
        isolation.sweep()
        running, waiting, has_more = list[RunningCommand](), iter(runs), True
        with selectors.DefaultSelector() as selector:
            try:
                while not stopped():
                    while has_more and len(running) < self.slots:
                        run = next(waiting, _END)
                        has_more = run is not _END
                        if not isinstance(run, CommandRun):
                            break
                        running.append(self._start(run, parent_folder, running))
                        _watch(running[-1], selector)
                    if not running and not has_more:
                        return
                    selector.select(_patience(running))
                    yield from _ended(running, selector)
            finally:
                while running:
                    command = running.pop()
                    _forget(command, selector)
                    command.end(running)

    def _start(
        self, run: CommandRun, parent_folder: str | Path, running: list[RunningCommand]
    ) -> RunningCommand:
        used = [command.gpu for command in running]
        gpu = min(self.gpus, key=used.count, default=None)
        return start_command(run, parent_folder, gpu=gpu, shares=self.slots > 1)


_END = object()  # after the last run


def _watch(command: RunningCommand, selector: selectors.BaseSelector) -> None:
    """Wakes the selector for output, and for the end where the system can tell it."""
    selector.register(command.output, selectors.EVENT_READ, command)
    with suppress(AttributeError, OSError):  # not on Linux: it is asked for every POLL_S
        selector.register(os.pidfd_open(command.pid), selectors.EVENT_READ, command)


def _forget(command: RunningCommand, selector: selectors.BaseSelector) -> None:
    for key in [key for key in selector.get_map().values() if key.data is command]:
        selector.unregister(key.fd)
        if key.fd != command.output:
            os.close(key.fd)


def _patience(running: list[RunningCommand]) -> float:
    """How long nothing needs to be looked at, in seconds, unless a command shows life."""
    nearest = min((command.deadline for command in running), default=float("inf"))
    return max(0.0, min(POLL_S, nearest - time.monotonic()))


def _ended(
    running: list[RunningCommand], selector: selectors.BaseSelector
) -> Iterator[CommandOutcome]:
    """Reads what came; the outcomes of the commands that have ended or are over their time."""
    for command in list(running):
        command.read()
        if command.is_closed and command.output in selector.get_map():
            selector.unregister(command.output)
        if command.has_ended() or time.monotonic() > command.deadline:
            running.remove(command)
            _forget(command, selector)
            yield finish(command, running)
