"""The tortures in small numbers: `make torture` does the same by the hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.task.schema import Task
from tests.support.tasks import write_task
from tests.torture import damage, endings, kills, load, power, scale
from tests.torture.__main__ import page
from tests.torture.figures import Figure


def test_killed_runners_lose_nothing_and_do_nothing_twice(tmp_path: Path, tiny: Task) -> None:
    figure = kills.killed_runners(tmp_path, tiny, seeds=12, kills=8)
    assert figure.passed, figure.found


def test_a_damaged_store_is_never_silently_wrong(tmp_path: Path, tiny: Task) -> None:
    figure = damage.rotten_stores(tmp_path, tiny, flips=40)
    assert figure.passed, figure.found
    assert damage.REFUSED in figure.found


def test_loss_of_power_loses_no_stored_run(tmp_path: Path) -> None:
    figure = power.lost_power(tmp_path, write_task(tmp_path / "tasks"), points=8)
    assert figure.passed, figure.found


def test_a_killed_writer_leaves_the_old_report_or_the_new_one(tmp_path: Path) -> None:
    figure = kills.killed_reports(tmp_path, kills=8)
    assert figure.passed, figure.found


@pytest.mark.slow
def test_load_is_measured(tmp_path: Path) -> None:
    figure = load.loaded_stores(tmp_path, sizes=(300,))
    assert figure.passed, figure.found


@pytest.mark.slow
def test_commands_on_many_records_stay_within_their_limits(tmp_path: Path) -> None:
    figure = scale.current_records(tmp_path, 3_000)
    assert figure.passed, figure.found


@pytest.mark.slow
def test_commands_on_many_arms_stay_within_their_limits(tmp_path: Path) -> None:
    figure = scale.many_arms(tmp_path, 30)
    assert figure.passed, figure.found


@pytest.mark.slow
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    figure = endings.full_disk(tmp_path)
    assert figure.passed, figure.found


def test_the_page_says_what_was_found() -> None:
    text = page(
        [Figure("a", "b", "c", True), Figure("d", "e", "f", False)], minutes=19.6, load_before=0.25
    )
    assert "| a | b | c | yes |\n| d | e | f | **NO** |" in text
    assert "in one run of 20 minutes by revision " in text
    assert "before it 0.2, on " in text
