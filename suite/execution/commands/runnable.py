"""Whether a command can be started at all: asked before anything runs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from suite.errors import SuiteError
from suite.execution.commands.process import CommandRun


def require_runnable(run: CommandRun) -> None:
    """Raises SuiteError where the folder is not there, or the program is not or cannot be run."""
    if not run.folder.is_dir():
        raise SuiteError(f"arm {run.arm}: expected a folder to run in, got {run.folder}")
    words = run.command.substituted(run.seed, run.device, "out", run.arm)
    if isinstance(words, str):
        return  # the shell says what it does not find
    program = words[0]
    if os.sep not in program:
        if shutil.which(program) is None:
            here = run.folder / program
            hint = f": ./{program} is the file in {run.folder}" if here.is_file() else ""
            raise SuiteError(f"arm {run.arm}: there is no program {program!r} on the PATH{hint}")
        return
    path = run.folder / Path(program)
    if not path.is_file():
        raise SuiteError(f"arm {run.arm}: there is no program {program} in {run.folder}")
    if not os.access(path, os.X_OK):
        raise SuiteError(
            f"arm {run.arm}: {program} may not be executed: chmod +x it, or put the program that"
            " reads it before it, such as python or bash"
        )
