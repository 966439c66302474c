"""The verb ls."""

from __future__ import annotations

from rich.markup import escape

from suite.cli.options import DEFAULT_TASKS, TasksFolder, TasksFrom
from suite.cli.selection import load_tasks
from suite.reports.terminal.console import plain_table, print_table


def ls(tasks: TasksFolder = DEFAULT_TASKS, tasks_from: TasksFrom = None) -> None:
    """List the tasks: what each compares, and its question."""
    loaded = load_tasks(None, tasks, tasks_from)
    has_several = any(task.blocks for task in loaded)
    data_sets = ["data sets"] if has_several else []
    table = plain_table("task", "arms", *data_sets, "seeds", "question")
    for task in loaded:
        labels = [", ".join(task.blocks) or "one"] if has_several else []
        seeds = str(len(task.protocol.seeds))
        table.add_row(task.name, ", ".join(task.arms), *labels, seeds, escape(task.question))
    print_table(table)
