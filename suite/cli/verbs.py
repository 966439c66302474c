"""The verbs, in the order in which people use them.

Each verb is a file of this folder with a function of the same name. It is imported when it is
called: `suite --help` reads the table alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Command, Context  # as TyperGroup names its types

BEGIN = "Set up a comparison"
RUN = "Run it"
READ = "Read the results"
CHECK = "Check a number"
KEEP = "Look after the store"
CLUSTER = "Use a Ray cluster"


@dataclass(frozen=True)
class Verb:
    """What `suite --help` shows of a verb: its panel, and the first line of its docstring.

    `passes_options_on`: whether it takes options that are those of another program.
    """

    panel: str
    help: str
    passes_options_on: bool = False


VERBS = {
    "init": Verb(BEGIN, "Write a new comparison: a task with comments, its models and a README."),
    "validate": Verb(BEGIN, "Check tasks, then train every arm on two batches on each device."),
    "ls": Verb(BEGIN, "List the tasks: what each compares, and its question."),
    "data": Verb(BEGIN, "Download datasets and check every byte."),
    "register": Verb(
        BEGIN, "Write down what will be run, with a hash to publish, before anything runs."
    ),
    "versus": Verb(
        RUN, "Compare commands: run each with every seed, read its number, say which is better."
    ),
    "run": Verb(RUN, "Run every arm with every seed, skipping runs already stored."),
    "bench": Verb(RUN, "Run the tasks, then write the report: `run` and `report` in one."),
    "noise": Verb(RUN, "Show how much of the noise comes from data, weights and batch order."),
    "import": Verb(
        RUN, "Keep runs measured elsewhere as records of a task, with the SHA-256 of their files."
    ),
    "status": Verb(RUN, "Show how many runs are done, failed or missing."),
    "watch": Verb(RUN, "Follow a run from another terminal: done, failed, epochs, time left."),
    "logs": Verb(RUN, "Show what a run printed, and follow it while the run goes on."),
    "report": Verb(READ, "Write RESULTS.md, its figures and the records behind them."),
    "show": Verb(READ, "Show everything about one number, and how to run it again."),
    "compare": Verb(READ, "Compare what was measured, here or elsewhere: all arms, or two."),
    "export": Verb(READ, "Write every record to standard output, or into MLflow."),
    "publish": Verb(READ, "Write the page, its history and a summary into a folder for the web."),
    "verify": Verb(
        CHECK, "Check a claim: run its runs again bit by bit, and recompute its verdicts."
    ),
    "why-stale": Verb(CHECK, "List stored runs that no longer answer today's question, and why."),
    "info": Verb(CHECK, "Show what decides bits on this machine, and where things are."),
    "merge": Verb(KEEP, "Add the records of another store or folder. Safe to repeat."),
    "backup": Verb(KEEP, "Copy the store to a new file, even while it is in use."),
    "fsck": Verb(KEEP, "Name every damaged record of the store. Repair nothing."),
    "record-timings": Verb(KEEP, "Store the raw samples of `make timings`."),
    "ray-head": Verb(
        CLUSTER, "Make this machine the head of a Ray cluster.", passes_options_on=True
    ),
    "ray-worker": Verb(
        CLUSTER, "Make this machine a node of a Ray cluster.", passes_options_on=True
    ),
}

ANY_OPTION = {"allow_extra_args": True, "ignore_unknown_options": True}


class LazyGroup(TyperGroup):
    """The program's verbs as lines of help. The verb that is called is imported."""

    def __init__(self, **settings: Any) -> None:
        lines = {
            name: TyperCommand(name, help=verb.help, rich_help_panel=verb.panel)
            for name, verb in VERBS.items()
        }
        super().__init__(**settings | {"commands": lines})

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The verb that the first word names, with its options, and the words after it."""
        name, line, rest = super().resolve_command(ctx, args)
        return name, None if line is None else load_command(str(line.name)), rest


def function_of(name: str) -> str:
    """What the function of a verb is called, and its file."""
    return f"{name}_" if iskeyword(name) else name.replace("-", "_")


def load_command(name: str) -> Command:
    """The verb of that name with its arguments and options, from its file."""
    function = function_of(name)
    verb = typer.Typer(add_completion=False)
    settings = ANY_OPTION if VERBS[name].passes_options_on else {}
    verb.command(name, context_settings=settings)(
        getattr(import_module(f"suite.cli.{function}"), function)
    )
    return typer.main.get_command(verb)
