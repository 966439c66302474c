"""The file of a task that was measured elsewhere: written at first, then extended where it ends.

What people wrote in it, such as claims, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from suite.errors import SuiteError
from suite.importers.elsewhere import ElsewhereRuns
from suite.importers.elsewhere_task import arms_of, common_seeds, first_task, known_arms, task_point
from suite.task.arms import Arm
from suite.task.as_toml import command_task_toml, measured_arm_lines
from suite.task.loading import MAX_FILE_BYTES, load_task, parse_task
from suite.task.schema import Task
from suite.task.seeds import parse_seeds, seed_ranges

SEEDS = re.compile(
    r"^(?P<key>[ \t]*seeds[ \t]*=[ \t]*)(?P<value>\"[^\"\n]*\"|'[^'\n]*')", re.MULTILINE
)


def first_file(path: Path, found: ElsewhereRuns, *, at: str, margin: float | None) -> str:
    """The text of a new task file. Raises SuiteError where the runs make no task."""
    text = command_task_toml(first_task(path.stem, found, at=at, margin=margin))
    _require_readable(path, text, found.source)
    return text


def extended_file(path: Path, found: ElsewhereRuns, stored: Mapping[str, Collection[int]]) -> str:
    """The text of a task file with the arms and seeds that the runs have and it lacks.

    `stored`: the seeds of its arms that are stored, by name. Raises SuiteError where the file says
    its seeds in a way that cannot be extended.
    """
    text, task = path.read_text(encoding="utf-8"), load_task(path)
    known = known_arms(task)
    new = arms_of(found, known, task_point(task))
    lines = [
        line
        for name, arm in new.items()
        for line in measured_arm_lines(name, Arm.model_validate(arm))
    ]
    if lines:
        text = text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    tried = {configuration: stored.get(name, ()) for configuration, name in known.items()}
    seeds = {*task.protocol.seeds, *common_seeds(found, tried)}
    if seeds > {*task.protocol.seeds}:
        text = _with_seeds(path, text, task, sorted(seeds))
    _require_readable(path, text, found.source)
    return text


def _with_seeds(path: Path, text: str, task: Task, seeds: Sequence[int]) -> str:
    """The text with other seeds in the protocol, where they stand as text on one line."""
    wanted = f'"{seed_ranges(seeds)}"'
    places = [
        match for match in SEEDS.finditer(text) if _seeds(match["value"]) == task.protocol.seeds
    ]
    if len(places) != 1:
        raise SuiteError(
            f"{path}: protocol.seeds: expected {wanted}, for the log has these: add it"
        )
    start, end = places[0].span("value")
    return f"{text[:start]}{wanted}{text[end:]}"


def _seeds(value: str) -> tuple[int, ...]:
    try:
        return parse_seeds(value[1:-1])
    except ValueError:
        return ()


def _require_readable(path: Path, text: str, source: str) -> None:
    """Raises SuiteError where the file would be none, or a longer one than is read."""
    size = len(text.encode())
    if size > MAX_FILE_BYTES:
        raise SuiteError(
            f"{source}: the configurations take {size} bytes in {path}, and a task file has at most"
            f" {MAX_FILE_BYTES}: leave out parameters that say nothing with --ignore"
        )
    parse_task(path, text.encode)
