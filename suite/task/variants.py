"""Tasks about a task: an arm against itself, and one source of variation at a time.

They are ordinary tasks under names of their own, so their runs are stored, resumed and judged like
all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from suite.errors import SuiteError
from suite.task.choices import Stream, Trainer
from suite.task.schema import Task


def with_trainers(task: Task, trainers: Mapping[str, Trainer]) -> Task:
    """The task with a trainer for every arm that leaves the choice and is named in `trainers`."""
    arms = {
        name: (
            arm.model_copy(update={"trainer": trainers.get(name, arm.trainer)})
            if arm.trainer == "auto"
            else arm
        )
        for name, arm in task.arms.items()
    }
    return task.model_copy(update={"arms": arms})


def placebo(task: Task, arm: str) -> Task:
    """An arm against itself under other initial weights: whatever difference appears is noise.

    Raises SuiteError.
    """
    require_one_data_set(task, "--placebo")
    if arm not in task.arms:
        raise SuiteError(
            f"{task.name}: expected one of the arms {', '.join(task.arms)}, got {arm!r}"
        )
    _require_trained_here(task, "--placebo", [arm])
    again = f"{arm}-again"
    return _derived(
        task,
        f"placebo-{arm}",
        question=f"Does {arm} differ from itself, under other initial weights?",
        arms={name: task.arms[arm].model_copy(update={"levels": {}}) for name in (arm, again)},
        comparisons=((arm, again),),
        protocol=task.protocol.model_copy(update={"shared_initialisation": False}),
    )


def varying(task: Task, *streams: Stream) -> Task:
    """The task with no other random stream than `streams` differing between seeds.

    Raises SuiteError.
    """
    require_one_data_set(task, "noise")
    _require_trained_here(task, "noise", task.arms)
    return _derived(
        task,
        "varying-" + "-".join(streams).replace("_", "-"),
        question=f"How much do results vary with {' and '.join(streams).replace('_', ' ')} alone?",
        protocol=task.protocol.model_copy(update={"vary": streams}),
    )


def _derived(task: Task, suffix: str, **changes: object) -> Task:
    name = f"{task.name}.{suffix}"
    return task.model_copy(
        update={"name": name[:64], "claims": (), "derived_from": task.name, **changes}
    )


def require_one_data_set(task: Task, command: str) -> None:
    """Raises SuiteError for a task over several data sets: noise is of one."""
    if task.blocks:
        raise SuiteError(
            f"{task.name}: {command}: expected a task over one data set, got {len(task.blocks)};"
            " write a task over the one that you ask about"
        )


def require_runs_here(task: Task, option: str) -> None:
    """Raises SuiteError for a task that was measured elsewhere: nothing of it can be run."""
    if task.is_measured_elsewhere:
        raise SuiteError(
            f"{task.name}: {option}: expected arms that can be run here, got some measured"
            f" elsewhere: `suite import LOG --task {task.name}` adds runs"
        )


def _require_trained_here(task: Task, option: str, arms: Iterable[str]) -> None:
    """Raises SuiteError for a command, whose random streams are its own, and for logged runs."""
    require_runs_here(task, option)
    if command := next((arm for arm in arms if task.arms[arm].command), None):
        raise SuiteError(
            f"{task.name}: {option}: expected arms with a model, got the command {command}, whose"
            " weights and data its seed alone decides"
        )
