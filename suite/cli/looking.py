"""The verbs that say what is there: ls, validate, info; and data, which gets it."""

from __future__ import annotations

import sys

from suite.cli.options import DEFAULT_STORE, DEFAULT_TASKS, Device, Names, StorePath, TasksFolder, app
from suite.cli.resolve import device_kind, load_tasks


@app.command("ls")
def list_tasks(tasks: TasksFolder = DEFAULT_TASKS) -> None:
    """Lists the tasks: what each compares, and its question."""
    from rich.markup import escape

    from suite.terminal import plain_table, show

    table = plain_table("task", "arms", "seeds", "question")
    for task in load_tasks(None, tasks):
        table.add_row(task.name, ", ".join(task.arms), str(len(task.protocol.seeds)), escape(task.question))
    show(table)


@app.command()
def validate(names: Names = None, tasks: TasksFolder = DEFAULT_TASKS) -> None:
    """Checks task files: keys, values, and that models, losses and metrics of those names exist."""
    from suite.plan import make_plan

    loaded = load_tasks(names, tasks)
    for task in loaded:
        make_plan(task, device="cpu")
        print(f"{task.name}: valid, {len(task.arms)} arms, {len(task.protocol.seeds)} seeds")


@app.command()
def data() -> None:
    """Gets the datasets, and checks them byte by byte."""
    from suite.data.files import mnist_folder
    from suite.data.obtain import obtain_mnist

    for step in obtain_mnist():
        print(step, file=sys.stderr)
    print(f"MNIST is complete and verified: {mnist_folder()}")


@app.command()
def info(store: StorePath = DEFAULT_STORE, device: Device = "cpu") -> None:
    """Says what decides bits here, and where things are."""
    from suite.data.files import data_folder, missing
    from suite.environment import describe, environment_id, made_by

    fields = describe(device_kind(device))
    lines = {"environment": environment_id(fields), **fields, **made_by()}
    lines |= {
        "data": f"{data_folder()} ({'MNIST is missing: run `suite data`' if missing() else 'MNIST is there'})",
        "store": f"{store}{'' if store.is_file() else ' (none yet)'}",
    }
    for name, value in lines.items():
        print(f"{name:<24} {value}")
