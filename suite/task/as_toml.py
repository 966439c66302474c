"""A task of commands, or of what was measured elsewhere, as the text of a task file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from suite.task.arms import Arm
from suite.task.schema import Task
from suite.task.seeds import seed_ranges

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def command_task_toml(task: Task) -> str:
    """The file's text; the task's name is that of the file."""
    lines = [
        "schema = 1",
        "version = 1",
        f"question = {_value(task.question)}",
        f"source = {_value(task.source)}",
        *([f"assumptions = {_value(task.assumptions)}"] if task.assumptions else []),
        "",
        "[protocol]",
        f"seeds = {_value(seed_ranges(task.protocol.seeds))}",
    ]
    if task.protocol.timeout_s is not None:
        lines.append(f"timeout_s = {task.protocol.timeout_s}")
    if task.protocol.sequence is not None:
        lines.append(f"sequence = {_value(task.protocol.sequence)}")
    for name, arm in task.arms.items():
        if arm.command is not None:
            command = arm.command.model_dump(mode="json", exclude_defaults=True)
            short = command["command"] if set(command) == {"command"} else command
            lines += ["", f"[arms.{_key(name)}]", f"command = {_value(short)}"]
        lines += measured_arm_lines(name, arm)
    for name, metric in task.metrics.items():
        lines += ["", f"[metrics.{name}]", f"direction = {_value(metric.direction)}"]
        if metric.margin is not None:
            lines.append(f"margin = {metric.margin}")
        lines.append(f"unit = {_value(metric.unit)}")
        if metric.bounds is not None:
            lines.append(f"bounds = {_value(metric.bounds)}")
        if metric.source is not None:
            lines.append(f"from = {_value(metric.source.model_dump(exclude_defaults=True))}")
    return "\n".join(lines) + "\n"


def measured_arm_lines(name: str, arm: Arm) -> list[str]:
    """The tables of an arm that was measured elsewhere; none of another."""
    if arm.measured is None:
        return []
    table = f"arms.{_key(name)}.measured"
    lines = ["", f"[{table}]", f"at = {_value(arm.measured.at)}", f"[{table}.configuration]"]
    return [*lines, *(f"{_key(k)} = {_value(v)}" for k, v in arm.measured.configuration.items())]


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """A value as TOML has it: strings and numbers are written as JSON writes them."""
    if isinstance(value, Mapping):
        inner = (f"{key} = {_value(item)}" for key, item in value.items() if item is not None)
        return f"{{ {', '.join(inner)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
