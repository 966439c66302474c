"""The task that is made of commands: its arms, their names, its metrics."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from suite.errors import SuiteError
from suite.task.schema import Task
from suite.task.versus import MetricOptions, Variant, arm_names, variants, versus_task, with_seeds


@pytest.mark.parametrize(
    ("commands", "params", "revisions", "names"),
    [
        (["t.py --lr 0.1 --seed {seed}", "t.py --lr 0.3 --seed {seed}"], [], [], "lr-0.1 lr-0.3"),
        (["python old.py {seed}", "python new.py {seed}"], [], [], "old new"),
        (["python a/t.py {seed}", "python b/t.py {seed}"], [], [], "a b"),  # both would be t
        (["./t {seed}", "./t --new {seed}"], [], [], "a b"),  # nothing tells the first
        (["t {seed}", "t {seed}"], [], [], "a b"),
        (["t {lr} {seed}"], ["lr=0.1,1e-3"], [], "lr-0.1 lr-1e-3"),
        (["t {x} {y} {seed}"], ["x=1,2", "y=a,b"], [], "x-1-y-a x-1-y-b x-2-y-a x-2-y-b"),
        (["t {seed}"], [], ["main", "HEAD~1"], "main head-1"),
        (["git:main t {seed}", "git:my/branch t {seed}"], [], [], "main branch"),
        (["git:main t {seed}", "t {seed}"], [], [], "main now"),
        (["t --note='a | b' {seed}", "t --note=c {seed}"], [], [], "note-a-b note-c"),
        (["t " + "x" * 40 + " {seed}", "t y {seed}"], [], [], "a b"),  # too long for a name
    ],
)
def test_arms_are_named_by_what_tells_the_commands_apart(
    commands: Sequence[str], params: Sequence[str], revisions: Sequence[str], names: str
) -> None:
    assert arm_names(variants(commands, params, revisions), []) == names.split()


def test_a_revision_before_a_command_and_its_parameter() -> None:
    found = variants(["git:v1 t {lr} {seed}", "u {seed}"], ["lr=1,2"], [])
    assert found == [
        Variant("t 1 {seed}", "v1", ("lr-1", "v1")),
        Variant("t 2 {seed}", "v1", ("lr-2", "v1")),
        Variant("u {seed}"),
    ]


def test_two_revisions_for_one_command_are_refused() -> None:
    with pytest.raises(SuiteError, match="names a revision, and so does --at: give one of them"):
        variants(["git:v1 t {seed}"], [], ["v2"])


@pytest.mark.parametrize(
    ("wanted", "options", "key", "direction", "source"),
    [
        ("val_acc", {}, "val_acc", "higher", None),
        ("test loss", {}, "test_loss", "lower", {"key": "test loss"}),
        ("val/Acc@1", {}, "val_acc_1", "higher", {"key": "val/Acc@1"}),
        ("5_loss", {}, "m_5_loss", "lower", {"key": "5_loss"}),
        ("time", {"direction": "lower"}, "time", "lower", None),
        ("acc", {"pattern": "a=(.*)"}, "acc", "higher", {"pattern": "a=(.*)"}),
        (
            "acc",
            {"file": "log.csv", "take": "best"},
            "acc",
            "higher",
            {"key": "acc", "file": "log.csv", "at": "best"},
        ),
    ],
)
def test_where_a_metric_is_read_and_what_is_better(
    wanted: str, options: dict[str, str], key: str, direction: str, source: object
) -> None:
    task = _task(MetricOptions((wanted,), **options))  # type: ignore[arg-type]
    ((found, metric),) = task.metrics.items()
    assert (found, metric.direction) == (key, direction)
    read = metric.source and metric.source.model_dump(exclude_defaults=True)
    assert read == source


def test_a_metric_of_no_known_direction_is_asked_about() -> None:
    with pytest.raises(SuiteError, match="give --direction higher or --direction lower"):
        _task(MetricOptions(("speed",)))


def test_the_same_commands_are_the_same_task() -> None:
    first, again = _task(MetricOptions(("acc",))), _task(MetricOptions(("acc", "loss")))
    assert first.name == again.name
    assert first.name.startswith("versus-")
    assert with_seeds(first, [4, 2]).protocol.seeds == (4, 2)
    assert with_seeds(first, [4, 2]).name == first.name


def _task(metrics: MetricOptions) -> Task:
    found = variants(["t 1 {seed}", "t 2 {seed}"], [], [])
    return versus_task(found, ["a", "b"], metrics, seeds=[0, 1], command_fields={}, protocol={})
