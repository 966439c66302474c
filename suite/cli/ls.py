"""The verb ls."""

from __future__ import annotations

from rich.markup import escape

from suite.cli.options import DEFAULT_TASKS, TasksFolder, TasksFrom
from suite.cli.selection import load_tasks
from suite.reports.terminal.console import plain_table, print_table


def ls(tasks: TasksFolder = DEFAULT_TASKS, tasks_from: TasksFrom = None) -> None:
    """List the tasks: what each compares, and its question."""
    table = plain_table("task", "arms", "seeds", "question")
    for task in load_tasks(None, tasks, tasks_from):
        table.add_row(
            task.name, ", ".join(task.arms), str(len(task.protocol.seeds)), escape(task.question)
        )
    print_table(table)
