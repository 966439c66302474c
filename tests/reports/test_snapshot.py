"""Following a run: what is done, what is left and how long it takes, and nothing that tempts to
stop early.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from suite.execution.progress import ArmProgress
from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.reports.snapshot import Snapshot, difference_lines, take_snapshot, time_left
from suite.reports.terminal.snapshots import follow_snapshots
from suite.stats.sequential import confidence_sequence
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.fakes import made_study, make_result
from tests.support.program import call


def counts(to_do: int) -> dict[tuple[str, str], ArmProgress]:
    arm_progress = ArmProgress(asked=12, to_do=to_do, ok=12 - to_do, diverged=0, failed=0)
    return {("tiny", arm): arm_progress for arm in ("short", "long", "control")}


def test_differences_are_intervals_that_hold_at_every_look_without_a_verdict() -> None:
    study = made_study("tiny", 12)
    first, _ = difference_lines(study)
    held = confidence_sequence(0.09, 0.01 * (12 / 11) ** 0.5, 12)  # six of 0.10 and six of 0.08
    assert (
        first == "tiny, accuracy: long - short: +9.00 points over 12 seeds, "
        f"95% [{100 * held.low:+.2f}, {100 * held.high:+.2f}] at every look"
    )
    assert difference_lines(replace(study, sequential=True))[0] == first  # widened once, not twice
    for few in (1, 2):  # of two, the interval that holds at every look is all numbers
        assert f"over {few} seeds, no interval yet" in difference_lines(made_study("tiny", few))[0]
    assert difference_lines(made_study("tiny", 0)) == []
    for line in difference_lines(study):
        assert not any(word in line for word in ("BETTER", "EQUIVALENT", "UNDECIDED", "p ="))


@pytest.mark.parametrize(
    ("to_do", "done", "elapsed_s", "alone_s", "expected"),
    [
        (0, 3, 9.0, 1.0, "nothing is left to do"),
        (6, 3, 9.0, 99.0, "6 runs left: about 18 s at the pace since the first look"),
        (6, 0, 9.0, 240.0, "6 runs left: about 4 min, one after another"),
        (6, 0, 9.0, 7200.0, "6 runs left: about 2.0 h, one after another"),
        (6, 0, 0.0, None, "6 runs left: no run has ended yet to tell how long they take"),
    ],
)
def test_the_time_left_is_by_the_pace_or_by_what_runs_took(
    to_do: int, done: int, elapsed_s: float, alone_s: float | None, expected: str
) -> None:
    assert time_left(to_do, done, elapsed_s, alone_s) == expected


def test_a_look_knows_what_runs_took_and_what_was_done_since() -> None:
    study = made_study("tiny", 3)  # run times of 2.5, 3.5 and 4.5 s
    first = take_snapshot(counts(4), [study])
    assert first.to_do == 12
    assert (
        first.time_left == "12 runs left: about 42 s, one after another"
    )  # 3 arms x 4 runs x 3.5 s
    later = take_snapshot(counts(2), [study], before=first, elapsed_s=12.0)
    assert later.time_left == "6 runs left: about 12 s at the pace since the first look"
    nothing = made_study("tiny", 0)
    assert take_snapshot(counts(4), [nothing]).time_left.endswith(
        "no run has ended yet to tell how long they take"
    )


def test_without_a_terminal_only_what_is_new_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (Snapshot(counts(to_do), ("a line",), f"{to_do} left") for to_do in (2, 1))
    follow_snapshots([first, first, second])
    said = capsys.readouterr().out
    assert (said.count("2 left"), said.count("1 left"), said.count("a line")) == (1, 1, 2)


def test_the_command_looks_until_nothing_is_left(
    tmp_path: Path,
    tiny: Task,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no store here" in call("watch")[1]
    plan = make_plan(tiny, device="cpu", seeds=range(7))
    with open_store(tmp_path / "results" / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        for job in plan.jobs:
            for seed in job.seeds:
                one = make_result(tiny, job.arm, seed, 0.5 + 0.01 * seed, question=job.question)
                store.append(
                    one.model_copy(update={"key": job.key(seed), "environment": job.environment})
                )
    code, once = call("watch", "tiny", "--once", "--seeds", "0-8")
    assert code == 0
    assert ["tiny", "long", "9", "7", "0", "0", "2"] in [line.split() for line in once.splitlines()]
    assert "6 runs left: about 33 s, one after another" in once  # 3 arms x 2 runs x 5.5 s
    assert call("watch", "tiny")[1].splitlines()[-1] == "nothing is left to do"
