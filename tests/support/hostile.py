"""Models that do what no model should, by the name of an arm, with the reason that their record
must give.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

# Imports of torch stand inside functions: tests read this module's names without it.
FOREVER_S = 3600.0
LIMIT_S = 10  # what prints much takes its time on a busy machine
TIMED_OUT = f"timed out: no result within {LIMIT_S} s"


def raising(layers: list[int]) -> NoReturn:
    print("one line\nand the last")
    raise RuntimeError(f"cannot build {layers}")


def exiting(layers: list[int]) -> NoReturn:
    sys.exit(0)


def leaving(layers: list[int]) -> NoReturn:
    os._exit(0)


def hanging(layers: list[int]) -> None:
    time.sleep(FOREVER_S)


def hanging_in_c(layers: list[int]) -> None:
    ctypes.PyDLL(None).sleep(int(FOREVER_S))  # with the interpreter's lock held


def ignoring_signals(layers: list[int]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(FOREVER_S)


def forking(layers: list[int]) -> object:
    if os.fork():
        os._exit(0)
    from suite.models.mlp import SigmoidMLP

    return SigmoidMLP(layers)  # the copy trains on, and gives back a result that looks right


def leaving_a_daemon(layers: list[int]) -> NoReturn:
    subprocess.Popen(["sleep", str(FOREVER_S)], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(FOREVER_S)
        os._exit(0)
    raise RuntimeError("left a daemon")


def crashing(layers: list[int]) -> None:
    ctypes.string_at(0)


def recursing(layers: list[int]) -> None:
    recursing(layers)


def faking(layers: list[int]) -> NoReturn:
    pipes = [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, Connection) and not thing.closed and thing.writable
    ]
    fake = {"seed": 0, "status": "ok", "metrics": {"accuracy": 1.0}, "key": "another run's"}
    for pipe in pipes:
        os.write(pipe.fileno(), json.dumps(fake).encode() + b"\n")
    time.sleep(FOREVER_S)
    sys.exit()


def babbling(layers: list[int]) -> NoReturn:
    line = "x" * 999 + "\n"
    for _ in range(50_000):
        sys.stdout.write(line)
    print("the end")
    os._exit(7)


def killing_its_parent(layers: list[int]) -> NoReturn:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(0.1)
    raise RuntimeError("an orphan")


def deleting_its_folder(layers: list[int]) -> NoReturn:
    shutil.rmtree(Path.cwd())
    raise RuntimeError("no folder")


def closing_its_pipes(layers: list[int]) -> None:
    os.closerange(0, 256)
    time.sleep(FOREVER_S)


def eating_memory(layers: list[int]) -> None:
    import torch

    hoard = []
    while True:
        hoard.append(
            torch.empty(2**26)
        )  # never touched: it is the promise of memory that is limited


def leaving_a_child_behind(layers: list[int]) -> object:
    """A good model, and a process of which nobody knows."""
    from suite.models.mlp import SigmoidMLP

    if os.fork() == 0:
        os.setsid()
        time.sleep(FOREVER_S)
    return SigmoidMLP(layers)


REASONS = {
    "raising": (
        "RuntimeError: cannot build [2, 9, 5, 2] (hostile.py, line 28, in raising); printed last: one"
        " line\nand the last"
    ),
    "exiting": "the process ended with exit status 0 before this run's result",
    "leaving": "the process ended with exit status 0 before this run's result",
    "hanging": TIMED_OUT,
    "hanging_in_c": TIMED_OUT,
    "ignoring_signals": TIMED_OUT,
    "forking": "the process ended with exit status 0 before this run's result",
    "leaving_a_daemon": "RuntimeError: left a daemon",
    "crashing": (
        "the process ended by signal SIGSEGV before this run's result; printed last: Fatal Python"
        " error: Segmentation fault"
    ),
    "recursing": "RecursionError: maximum recursion depth exceeded",
    "faking": "the process gave back something else than this run's result",
    "babbling": "the process ended with exit status 7 before this run's result; printed last: xxx",
    "killing_its_parent": "RuntimeError: an orphan",
    "deleting_its_folder": "RuntimeError: no folder",
    "closing_its_pipes": "the process closed its pipe before this run's result",
    "eating_memory": "RuntimeError: ",
}
OUTSIDE = {"hanging", "hanging_in_c", "ignoring_signals", "eating_memory"}
