"""`suite compare` in a script: what --fail-if means, and files that are written or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.program import refused, suite_here
from tests.support.tables import made_rows

TWO = {"new": [0.5], "old": [0.9]}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Eight seeds of two arms, of which `new` is worse by 0.4."""
    rows = made_rows(TWO).rename(columns={"arm": "method", "unit": "seed", "value": "accuracy"})
    rows.drop(columns="block").to_csv(tmp_path / "runs.csv", index=False)
    return tmp_path


def test_a_gate_needs_to_know_which_arm_may_not_be_worse(table: Path) -> None:
    assert refused(suite_here("compare", "runs.csv", "--fail-if", "worse", cwd=table)) == (
        "--fail-if: nothing says which arm may not be worse: name it with --baseline, or name two"
        " arms, such as FILE:NEW FILE:OLD"
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["runs.csv", "--baseline", "new"], 1),
        (["runs.csv", "--baseline", "old"], 0),
        (["runs.csv:new", "runs.csv:old"], 1),
        (["runs.csv:old", "runs.csv:new"], 0),
    ],
)
def test_a_gate_fails_where_the_arm_that_is_named_is_worse(
    table: Path, words: list[str], code: int
) -> None:
    assert suite_here("compare", *words, "--fail-if", "worse", cwd=table).returncode == code


def test_a_page_that_cannot_be_written_is_bad_input_and_nothing_is_printed(table: Path) -> None:
    message = refused(suite_here("compare", "runs.csv", "--html", "runs.csv/page.html", cwd=table))
    assert message.startswith("runs.csv/page.html: cannot write here: ")


def test_ranks_against_a_baseline_are_refused_before_the_answer(table: Path) -> None:
    rows = (table / "runs.csv").read_text() + "".join(f"third,{k},0.{k}7\n" for k in range(8))
    (table / "runs.csv").write_text(rows)
    words = ("compare", "runs.csv", "--baseline", "new", "--html", "p.html", "--figure", "f.svg")
    assert refused(suite_here(*words, cwd=table)).startswith(
        "--figure: expected all pairs of one table's arms, for only they have ranks, got 2;"
    )
    assert not (table / "p.html").exists()


def test_a_baseline_in_other_letters_is_suggested(table: Path) -> None:
    assert refused(suite_here("compare", "runs.csv", "--baseline", "OLD", cwd=table)) == (
        "--baseline: expected an arm, got 'OLD': did you mean 'old'?"
    )


def test_a_link_to_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("gone.csv")
    assert refused(suite_here("compare", "link.csv", cwd=tmp_path)) == (
        "link.csv: expected a file, got a link to gone.csv, which is none"
    )


def test_half_a_character_in_json_is_refused_and_a_whole_one_is_read(tmp_path: Path) -> None:
    rows = [
        f'{{"method": "{arm}", "seed": {seed}, "accuracy": 0.{seed}{k}}}'
        for k, arm in enumerate((r"\ud83d\ude42", "b"))
        for seed in range(1, 9)
    ]
    (tmp_path / "whole.json").write_text(f"[{','.join(rows)}]")
    (tmp_path / "half.json").write_text(f"[{','.join(rows)}]".replace(r"\ude42", ""))
    whole = suite_here("compare", "whole.json", cwd=tmp_path)
    assert (whole.returncode, "\N{SLIGHTLY SMILING FACE}" in whole.stdout) == (0, True)
    assert refused(suite_here("compare", "half.json", cwd=tmp_path)) == (
        r"half.json: expected text, got half of a character, \ud83d"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_name_of_a_file_that_is_no_text_is_an_arm(tmp_path: Path) -> None:
    for k, name in enumerate((b"a\xff.csv", b"b.csv")):
        lines = [f"{seed},0.{seed}{k}" for seed in range(1, 9)]
        (tmp_path / os.fsdecode(name)).write_text("seed,accuracy\n" + "\n".join(lines))
    for words in (["."], ["{method}.csv"], [os.fsdecode(b"a\xff.csv"), "b.csv"]):
        done = suite_here("compare", *words, "--format", "csv", cwd=tmp_path)
        assert (done.returncode, r"a\xff" in done.stdout) == (0, True)
