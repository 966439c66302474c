"""`suite versus` as a person calls it, on small shell scripts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from suite.provenance import worktrees
from suite.reports.command_notes import is_a_hundredfold
from tests.support.program import SHOWN, SUITE, refused, suite, suite_here
from tests.support.tasks import ROOT

# under lift 4 each seed has 0.04 more than under lift 0, each odd one another 0.04
SCRIPT = """seed=$1 lift=$2
echo "$seed $lift" >> ran
echo "step 1: acc=0.1, loss=9"
echo "step 2: acc=0.$((50 + seed * 37 % 11 + lift + lift * (seed % 2))), loss=0.$((90 - seed))"
"""
A, B = "sh t.sh {seed} 0", "sh t.sh {seed} 4"
ACC = ("--metric", "acc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.sh").write_text(SCRIPT)
    return tmp_path


def runs(folder: Path) -> list[str]:
    return (folder / "ran").read_text().splitlines() if (folder / "ran").exists() else []


def test_the_verdict_comes_first_and_every_line_fits_a_terminal(folder: Path) -> None:
    done = suite_here("versus", A, B, *ACC, cwd=folder)
    assert done.returncode == 0, done.stderr
    first, means, difference, *_ = done.stdout.splitlines()
    assert first == "b IS BETTER"
    # 10 differences of -0.04 and -0.08: -0.06 +- 2.262 * 0.02108 / sqrt(10)
    assert difference.startswith("  difference -0.060, 95% interval [-0.075, -0.045], p")
    # seed * 37 mod 11 is 4 * seed mod 11: 0 4 8 1 5 9 2 6 10 3, a mean of 4.8
    assert means == "  acc, higher is better: a 0.548, b 0.608, over 10 seeds"
    assert all(len(line) <= 80 for line in (done.stdout + done.stderr).splitlines())
    assert done.stderr.splitlines()[:2] == [
        "trying seed 0 of each arm first, twice",
        "seed 0: a 0.5000, b 0.5400",
    ]
    assert len(runs(folder)) == 23


def test_the_same_call_again_runs_nothing_and_more_seeds_only_those(folder: Path) -> None:
    before = suite_here("versus", A, B, *ACC, cwd=folder)
    again = suite_here("versus", A, B, *ACC, cwd=folder)
    assert len(runs(folder)) == 23
    assert again.stdout.splitlines()[:-1] == before.stdout.splitlines()[:-1]
    assert again.stderr == "20 of 20 runs are stored already\n"
    more = suite_here("versus", A, B, *ACC, "--seeds", "0-10", cwd=folder)
    assert runs(folder)[23:] == ["10 0", "10 4"]
    assert "over 11 seeds" in more.stdout
    assert "seeds were added after a look" in more.stdout


def test_a_script_that_changed_is_run_again(folder: Path) -> None:
    suite_here("versus", A, B, *ACC, cwd=folder)
    (folder / "t.sh").write_text(SCRIPT.replace("90", "80"))
    suite_here("versus", A, B, *ACC, cwd=folder)
    assert len(runs(folder)) == 46


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((A, *ACC), "expected two commands or more, got one"),
        ((A, B), "--metric: expected the name of a number; the first command printed loss = 0.9"),
        ((A, "sh t.sh 1 4", *ACC), "no {seed} in its command"),
        ((A, "sh t.sh {sed} 4", *ACC), "unknown placeholder {sed}; did you mean 'seed'?"),
        ((A, f"{B} | tail -1", *ACC), "'|' is for a shell, and none was asked for: add --shell"),
        ((A, "nosuch t.sh {seed} 4", *ACC), "there is no program 'nosuch' on the PATH"),
        ((A, "./t.sh {seed} 4", *ACC), "./t.sh may not be executed: chmod +x it"),
        ((A, "sh 'missing.sh {seed}", *ACC), "no closing quotation in"),
        ((A, B, "--metric", "steps"), "give --direction higher or --direction lower"),
        ((A, B, *ACC, "--seeds", "x"), '--seeds: expected a range like "0-9" or "0-4,7", got'),
        ((A, B, *ACC, "--name", "a"), "--name: expected a name for each of 2 arms, got 1"),
        ((A, B, *ACC, "--param", "lr=1,2"), "--param lr: expected {lr} in a command, found none"),
        ((A, B, *ACC, "--param", "lr"), "--param: expected NAME=VALUE,VALUE, got 'lr'"),
        ((A, B, *ACC, "--budget", "soon"), '--budget: expected a time such as "2h"'),
        ((A, B, *ACC, "--timeout", "-1"), '--timeout: expected a time such as "2h"'),
        ((A, B, *ACC, "--fail-if", "x"), '--fail-if: expected "worse" or "worse:NUMBER"'),
        ((A, B, *ACC, "--pattern", "acc"), "expected one group, the number"),
        ((A, B, *ACC, "--at", "HEAD"), "expected a folder under git"),
        ((A, B, *ACC, "--input", "none.csv"), "none.csv"),
    ],
)
def test_what_cannot_run_is_refused_in_one_line(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    done = suite_here("versus", *words, cwd=folder)
    assert message in refused(done)
    assert len(runs(folder)) <= 1  # to see what the first command prints


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("sh t.sh {seed} x", "exit status"),
        ("sh -c 'echo f1={seed}'", "no acc in the output; seen: f1 = 0"),
        ("sh -c 'echo acc=nan; : {seed}'", "diverged: not finite: acc nan"),
        ("sh -c 'echo acc=0,931; : {seed}'", "acc stands for '0,931', not one plain number"),
    ],
)
def test_a_first_seed_that_fails_ends_it_with_what_the_command_said(
    folder: Path, command: str, message: str
) -> None:
    (folder / "t.sh").write_text("set -e\n" + SCRIPT)
    done = suite_here("versus", "--name", "good", "--name", "bad", A, command, *ACC, cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    notice, error = done.stderr.splitlines()
    assert notice == "trying seed 0 of each arm first, twice"
    assert error.startswith("suite: bad: seed 0: ")
    assert message in error
    assert len(runs(folder)) <= 2


def test_a_first_seed_that_takes_too_long_is_ended(folder: Path) -> None:
    slow = "sh -c 'sleep 3600; : {seed}'"
    done = suite_here("versus", A, slow, *ACC, "--timeout", "0.2s", cwd=folder)
    assert done.returncode == 2
    assert "timed out: not done within 0.2 s" in done.stderr


def test_a_command_that_was_mended_is_tried_again(folder: Path) -> None:
    (folder / "t.sh").write_text("exit 1\n")
    assert suite_here("versus", A, B, *ACC, cwd=folder).returncode == 2
    (folder / "t.sh").write_text(SCRIPT)
    assert suite_here("versus", A, B, *ACC, cwd=folder).stdout.startswith("b IS BETTER\n")


def test_every_value_of_a_parameter_is_an_arm(folder: Path) -> None:
    done = suite_here("versus", "sh t.sh {seed} {lift}", "--param", "lift=0,4,8", *ACC, cwd=folder)
    lines = done.stdout.splitlines()
    assert [line for line in lines if "IS BETTER" in line] == [
        "lift-4 IS BETTER (lift-0 against lift-4)",
        "lift-8 IS BETTER (lift-0 against lift-8)",
        "lift-8 IS BETTER (lift-4 against lift-8)",
    ]
    assert " ".join(done.stdout.split()).count("after correction for 3 comparisons") == 3


@pytest.fixture
def repository(folder: Path) -> Path:
    """Where the first commit's script is worse than that of branch `new`."""

    def git(*words: str) -> None:
        named = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", "t.sh")
    git("commit", "-m", "first")
    git("switch", "-c", "new")
    (folder / "t.sh").write_text(SCRIPT.replace("lift=$2", "lift=$(($2 + 4))"))
    git("commit", "-am", "second")
    return folder


