"""Starts the program and ends it: signals, errors, exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import NoReturn

from suite.cli import (  # noqa: F401  their verbs are the program
    checking,
    comparing,
    keeping,
    looking,
    publishing,
    results,
    running,
    starting,
    watching,
)
from suite.cli.options import app, is_debugging
from suite.errors import SuiteError


def main() -> NoReturn:
    """The program. Bad input is one line on standard error and exit code 2, never a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.path.insert(0, "")  # a model beside the tasks is found, as with `python -m suite`
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:  # here, where it is known what a reader's leaving means
                sys.stdout.flush()
    except SuiteError as error:
        _end(str(error), 2, error)
    except BrokenPipeError:
        _end_without_reader()
    except OSError as error:
        _end(f"{error.filename or 'system'}: {error.strerror}", 2)
    except SystemExit as end:
        if (
            end.code == 1 and type(sys.stdout).__name__ == "PacifyFlushWrapper"
        ):  # what click makes of a broken pipe
            _end_without_reader()
        if end.code in (130, 143):
            _end("interrupted; what was done is kept", end.code)
        raise
    except Exception as error:
        _end(
            f"{type(error).__name__}: {error}; this should not happen: `suite --debug` shows where",
            70,
            error,
        )
    sys.exit(0)


def _end_without_reader() -> NoReturn:
    """For when the reader of our output has left, as in `suite export | head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(141)


def _end(message: str, code: int, error: BaseException | None = None) -> NoReturn:
    """Ends with one line on standard error; with `--debug` the traceback of the error, and of what
    caused it, before it."""
    if error is not None and is_debugging():
        traceback.print_exception(error)
    print(f"suite: {message}".replace("\n", " "), file=sys.stderr)
    sys.exit(code)
