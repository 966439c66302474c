"""The verb logs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import DEFAULT_STORE, StorePath
from suite.errors import SuiteError, visible
from suite.execution.commands.lines import without_terminal_codes
from suite.execution.kept_output import log_path, runs_folder
from suite.execution.leases import running_runs
from suite.store.store import open_store

LOOK_S = 0.5  # between two looks at a run that goes on


def logs(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Name a run by 7 digits of its id, or as TASK/ARM/SEED.",
        ),
    ],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Show what a run printed, and follow it while the run goes on.

    The output of a run is kept beside the store, 1 MiB at most; so are the files that a training
    loop of yours wrote in its folder. Runs on other machines keep none.
    """
    place = _find(name, runs_folder(store))
    with suppress(KeyboardInterrupt):  # who looked has seen enough; the run is another program
        for piece in follow(log_path(place), lambda: _is_running(place, store)):
            print(piece, end="", flush=True)
    if place.is_dir():
        print(f"its own files: {visible(str(place))}")


def follow(log: Path, is_running: Callable[[], bool], *, look_s: float = LOOK_S) -> Iterator[str]:
    """What a log has, and what comes until its run has ended; of a line, when it is whole."""
    shown = rest = b""
    while True:
        goes_on = is_running()  # asked first: what it wrote before it ended is there to be read
        content = log.read_bytes() if log.is_file() else b""
        # a long output is shortened in its middle: then what is behind the last known end is new
        end = len(shown) if content.startswith(shown) else content.rfind(shown[-200:]) + 200
        new, shown = content[end:], content
        *lines, rest = (rest + new).replace(b"\r", b"\n").split(b"\n")
        yield "".join(f"{_readable(line)}\n" for line in lines)
        if not goes_on:
            yield f"{_readable(rest)}\n" if rest else ""
            return
        time.sleep(look_s)


def _readable(line: bytes) -> str:
    return visible(without_terminal_codes(line.decode(errors="replace")), keep="\t")


def _find(name: str, folder: Path) -> Path:
    """Where the output of a run is, without ending. Raises SuiteError where that is not one run."""
    words = name.split("/")
    found = {
        place.with_name(place.name.partition(".")[0])
        for place in folder.glob("*/*/seed-*")
        if (len(words) == 1 and len(name) >= 7 and _key(place) == name[:7])
        or (len(words) == 3 and words == [*place.parts[-3:-1], place.name.split("-")[1]])
    }
    if len(found) == 1 or (found and len(words) == 3):
        return max(found, key=_changed_at)  # of code that was changed since, there are older ones
    raise SuiteError(
        f"{name}: expected 7 digits of a run's id, or TASK/ARM/SEED, of a run that printed"
        f" something or wrote files, found {len(found)} such in {folder}"
    )


def _changed_at(place: Path) -> float:
    paths = [path for path in (log_path(place), place) if path.exists()]
    return max((path.stat().st_mtime for path in paths), default=0.0)


def _key(place: Path) -> str:
    return place.name.partition(".")[0].rpartition("-")[2]


def _is_running(place: Path, store: Path) -> bool:
    if not store.is_file():
        return False
    with open_store(store) as opened:
        return any(key.startswith(_key(place)) for key, _ in running_runs(opened))
