"""From Python: functions of a seed and commands against each other, each call in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import suite
from suite.execution.function_calls import call_functions
from suite.stats import paired_gap
from tests.support.commands import write_commands
from tests.support.tasks import ROOT

SEEDS = range(8)
GAPS = (0.02, 0.03, 0.025, 0.02, 0.03, 0.025, 0.02, 0.03)


def base(seed: int) -> float:
    return 0.5 + seed % 3 / 10


def better(seed: int) -> dict[str, float]:
    return {"acc": base(seed) + GAPS[seed], "loss": 1.0}


def test_functions_are_compared_as_a_table_of_their_numbers_is() -> None:
    verdicts = suite.versus(
        {"base": base, "better": better}, seeds=SEEDS, metric="acc", processes=2
    )
    (pair,) = verdicts
    assert (pair.first, pair.second, pair.verdict) == ("better", "base", "BETTER")
    expected = paired_gap([better(s)["acc"] for s in SEEDS], [base(s) for s in SEEDS])
    assert pair.gap.mean == pytest.approx(expected.mean)
    assert pair.gap.n == 8
    assert verdicts.to_frame().shape[0] == 1


def test_lambdas_and_closures_are_functions_too() -> None:
    shift = 0.1
    verdicts = suite.versus(
        {"a": base, "b": lambda seed: base(seed) + shift + seed / 1000},
        seeds="0-7",
        direction="lower",
    )
    assert "a" in verdicts.answer


def test_a_function_of_main_is_run_in_processes_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, suite\n"
        "here = os.getpid()\n"
        "def a(seed):\n    assert os.getpid() != here\n    return seed % 3\n"
        "def b(seed):\n    return {'loss': seed % 3 + 1 + seed / 100}\n"
        "print(repr(suite.versus({'a': a, 'b': b}, metric='loss', seeds=range(8))))\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "a IS BETTER" in done.stdout


def failing(seed: int) -> Any:
    if seed == 1:
        raise ValueError("no data")
    if seed == 2:
        os._exit(3)
    if seed == 3:
        return float("nan")
    if seed == 4:
        return "high"
    if seed == 5:
        time.sleep(3600)
    return {0: np.float32(0.5), 6: 1, 7: np.array(2.0)}[seed]


def test_what_a_call_does_wrong_is_its_reason_and_never_a_number() -> None:
    calls = [("f", failing, seed) for seed in SEEDS]
    found = {
        each.seed: each
        for each in call_functions(calls, processes=4, timeout_s=5.0, unnamed="value")
    }
    assert {seed: each.metrics for seed, each in found.items() if each.metrics} == {
        0: {"value": 0.5},
        6: {"value": 1.0},
        7: {"value": 2.0},
    }
    starts = {
        1: "ValueError: no data (test_versus.py:",
        2: "its process ended with exit code 3",
        3: "not finite: value nan",
        4: "TypeError: expected a number or a dict of numbers, got 'high'",
        5: "timed out: not done within 5 s",
    }
    for seed, start in starts.items():
        assert str(found[seed].reason).startswith(start)


def test_failed_calls_have_no_value_and_stand_in_the_notes() -> None:
    def fails_once(seed: int) -> float:
        if seed == 3:
            raise ValueError("no data")
        return base(seed) + GAPS[seed]

    verdicts = suite.versus(
        {"a": base, "b": fails_once}, seeds=SEEDS, metric="score", direction="higher"
    )
    notes = verdicts.analysis.table.notes
    assert len(notes) == 1
    assert notes[0].startswith("b, seed 3: no value: ValueError: no data (")


def test_commands_are_arms_beside_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_commands(tmp_path))
    verdicts = suite.versus(
        {
            "low": "python3 train.py 0.1 {seed}",
            "high": ["python3", "train.py", "0.3", "{seed}"],
            "half": lambda _: 0.5,
        },
        seeds=range(2),
        metric="acc",
        processes=2,
    )
    values = verdicts.analysis.table.rows.set_index(["arm", "unit"])["value"]
    assert values["low", "0"] == 0.51
    assert values["high", "1"] == 0.57  # 0.5, a tenth of 0.3, and 37 modulo 11 = 4 hundredths
    assert len(verdicts) == 3


@pytest.mark.parametrize(
    ("arms", "options", "message"),
    [
        ({"a": base}, {}, "versus: expected two arms or more, got 1"),
        ({"a": base, "b": 3}, {}, "versus: b: expected a function of a seed or a command, got 3"),
        ({"a": base, "b": base}, {}, "nothing says whether higher or lower value is better"),
        ({"a": base, "b": base}, {"metric": "x"}, "nothing says whether higher or lower x is"),
        ({"a": base, "b": better}, {"metric": "accuracy"}, "expected the metric accuracy, got acc"),
        ({"a": base, "b": "train {seed}"}, {}, "expected the name of the number that commands"),
        (
            {"a": base, "b": "train"},
            {"metric": "acc"},
            "b: expected {seed} in the command, got 'tr",
        ),
        ({"a": base, "b": "no-such {seed}"}, {"metric": "acc"}, "there is no program 'no-such'"),
        (
            {"a": base, "b": "echo {sed}"},
            {"metric": "acc"},
            "b: command: unknown placeholder {sed}",
        ),
        ({"a": base, "b": base}, {"seeds": "9-0", "metric": "acc"}, "seeds: "),
        ({"a": base, "b": lambda _: 1 / 0}, {"metric": "acc"}, "b: no seed gave acc: ZeroDivis"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(
    arms: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(suite.SuiteError) as refused:
        suite.versus(arms, **options)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
