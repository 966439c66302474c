"""The task that runs measured elsewhere are kept for: made at first, and extended as a log grows.

An arm of it is known by its configuration, so that it keeps its name whatever the log calls it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from suite.errors import SuiteError, visible
from suite.importers.elsewhere import TABLE, ElsewhereRuns
from suite.plan.plan import logged_name
from suite.task.schema import Task
from suite.task.seeds import seed_ranges

LONGEST_NAME = 64
ASKED = 4  # arms that a question names


def first_task(name: str, found: ElsewhereRuns, *, at: str, margin: float | None) -> Task:
    """The task of a first import. Raises SuiteError where the runs are none of two arms or more."""
    arms = arms_of(found, {}, at)
    if len(arms) < 2:
        raise SuiteError(
            f"{found.source}: expected two arms or more, for a task compares them, got"
            f" {', '.join(arms) or 'none'}: name several logs, or what tells arms apart (--arm)"
        )
    if found.direction is None:
        raise SuiteError(
            f"{found.source}: nothing says whether higher or lower {found.metric} is better: give"
            " --direction higher or --direction lower"
        )
    common = common_seeds(found, {})
    key = _metric_key(found.metric)
    metric: dict[str, Any] = {"direction": found.direction, "unit": "none", "margin": margin}
    if key != found.metric:
        metric["from"] = {"key": visible(found.metric)}
    better = "higher" if found.direction == "higher" else "lower"
    document = {
        "name": name,
        "schema": 1,
        "version": 1,
        "question": f"Which of {_listed(arms)} has the {better} {key}?",
        "source": f"Measured elsewhere: read from {_log_of(found.program)}",
        "assumptions": _assumptions(found),
        "protocol": {"seeds": seed_ranges(sorted(common or {run.seed for run in found.runs}))},
        "arms": arms,
        "metrics": {key: metric},
    }
    try:
        return Task.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        text = str(first["msg"]).removeprefix("Value error, ")
        raise SuiteError(f"{found.source}: {field + ': ' if field else ''}{text}") from None


def arms_of(found: ElsewhereRuns, known: Mapping[str, str], at: str) -> dict[str, Any]:
    """The arms that the runs have and that are not `known`, as a task file declares them.

    `known`: names of arms by their configuration (`configuration_id`).
    """
    arms: dict[str, Any] = {}
    taken, named = set(known.values()), set(known)
    for run in found.runs:
        configuration = configuration_id(run.configuration)
        if configuration not in named:
            named.add(configuration)
            name = _free_name(run.arm, taken)
            taken.add(name)
            arms[name] = {"measured": {"at": at, "configuration": dict(run.configuration)}}
    return arms


def common_seeds(found: ElsewhereRuns, stored: Mapping[str, Collection[int]]) -> set[int]:
    """The seeds that were tried in every arm: what a log does not hold, did not fail.

    `stored`: the seeds of each arm that are stored, by its configuration (`configuration_id`).
    """
    tried = {configuration: set(seeds) for configuration, seeds in stored.items()}
    for run in found.runs:
        tried.setdefault(configuration_id(run.configuration), set()).add(run.seed)
    return set.intersection(*tried.values()) if tried else set()


def known_arms(task: Task) -> dict[str, str]:
    """The names of a task's arms that were measured elsewhere, by their configuration."""
    return {
        configuration_id(arm.measured.configuration): name
        for name, arm in task.arms.items()
        if arm.measured is not None
    }


def configuration_id(configuration: Mapping[str, str]) -> str:
    """Text that equal configurations have in common."""
    return repr(sorted(configuration.items()))


def require_same_reading(
    task: Task, file: str, found: ElsewhereRuns, *, at: str | None, margin: float | None
) -> None:
    """Raises SuiteError where runs were read by other rules than those that the task has."""
    if not task.is_measured_elsewhere:
        raise SuiteError(
            f"{file}: expected a task whose arms were all measured elsewhere: import under another"
            " --task, and `suite compare TASK/ARM TASK/ARM` compares both"
        )
    key, metric = next(iter(task.metrics.items()))
    for option, asked, declared in (
        ("--metric", found.metric, logged_name(task, key)),
        ("--direction", found.direction or metric.direction, metric.direction),
        ("--margin", margin if margin is not None else metric.margin, metric.margin),
        ("--at", at or task_point(task), task_point(task)),
    ):
        if asked != declared:
            expected = "none" if declared is None else declared
            raise SuiteError(
                f"{file}: {option}: expected {expected}, as the task has it, got {asked}: edit the"
                " file, or import under another --task"
            )


def task_point(task: Task) -> str:
    """Which point of a run counts in a task, in all its arms alike."""
    return next((arm.measured.at for arm in task.arms.values() if arm.measured is not None), "last")


def _assumptions(found: ElsewhereRuns) -> list[str]:
    """What a reader of the page must know of all its runs."""
    first = "The log says which runs there were; nobody saw here how they were made."
    caveats = [f"{visible(text)} (of the first {len(found.runs)} runs)." for text in found.caveats]
    return [first, *(text[:1].upper() + text[1:] for text in caveats)]


def _log_of(program: str) -> str:
    return program if program == TABLE else f"the log of {visible(program)}"


def _metric_key(metric: str) -> str:
    key = re.sub(r"[^a-z0-9_]+", "_", metric.lower()).strip("_")[:LONGEST_NAME]
    return key if key[:1].isalpha() else f"m_{key}"[:LONGEST_NAME]


def _free_name(label: str, taken: Collection[str]) -> str:
    """The label as a name of an arm, with a number where another has it."""
    text = re.sub(r"[^a-z0-9._]+", "-", label.lower()).strip("-._")[: LONGEST_NAME - 4] or "arm"
    names = (text, *(f"{text}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    if len(names) > ASKED:
        return f"these {len(names)} configurations"
    return f"{', '.join(names[:-1])} and {names[-1]}"
