"""The program as a person calls it: in a process of its own, or, faster, in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from suite.cli import app
from suite.errors import SuiteError
from tests.support.tasks import ROOT

SUITE = [sys.executable, "-m", "suite"]


def suite(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The ended process of the program, called in the folder `cwd` with these variables."""
    environment = (
        os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)} | variables
    )
    command = [*SUITE, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error of a call that did nothing."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("suite: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("suite: ").strip()


def call(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the program, in this process; of bad input, the one line that it is
    refused with.
    """
    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, SuiteError):
        return 2, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout
