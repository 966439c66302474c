"""Starts the program and ends it: signals, errors, exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from suite.cli.verbs import LazyGroup
from suite.errors import SuiteError, visible

LONGEST = 4000  # characters of an error: it may quote what a file says
INTERRUPTED = "interrupted; what was done is kept"

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def settings(
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            envvar="SUITE_DEBUG",
            help="Show where an error comes from, as Python's traceback.",
        ),
    ] = False,
) -> None:
    """Is A really better than B, or is it seed noise?

    And can anyone re-run it and get the same number?
    """


def _import_shadowed() -> None:
    """Imports what modules of this folder would take the place of, as this program needs them.

    A `calendar.py` of the user's is an arm's module, and no part of this program.
    """
    names = {path.stem for path in Path.cwd().glob("*.py")} & sys.stdlib_module_names
    here = {"", str(Path.cwd())}
    own, sys.path = sys.path, [place for place in sys.path if place not in here]
    for name in sorted(names - sys.modules.keys() - {"__main__", "antigravity", "this"}):
        with suppress(ImportError):
            importlib.import_module(name)
    sys.path = own


def main() -> NoReturn:
    """The program. Bad input is one line on standard error and exit code 2, never a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _import_shadowed()
    sys.path.insert(0, "")  # a model beside the tasks is found, as with `python -m suite`
    debug = False
    try:
        try:
            command = typer.main.get_command(app)
            with command.make_context("suite", sys.argv[1:] or ["--help"]) as context:
                debug = context.params["debug"]
                command.invoke(context)
        finally:
            if sys.stdout is not None:  # here, where it is known what a reader's leaving means
                sys.stdout.flush()
    except typer.Exit as end:
        sys.exit(end.exit_code if sys.argv[1:] else 2)  # no word is bad input
    except typer.TyperException as error:
        _end(_usage_line(error), error.exit_code)
    except SuiteError as error:
        _end(str(error), 2, error if debug else None)
    except BrokenPipeError:
        _end_without_reader()
    except OSError as error:
        _end(f"{error.filename or 'system'}: {error.strerror}", 2)
    except MemoryError as error:
        _end("out of memory: free some, or ask for less", 2, error if debug else None)
    except KeyboardInterrupt:
        _end(INTERRUPTED, 130)
    except SystemExit as end:
        if end.code in (130, 143):
            _end(INTERRUPTED, end.code)
        raise
    except Exception as error:
        _end(
            f"{type(error).__name__}: {error}; this should not happen: `suite --debug` shows where",
            70,
            error if debug else None,
        )
    sys.exit(0)


def _usage_line(error: typer.TyperException) -> str:
    """What is wrong with the words of the call, and which help says what is right."""
    text = error.format_message()
    context = getattr(error, "ctx", None)
    if context is None:
        return text
    end = "" if text.endswith((".", "?", ")")) else "."
    return f"{text}{end} See `{context.command_path} --help`"


def _end_without_reader() -> NoReturn:
    """For when the reader of our output has left, as in `suite export | head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(141)


def _end(message: str, code: int, error: BaseException | None = None) -> NoReturn:
    """Ends the program with one line on standard error.

    Where an error is given, its traceback, and that of what caused it, is printed before the line.
    """
    if error is not None:
        traceback.print_exception(error)
    shown = visible(f"suite: {message}".replace("\n", " "))
    print(f"{shown:.{LONGEST}}", file=sys.stderr)
    sys.exit(code)
