"""The program on a task over several data sets, from the file to the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.data_sets import write_sets
from tests.support.program import call


@pytest.mark.slow
def test_a_task_over_several_data_sets_from_file_to_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    write_sets(tmp_path / "tasks")
    code, said = call("validate", "sets", "--quick")
    assert (code, said.strip()) == (0, "sets: valid, 2 arms, 3 data sets, 2 seeds")
    assert "disc, digits, stripes" in call("ls")[1]
    assert call("run", "sets", "--seeds", "0", "--trainer", "autograd")[0] == 0
    code, said = call("run", "sets", "--trainer", "autograd")
    assert (code, said.strip()) == (0, "executed 6 runs: 6 ok")
    code, said = call("status", "sets")
    assert [line.split()[1:] for line in said.splitlines()[1:]] == [
        [f"{arm}@{block}", "2", "2", "0", "0", "0"]
        for block in ("disc", "digits", "stripes")
        for arm in ("logistic", "guess")
    ]
    assert call("why-stale", "sets")[1].strip() == "0 stored runs are stale"
    code, said = call("report")
    assert code == 0
    assert "sets: In accuracy, on cpu, for these data sets: " in said
    assert "For data sets like these: logistic against guess: TOO FEW DATA SETS." in said
    names = {path.name for path in (tmp_path / "results").glob("sets*")}
    assert names == {"sets.jsonl", *(f"sets-cpu@{b}.svg" for b in ("disc", "digits", "stripes"))}
    assert call("report", "--check")[0] == 0
    code, said = call("verify", "sets", "--sample", "2")
    assert (code, "2 runs verified" in said) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("run", "sets", "--until", "decided"), "--until decided"),
        (("run", "sets", "--placebo", "guess"), "--placebo"),
        (("noise", "sets"), "noise"),
    ],
)
def test_what_is_asked_of_one_data_set_is_refused_on_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_sets(tmp_path / "tasks")
    code, said = call(*arguments)
    assert code == 2
    assert said.startswith(f"sets: {option}: expected a task over one data set, got 3")
    assert not (tmp_path / "results" / "store.sqlite").exists()