@pytest.mark.parametrize(
    "words", [(A, "--at", "main", "--at", "new"), (f"git:main {A}", f"git:new {A}")]
)
def test_two_revisions_of_one_command_are_compared(
    repository: Path, words: tuple[str, ...]
) -> None:
    done = suite_here("versus", *words, *ACC, cwd=repository)
    assert done.stdout.startswith("new IS BETTER\n  acc, higher is better: main 0.548, new 0.608")
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=repository, check=True, capture_output=True, text=True
    )
    assert len(listed.stdout.splitlines()) == 1


@pytest.mark.slow
def test_looks_share_one_worktree_for_each_revision(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def count(commit: str, *rest: Any) -> Path:
        made.append(commit)
        return add(commit, *rest)

    add = worktrees._add
    monkeypatch.setattr(worktrees, "_add", count)
    words = (A, "--at", "main", "--at", "new", *ACC, "--until", "decided")
    done = suite_here("versus", *words, cwd=repository)
    assert done.stdout.startswith("new IS BETTER\n")
    assert len(made) == len(set(made)) == 2
    assert not (repository / ".git/suite-worktrees").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_worktrees_go_on_every_exit_or_with_the_next_call(
    repository: Path, number: signal.Signals
) -> None:
    place = repository / ".git/suite-worktrees"
    slow = "sh -c 'sleep 60; : {seed}'"
    process = subprocess.Popen(
        [*SUITE, "versus", f"git:main {slow}", f"git:new {slow}", *ACC],
        cwd=repository,
        env=os.environ | SHOWN | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(place.glob("*/t.sh")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(place.glob("*/t.sh"))
    process.send_signal(number)
    process.communicate(timeout=30)
    if number == signal.SIGKILL:
        assert place.exists()
        assert suite_here("versus", A, B, *ACC, "--seeds", "0-1", cwd=repository).returncode == 0
    assert not place.exists()


GPU = 'echo "$CUDA_VISIBLE_DEVICES start" >> log; sleep 0.1; echo "$CUDA_VISIBLE_DEVICES end" >> log\n'


@pytest.mark.slow
@pytest.mark.parametrize("gpus", ["0,1", " 0, 1 "])
def test_each_run_has_a_gpu_that_no_other_run_has_at_the_time(folder: Path, gpus: str) -> None:
    (folder / "g.sh").write_text(GPU + "echo acc=0.$1\n")
    words = ("sh g.sh {seed} a", "sh g.sh {seed} b", *ACC, "--seeds", "0-4")
    done = suite_here("versus", *words, "-j", "2", "--gpus", gpus, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "share" not in done.stderr
    held, used = set[str](), Counter[str]()
    for line in (folder / "log").read_text().splitlines():
        gpu, what = line.split()
        assert (what == "end") == (gpu in held)
        held ^= {gpu}
        used[gpu] += what == "start"
    assert used.keys() == {"0", "1"}
    assert used.total() == 13  # the first seed of each arm runs twice, that of the first once more
    assert min(used.values()) >= 4


def test_more_runs_than_gpus_share_them_and_that_is_said(folder: Path) -> None:
    words = (A, B, *ACC, "--seeds", "0-1", "-j", "2", "--gpus", "3")
    done = suite_here("versus", *words, cwd=folder)
    assert "note: -j 2: up to 2 runs at a time share the GPUs 3\n" in done.stderr


def test_arms_that_differ_in_more_than_their_words_are_said_to(folder: Path) -> None:
    for name, version in (("one", "3.1"), ("two", "3.2")):
        (folder / name).mkdir()
        (folder / name / "python").write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && echo Python {version} && exit\n'
            '[ "$1" = -c ] && echo {} && exit\necho acc=0.$2\n'
        )
        (folder / name / "python").chmod(0o755)
    (folder / "t.py").write_text("")
    words = ("one/python t.py {seed}", "two/python t.py 1{seed}", *ACC, "--seeds", "0-1")
    done = suite_here("versus", *words, cwd=folder)
    assert (
        "they differ in more than their words: interpreter python: Python 3.1 against python:"
        " Python 3.2"
    ) in " ".join(done.stdout.split())
    same = suite_here("versus", A, B, *ACC, "--seeds", "0-1", cwd=folder)
    assert "they differ" not in same.stdout


def test_a_log_file_is_read_where_another_metric_is_best(folder: Path) -> None:
    (folder / "log.sh").write_text(
        'printf "val_loss,acc\\n0.9,0.1$1\\n0.2,0.$2$1\\n0.7,0.9\\n" > "$SUITE_OUT/log.csv"\n'
    )
    words = ("sh log.sh {seed} 5", "sh log.sh {seed} 7", *ACC, "--file", "log.csv")
    done = suite_here("versus", *words, "--take", "best:val_loss", cwd=folder)
    assert done.returncode == 0, done.stderr
    # 0.50 ... 0.59 and 0.70 ... 0.79
    assert "a 0.545, b 0.745, over 10 seeds" in done.stdout


def test_a_pattern_and_several_metrics(folder: Path) -> None:
    pattern = ("--metric", "error", "--pattern", r"acc=0\.(\d+)")
    done = suite_here("versus", A, B, *pattern, cwd=folder)
    assert done.stdout.startswith("a IS BETTER\n  error, lower is better: a 54.8, b 60.8")
    (folder / "ran").unlink()
    both = suite_here("versus", A, B, *ACC, "--metric", "loss", cwd=folder)
    assert both.stdout.startswith("b IS BETTER\n  acc, higher is better")
    besides = both.stdout.split("Measured besides, and judged apart:\n")[1].splitlines()
    # 0.90 ... 0.81 in both arms
    assert besides[:2] == [
        "  NOTHING VARIED",
        "    loss, lower is better: a 0.855, b 0.855, over 10 seeds",
    ]
    assert len(runs(folder)) == 23


def test_a_saved_task_goes_on_where_the_call_was(folder: Path) -> None:
    suite_here("versus", A, B, *ACC, cwd=folder)
    saved = suite_here("versus", A, B, *ACC, "--save", "kept.toml", "--margin", "0.01", cwd=folder)
    assert saved.stdout.startswith("b IS BETTER, by at least the margin\n")
    ran = suite_here("run", "kept.toml", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert len(runs(folder)) == 23
    report = suite_here("report", "--output", "R.md", cwd=folder)
    assert "kept: In acc, on cpu: b IS BETTER, by at least the margin" in report.stdout
    assert suite_here("fsck", cwd=folder).returncode == 0


def test_runs_are_verified_though_their_task_has_no_file(folder: Path) -> None:
    suite_here("versus", A, B, *ACC, "--seeds", "0-5", cwd=folder)
    done = suite_here("verify", "--sample", "2", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "2 runs verified: 2 METRICS" in done.stdout
    suite_here("versus", A, B, *ACC, "--seeds", "0-5", "--save", "kept.toml", cwd=folder)
    suite_here("run", "kept.toml", cwd=folder)
    saved = suite_here("verify", "kept.toml", "--sample", "2", cwd=folder)
    assert "2 runs verified: 2 METRICS" in saved.stdout


def test_json_and_a_gate(folder: Path) -> None:
    done = suite_here("versus", A, B, *ACC, "--json", "--fail-if", "worse", cwd=folder)
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    fields = json.loads(line)
    assert (fields["verdict"], fields["winner"], fields["n"]) == ("BETTER", "b", 10)
    assert fields["mean_gap"] == pytest.approx(-0.06)
    assert suite_here("versus", A, B, *ACC, "--fail-if", "worse:0.1", cwd=folder).returncode == 0


def test_seeds_are_added_until_there_is_a_verdict(folder: Path) -> None:
    done = suite_here("versus", A, B, *ACC, "--until", "decided", cwd=folder)
    assert done.stdout.startswith("b IS BETTER\n")
    assert "seeds were added after a look" in done.stdout
    assert len(runs(folder)) < 2 * 50


def test_undecided_says_the_call_that_would_decide(folder: Path) -> None:
    words = ("sh t.sh {seed} 0", "sh t.sh 1{seed} 0")
    done = suite_here("versus", *words, *ACC, "--seeds", "0-7", cwd=folder)
    assert done.stdout.startswith("UNDECIDED\n")
    assert done.stdout.splitlines()[-1] == (
        "To decide it: suite versus 'sh t.sh {seed} 0' 'sh t.sh 1{seed} 0' --metric acc"
        " --until decided"
    )


def test_what_would_decide_has_its_price(folder: Path) -> None:
    words = ("sh t.sh {seed} 0", "sh t.sh 1{seed} 0")
    done = suite_here("versus", *words, *ACC, "--margin", "0.01", "--seeds", "0-7", cwd=folder)
    command, price = done.stdout.splitlines()[-2:]
    seeds = int(command.rpartition("0-")[2]) + 1
    assert price.startswith(f"That is {2 * (seeds - 8)} more runs, about ")


def test_time_that_is_over_is_no_failure(folder: Path) -> None:
    words = ("sh -c 'sleep 0.1; echo acc=0.{seed}'", "sh -c 'sleep 0.1; echo acc=0.1{seed}'")
    done = suite_here("versus", *words, *ACC, "--budget", "1s", "--seeds", "0-99", cwd=folder)
    assert done.returncode == 0
    assert "FAILURES" not in done.stdout
    assert "without a pair" not in done.stdout
    assert re.search(r"note: time was over: \d+ seeds did not run in every arm", done.stderr)


def test_several_at_a_time_give_the_same_numbers(folder: Path) -> None:
    alone = suite_here("versus", A, B, *ACC, "--store", "1.sqlite", cwd=folder)
    both = suite_here("versus", A, B, *ACC, "--store", "2.sqlite", "-j", "2", cwd=folder)
    assert both.stdout.splitlines()[:-1] == alone.stdout.splitlines()[:-1]


def test_seeds_that_change_nothing_are_noticed(folder: Path) -> None:
    words = ("sh -c 'echo acc=0.5; : {seed}'", "sh -c 'echo acc=0.6; : {seed}'")
    done = suite_here("versus", *words, *ACC, "--name", "a", "--name", "b", cwd=folder)
    assert done.stdout.startswith("NOTHING VARIED\n")
    assert "note: a: all seeds gave the same number: does the command use its" in done.stdout
    assert "note: a, b: the difference is the same under every seed" in done.stdout


def test_a_seed_that_does_not_decide_the_number_is_noticed(folder: Path) -> None:
    (folder / "n.sh").write_text("echo x >> count; echo acc=0.$(wc -l < count)\n")
    words = ("sh n.sh {seed} 1", "sh n.sh {seed} 2", *ACC, "--name", "a", "--name", "b")
    done = suite_here("versus", *words, "--seeds", "0-1", cwd=folder)
    notes = " ".join(line.strip() for line in done.stderr.splitlines())
    assert "note: a: seed 0 gave acc 0.1 and acc 0.3 when it was run twice: the seed" in notes
    (folder / "count").unlink()
    quiet = suite_here("versus", *words, "--seeds", "0-1", "--no-repeat", cwd=folder)
    assert "twice" not in quiet.stderr


def test_results_that_depend_on_what_ran_before_are_noticed(folder: Path) -> None:
    # the second arm leaves a checkpoint under seed 2, which every later run reads
    (folder / "o.sh").write_text(
        "[ -e model.ckpt ] && more=5\n"
        '[ "$1$2" = 24 ] && touch model.ckpt\n'
        "echo acc=0.$((50 + $1 * 37 % 11 + $2 + more))\n"
    )
    words = ("versus", "sh o.sh {seed} 0", "sh o.sh {seed} 4", *ACC, "--seeds", "0-5")
    done = suite_here(*words, cwd=folder)
    assert "twice:" not in done.stderr  # at once it was the same
    lines = done.stdout.splitlines()
    start = lines.index(
        "note: a: seed 0 gave acc 0.5 first and 0.55 at the end, twice: the results"
    )
    assert lines[start + 1 : start + 3] == [
        "  depend on what ran before, or on when; perhaps it reads files that earlier",
        "  runs left (model.ckpt)",
    ]
    assert all(len(line) <= 80 for line in (done.stdout + done.stderr).splitlines())
    again = suite_here(*words, cwd=folder)
    assert again.stdout.splitlines()[:-1] == lines[:-1]
    (fields,) = map(json.loads, suite_here(*words, "--json", cwd=folder).stdout.splitlines())
    assert any("what ran before" in note for note in fields["notes"])


def test_a_number_that_is_never_the_same_is_not_put_down_to_order(folder: Path) -> None:
    (folder / "n.sh").write_text("echo x >> count; echo acc=0.$((100 + $(wc -l < count)))\n")
    words = ("sh n.sh {seed} 1", "sh n.sh {seed} 2", *ACC, "--name", "a", "--name", "b")
    done = suite_here("versus", *words, "--seeds", "0-5", cwd=folder)
    said = " ".join(line.strip() for line in done.stdout.splitlines())
    assert "what ran before" not in said
    # 12 runs and 2 repeats at once, then two of seed 0 at the end
    assert (
        "note: a: seed 0 gave acc 0.101 and 0.116 when it was repeated: the seed alone does not"
        " decide the number, and pairing by seed buys little; runs left files in the folder: count"
    ) in said


def test_the_last_repeat_comes_when_it_is_decided(folder: Path) -> None:
    suite_here("versus", A, B, *ACC, "--until", "decided", cwd=folder)
    assert Counter(runs(folder))["0 0"] == 3
    assert runs(folder)[-1] == "0 0"


def test_without_repeats_every_run_is_made_once(folder: Path) -> None:
    suite_here("versus", A, B, *ACC, "--seeds", "0-5", "--no-repeat", cwd=folder)
    assert set(Counter(runs(folder)).values()) == {1}


def test_an_arm_that_fails_under_some_seeds_gets_no_verdict(folder: Path) -> None:
    (folder / "f.sh").write_text('[ "$1" = 3 ] && exit 7\necho acc=0.9$1\n')
    done = suite_here("versus", A, "sh f.sh {seed}", *ACC, "--seeds", "0-7", cwd=folder)
    assert done.stdout.startswith("TOO MANY FAILURES\n")
    assert "seed 3: failed: the command ended with exit status 7" in done.stderr
    assert "over 7 seeds" in done.stdout


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_after_a_kill_the_same_call_goes_on(folder: Path, number: signal.Signals) -> None:
    # seed 3 of the first arm waits for a file that is there only the second time
    wait = '[ "$1$2" = 30 ] && while ! [ -e go ]; do sleep 0.05; done\n'
    (folder / "t.sh").write_text(SCRIPT.replace('echo "step 1', wait + 'echo "step 1'))
    words = ["versus", A, B, *ACC, "--no-repeat"]
    environment = os.environ | SHOWN | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*SUITE, *words], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while "3 0" not in runs(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == {2: 130, 15: 143, 9: -9}[number]
    assert number == signal.SIGKILL or errors.splitlines()[-1].startswith("suite: interrupted")
    (folder / "go").touch()
    done = suite(*words, cwd=folder)
    assert done.stdout.startswith("b IS BETTER\n")
    assert "over 10 seeds" in done.stdout
    wanted = [f"{seed} {lift}" for seed in range(10) for lift in (0, 4)]
    assert sorted(runs(folder)) == sorted([*wanted, "3 0"])  # the killed one, and no other, again


def test_a_share_beside_percent_is_asked_about(tmp_path: Path) -> None:
    assert is_a_hundredfold(0.93, 92.0)
    assert is_a_hundredfold(92.0, 0.93)
    assert not is_a_hundredfold(0.93, 0.92)
    share, percent = (f"sh -c 'echo acc={number}' {{seed}}" for number in ("0.9{seed}", "9{seed}"))
    done = suite_here("versus", share, percent, "--metric", "acc", "--shell", cwd=tmp_path)
    assert "is one of them in percent?" in done.stdout


ITEMS = """seed=$1 skill=$2
{ echo id,correct; for item in 0 1 2 3 4 5 6 7 8 9 10 11; do
echo "$item,$(((item * 5 + seed * 7) % 12 < skill))"; done; } > "$SUITE_OUT/predictions.csv"
echo "acc=0.$((skill * 8 + seed % 3))"
"""


def test_items_have_a_verdict_of_their_own_beside_that_of_the_seeds(folder: Path) -> None:
    (folder / "i.sh").write_text(ITEMS)
    words = ("sh i.sh {seed} 2", "sh i.sh {seed} 10", *ACC, "--seeds", "0-6")
    done = suite_here("versus", *words, cwd=folder)
    heading = "Over test items, for the runs of 7 seeds, as they are, on items like these:\n"
    _, _, items = done.stdout.partition(heading)
    assert items.splitlines()[0] == "  b IS BETTER"
    # 2 and 10 of 12 items are right under each seed
    assert "correct, higher is better: a 0.167, b 0.833, over 12 items" in items
    printed = suite_here("versus", *words, "--json", cwd=folder).stdout.splitlines()
    by_unit = {fields["unit"]: fields for fields in map(json.loads, printed)}
    assert by_unit["item"]["n"] == 12
    assert by_unit["seed"]["n"] == 7
    assert by_unit["item"]["mean_a"] == pytest.approx(2 / 12)
    assert suite_here("fsck", cwd=folder).returncode == 0


def test_a_file_of_items_that_is_malformed_costs_no_run(folder: Path) -> None:
    (folder / "i.sh").write_text(ITEMS.replace("id,correct", "id,right"))
    words = ("sh i.sh {seed} 2", "sh i.sh {seed} 10", *ACC, "--seeds", "0-6")
    for _ in range(2):  # the second call reads the note back
        done = suite_here("versus", *words, cwd=folder)
        assert "over 7 seeds" in done.stdout
        said = " ".join(done.stdout.split())
        assert (
            "note: b: predictions.csv: expected a column correct or score, or prediction and"
            " target, got id, right; the items are not kept (7 runs)"
        ) in said


def test_json_has_every_metric_and_where_it_was_read(folder: Path) -> None:
    done = suite_here("versus", A, B, *ACC, "--metric", "loss", "--json", cwd=folder)
    first, second = map(json.loads, done.stdout.splitlines())
    assert [(f["metric"], f["is_primary"]) for f in (first, second)] == [
        ("acc", True),
        ("loss", False),
    ]
    # the last seed of the last arm: 9 * 37 % 11 is 3, and 4 + 4 more
    line = "step 2: acc=0.61, loss=0.81"
    assert first["read_from"] == (
        f"acc is read from the last line of output that holds it, e.g. `{line}`"
    )
    text = suite_here("versus", A, B, *ACC, cwd=folder).stdout
    assert " ".join(text.split()).count("is read from the last line of output") == 1


def test_percent_of_one_call_and_plain_numbers_of_another_are_not_compared(folder: Path) -> None:
    (folder / "p.sh").write_text('echo "acc=9$1.5$2"\n')
    plain, percent = "sh p.sh {seed} ''", "sh p.sh {seed} %"
    other, another = "sh p.sh {seed} 1", "sh p.sh {seed} 1%"
    name = ("--name", "x", "--name", "y", "--seeds", "0-6")
    assert suite_here("versus", plain, other, *ACC, *name, cwd=folder).returncode == 0
    swapped = ("--name", "y", "--name", "z", "--seeds", "0-6")
    assert suite_here("versus", percent, another, *ACC, *swapped, cwd=folder).returncode == 0
    # all of it is stored: nothing runs, and no number is compared
    done = suite_here("versus", plain, percent, *ACC, *name, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "y: seed 0: acc: expected a number as of x (plain), got % in 'acc=90.5%'" in done.stderr


def test_a_new_arm_that_writes_percent_ends_the_call_at_once(folder: Path) -> None:
    (folder / "p.sh").write_text('echo "acc=9$1.5$2"\n')
    words = ("sh p.sh {seed} ''", "sh p.sh {seed} 1", *ACC, "--name", "x", "--name", "y")
    assert suite_here("versus", *words, cwd=folder).returncode == 0
    (folder / "q.sh").write_text('echo x >> ran; echo "acc=9$1.5%"\n')
    done = suite_here("versus", words[0], "sh q.sh {seed}", *words[2:], cwd=folder)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "suite: y: seed 0: acc: expected a number as of x (plain), got % in 'acc=90.5%'; write them"
        " in one way"
    )
    assert len(runs(folder)) == 1
