"""Logs of Stable-Baselines3: episodes of Monitor, evaluations of EvalCallback."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.importers.role_options import RoleOptions
from suite.importers.runs.points import parse_point
from suite.importers.runs.recognise import read_runs
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources

STEPS = [100, 200]


def read(path: Path, at: str = "last", **roles: Any) -> MeasuredTable:
    """The table of a log."""
    options = ReadOptions(RoleOptions(**roles), parse_point(at))
    return read_sources([str(path)], options).table


def values(table: MeasuredTable) -> dict[tuple[str, str], float]:
    """The value of each arm and seed."""
    keys = zip(table.rows["arm"], table.rows["unit"], strict=True)
    return dict(zip(keys, table.rows["value"], strict=True))


def write_monitor(
    file: Path, episodes: list[tuple[float, int, float]], start: float = 0.0, env: str = "Pole"
) -> None:
    """Episodes (reward, length, end) as Monitor's ResultsWriter writes them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f'#{{"t_start": {start}, "env_id": "{env}"}}', "r,l,t"]
    file.write_text("\n".join([*lines, *(f"{r},{n},{t}" for r, n, t in episodes), ""]))


def write_evaluations(file: Path, results: list[list[float]], **more: Any) -> None:
    """What EvalCallback saves: a row an evaluation, a column an episode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lengths = np.full(np.shape(results), 7)
    np.savez(file, timesteps=STEPS, results=results, ep_lengths=lengths, **more)


def test_an_evaluation_counts_by_the_mean_of_its_episodes(tmp_path: Path) -> None:
    for arm, gain in (("ppo", 1.0), ("a2c", 0.0)):
        for seed in range(3):
            results = [[seed, seed + 1.0], [seed + gain, seed + gain + 3.0]]
            write_evaluations(tmp_path / arm / f"seed{seed}" / "evaluations.npz", results)
    last = read(tmp_path)
    assert (last.metric, last.unit) == ("eval/mean_reward", "seed")
    assert last.rule is not None
    assert last.rule.direction == "higher"
    assert values(last)["ppo", "2"] == 2 + 1 + 1.5
    assert values(read(tmp_path, "step=150"))["ppo", "2"] == 2.5
    assert set(values(read(tmp_path, metric="eval/mean_ep_length")).values()) == {7.0}


def test_several_environments_of_a_run_are_one_run(tmp_path: Path) -> None:
    for arm in ("ppo", "a2c"):
        for seed in range(3):
            folder = tmp_path / f"{arm}_{seed}"
            write_monitor(folder / "0.monitor.csv", [(1.0, 10, 1.0), (5.0, 10, 3.0)], 100.0)
            write_monitor(folder / "1.monitor.csv", [(3.0 + seed, 20, 1.0)], 101.0)
    table = read(tmp_path)
    assert len(table.rows) == 6
    assert values(table)["ppo", "2"] == pytest.approx((1 + 5 + 5) / 3)
    # ends at 101, 102 and 103 seconds: after 30 steps, the episodes of 1 and of 3 + seed
    assert values(read(tmp_path, "step=30"))["a2c", "0"] == (1 + 3) / 2
    assert "runs of several environments (0.monitor.csv, 1.monitor.csv ...): 6" in table.notes


def test_names_before_monitor_tell_arm_and_seed(tmp_path: Path) -> None:
    for arm in ("ppo", "a2c"):
        for seed in range(3):
            file = tmp_path / f"{arm}-seed{seed}.monitor.csv"
            write_monitor(file, [(float(seed), 10, 1.0)])
    assert values(read(tmp_path))["ppo", "1"] == 1.0


def test_environments_that_differ_are_data_sets(tmp_path: Path) -> None:
    for env in ("Pole", "Car"):
        for arm in ("ppo", "a2c"):
            for seed in range(2):
                file = tmp_path / env / f"{arm}-seed{seed}" / "monitor.csv"
                write_monitor(file, [(float(seed), 10, 1.0)], env=env)
    assert set(read(tmp_path).rows["block"]) == {"Pole", "Car"}


def test_training_and_evaluations_of_a_run_are_two_metrics_of_it(tmp_path: Path) -> None:
    for arm in ("ppo", "a2c"):
        for seed in range(2):
            folder = tmp_path / f"{arm}-seed{seed}"
            write_monitor(folder / "monitor.csv", [(1.0, 10, 1.0)])
            write_evaluations(folder / "eval" / "evaluations.npz", [[2.0], [3.0]])
    with pytest.raises(SuiteError, match=r"got eval/mean_reward, .*episode_reward_mean"):
        read(tmp_path)
    assert set(values(read(tmp_path, metric="eval/mean_reward")).values()) == {3.0}


def test_a_run_without_an_episode_has_failed(tmp_path: Path) -> None:
    for seed in range(3):
        write_monitor(tmp_path / f"ppo-seed{seed}" / "monitor.csv", [(1.0, 9, 1.0)] * bool(seed))
    log = read_runs(tmp_path)
    assert log is not None
    assert [(run.end, run.status) for run in log.runs] == [
        ("failed", "no episode ended"),
        ("unknown", ""),
        ("unknown", ""),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected SB3's line of JSON"),
        ('#{"t_start": 1\nr,l,t\n', "expected SB3's line of JSON"),
        ('#{"t_start": 1.0}\nr,l\n1,2\n', "expected SB3's line of JSON, and columns r, l and t"),
        ('#{"t_start": 1.0}\nr,l,t\n1,2,3\nx,2,3\n', "could not convert"),
        ('#{"t_start": 1.0}\nr,l,t\n1,2,3\n1,,3\n', r"monitor.csv:4: .* got a blank"),
    ],
)
def test_a_damaged_monitor_is_named(content: str, message: str, tmp_path: Path) -> None:
    write_monitor(tmp_path / "ppo-seed0" / "monitor.csv", [(1.0, 10, 1.0)])
    file = tmp_path / "ppo-seed1" / "monitor.csv"
    write_monitor(file, [(1.0, 10, 1.0)])
    file.write_text(content or '#{"t_start"')
    with pytest.raises(SuiteError, match=message):
        read(tmp_path)


def test_a_last_line_that_was_cut_is_left_out(tmp_path: Path) -> None:
    for seed in range(2):
        file = tmp_path / f"ppo-seed{seed}" / "monitor.csv"
        write_monitor(file, [(1.0, 10, 1.0), (2.0, 10, 2.0)])
        file.write_text(file.read_text() + "30")
    assert set(values(read(tmp_path)).values()) == {1.5}


def test_objects_in_an_npz_file_are_refused_and_never_unpickled(tmp_path: Path) -> None:
    write_evaluations(tmp_path / "ppo-seed0" / "evaluations.npz", [[1.0], [2.0]])
    bad = tmp_path / "ppo-seed1" / "evaluations.npz"
    bad.parent.mkdir()
    np.savez(bad, timesteps=STEPS, results=np.array([{"a": 1}, None], dtype=object))
    with pytest.raises(SuiteError, match=r"seed1/evaluations.npz: .*expected numbers, got object"):
        read(tmp_path)


def test_a_short_file_that_stands_for_a_large_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ppo-seed0" / "evaluations.npz"
    write_evaluations(path, [[1.0], [2.0]])
    head = b"\x93NUMPY\x01\x00"
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 9)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("timesteps.npy", head + len(text).to_bytes(2, "little") + text)
    with pytest.raises(SuiteError, match=r"expected 899999999991 numbers, got 0 bytes"):
        read(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SuiteError, match=r"evaluations.npz: cannot read it"):
        read(tmp_path)


def test_evaluations_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ppo-seed0" / "evaluations.npz"
    write_evaluations(path, [[1.0], [2.0], [3.0]])
    with pytest.raises(SuiteError, match=r"results: expected episodes of 2 evaluations, got the"):
        read(tmp_path)
