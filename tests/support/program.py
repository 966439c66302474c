"""The program as a person calls it: in a process of its own, or, faster, in this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from suite.cli import app, main
from suite.errors import SuiteError
from tests.support.tasks import ROOT

SUITE = [sys.executable, "-m", "suite"]
SHOWN = {"COLUMNS": "100", "NO_COLOR": "1"}


def suite(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The ended process of the program, called in the folder `cwd` with these variables."""
    environment = os.environ | SHOWN | {"PYTHONPATH": str(ROOT)} | variables
    command = [*SUITE, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def suite_here(
    *arguments: str | Path, cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """As `suite`, but in this process, which has imported already what the program imports."""
    command = ["suite", *map(str, arguments)]
    out, errors = StringIO(), StringIO()
    before = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        patch.setattr(sys, "argv", command)
        patch.setattr(sys, "path", [*sys.path])
        for name, value in (SHOWN | variables).items():
            patch.setenv(name, value)
        with redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as end:
            main()
    signal.signal(signal.SIGTERM, before)
    assert isinstance(end.value.code, int)
    return subprocess.CompletedProcess(command, end.value.code, out.getvalue(), errors.getvalue())


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
