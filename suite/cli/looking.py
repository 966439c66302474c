"""The verbs that say what is there: ls and info; and data, which gets it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from suite.cli.options import (
    DEFAULT_STORE,
    DEFAULT_TASKS,
    Device,
    StorePath,
    TasksFolder,
    TasksFrom,
    app,
)
from suite.cli.resolve import device_kind, load_tasks
from suite.errors import SuiteError


@app.command("ls")
def list_tasks(tasks: TasksFolder = DEFAULT_TASKS, tasks_from: TasksFrom = None) -> None:
    """Lists the tasks: what each compares, and its question."""
    from rich.markup import escape

    from suite.reports.terminal import plain_table, print_table

    table = plain_table("task", "arms", "seeds", "question")
    for task in load_tasks(None, tasks, tasks_from):
        table.add_row(
            task.name, ", ".join(task.arms), str(len(task.protocol.seeds)), escape(task.question)
        )
    print_table(table)


@app.command()
def data(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="mnist, fashion-mnist, kmnist, emnist or cifar10. MNIST, if none is named.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Gets datasets, and checks them byte by byte."""
    from suite.data.archives import folder_of
    from suite.data.downloads import obtain_mnist
    from suite.data.files import mnist_folder
    from suite.data.image_downloads import obtain_images
    from suite.data.registry import IMAGES

    wanted = names or ["mnist"]
    for name in wanted:
        if name != "mnist" and name not in IMAGES:
            raise SuiteError(f"{name}: expected one of {', '.join(('mnist', *IMAGES))}")
    for name in wanted:
        for step in obtain_mnist() if name == "mnist" else obtain_images(name):
            print(step, file=sys.stderr)
        said, folder = ("MNIST", mnist_folder()) if name == "mnist" else (name, folder_of(name))
        print(f"{said} is complete and verified: {folder}")


@app.command()
def info(store: StorePath = DEFAULT_STORE, device: Device = "cpu") -> None:
    """Says what decides bits here, and where things are."""
    from suite.data.files import data_folder, missing
    from suite.provenance.environment import describe, environment_id, made_by

    fields = describe(device_kind(device))
    lines = {"environment": environment_id(fields), **fields, **made_by()}
    lines |= {
        "data": (
            f"{data_folder()}"
            f" ({'MNIST is missing: run `suite data`' if missing() else 'MNIST is there'})"
        ),
        "store": f"{store}{'' if store.is_file() else ' (none yet)'}",
    }
    for name, value in lines.items():
        print(f"{name:<24} {value}")
