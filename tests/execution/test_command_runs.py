"""Commands that are run: real programs, those that misbehave too. No process of one is left."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.execution import isolation
from suite.execution.commands.executor import Commands
from suite.execution.commands.outcome import CommandOutcome
from suite.execution.commands.process import CommandRun
from suite.execution.commands.runnable import require_runnable
from suite.task.commands import Command, MetricSource
from suite.task.protocol import Limits
from tests.support.tasks import ROOT

ACC = {"acc": MetricSource()}
FOREVER = "3600"
# a process in a session of its own, whose parent is gone: no group or parent leads to it
DAEMON = f"(setsid sh -c 'sleep {FOREVER} & wait' >/dev/null 2>&1 &)"


@dataclass
class Bench:
    """A folder to run commands in, and their folders {out}."""

    folder: Path
    outs: Path
    metrics: Mapping[str, MetricSource] = field(default_factory=lambda: ACC)

    def asked(
        self, command: str | tuple[str, ...], seed: int = 0, limits: Limits | None = None
    ) -> CommandRun:
        """A run of words, or of a line for a shell."""
        declared = Command(command=command, shell=isinstance(command, str))
        return CommandRun("a", seed, declared, self.metrics, self.folder, limits=limits or Limits())

    def run(self, command: str | tuple[str, ...], limits: Limits | None = None) -> CommandOutcome:
        (outcome,) = Commands(1).run_all([self.asked(command, limits=limits)], self.outs)
        return outcome


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Where commands run; at the end, nothing that they started is left."""
    for name in ("folder", "outs"):
        (tmp_path / name).mkdir()
    yield Bench(tmp_path / "folder", tmp_path / "outs")
    assert isolation.strays([]) == []


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", program)


def test_a_program_is_told_its_seed_device_folder_and_arm_in_two_ways(bench: Bench) -> None:
    (bench.folder / "data").write_text("0.5")
    line = (
        "test {seed},{device},{out},{arm} = $SUITE_SEED,$SUITE_DEVICE,$SUITE_OUT,$SUITE_ARM"
        ' && test -z "$(ls {out})" && echo acc={seed}.$(wc -c < data)'
    )
    (outcome,) = Commands(1).run_all([bench.asked(line, seed=7)], bench.outs)
    assert (outcome.status, outcome.reason) == ("ok", None)
    assert outcome.metrics == {"acc": 7.3}
    assert outcome.out.parent == bench.outs.resolve()
    assert outcome.exit_status == 0


def test_a_program_starts_as_from_a_terminal(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C")
    outcome = bench.run(
        "grep SigIgn /proc/self/status; echo core $(ulimit -c), locale ${LC_CTYPE-unset};"
        " cat; echo acc=1"
    )
    ignored, *others = outcome.printed.splitlines()
    assert int(ignored.partition("\t")[2], 16) & 0xFFFF == 0  # of the signals that programs know
    assert others == ["core 0, locale unset", "acc=1"]


@pytest.mark.parametrize(
    ("line", "reason", "fault"),
    [
        ("echo acc=1; exit 3", "the command ended with exit status 3; printed last: acc=1", "arm"),
        ("echo hello", "no acc in the output, nor any other number with a name; printed", "arm"),
        ("echo accu=1", "no acc in the output; seen: accu = 1; did you mean 'accu'?;", "arm"),
        ("true", "no acc in the output, nor any other number with a name; it printed", "arm"),
        ("echo train acc=1 test acc=2", "acc stands for 1 and 2 in one line", "arm"),
        ("kill -9 $$", "the command was ended by signal SIGKILL; it printed nothing", "outside"),
        ("kill -11 $$", "the command was ended by signal SIGSEGV; it printed nothing", "arm"),
        ("sh -c 'kill -9 $$'; exit $?", "the command ended with exit status 137: its", "outside"),
        ("exec /no/such/program", "the command ended with exit status 127; printed last", "arm"),
    ],
)
def test_a_run_without_success_fails_with_its_reason(
    bench: Bench, line: str, reason: str, fault: str
) -> None:
    outcome = bench.run(line)
    assert (outcome.status, outcome.fault) == ("failed", fault)
    assert (outcome.reason or "").startswith(reason)
    assert outcome.metrics == {}


def test_a_metric_that_is_not_finite_makes_a_run_diverged(bench: Bench) -> None:
    outcome = bench.run("echo acc=nan")
    assert (outcome.status, outcome.reason, outcome.fault) == (
        "diverged", "not finite: acc nan", None,
    )  # fmt: skip
    assert outcome.metrics == {}
    assert outcome.readings["acc"].where == "acc=nan"


def test_a_reason_names_no_private_folder(bench: Bench) -> None:
    outcome = bench.run("echo cannot read /home/somebody/data.csv; exit 1")
    assert (outcome.reason or "").endswith("printed last: cannot read data.csv")


@pytest.mark.parametrize("line", [f"sleep {FOREVER}", f"{DAEMON}; trap '' TERM; sleep {FOREVER}"])
def test_a_run_over_its_time_is_ended_with_all_it_started(bench: Bench, line: str) -> None:
    outcome = bench.run(f"echo acc=1; {line}", Limits(timeout_s=0.2))
    assert (outcome.status, outcome.fault, outcome.exit_status) == ("failed", "outside", None)
    assert outcome.reason == "timed out: not done within 0.2 s; printed last: acc=1"


def test_what_a_good_run_leaves_behind_is_ended_and_does_not_hold_it_up(bench: Bench) -> None:
    outcome = bench.run(f"{DAEMON}; sleep {FOREVER} & echo acc=1")
    assert outcome.metrics == {"acc": 1.0}
    assert outcome.run_time_s < float(FOREVER)


def test_a_program_that_closes_its_output_runs_on(bench: Bench) -> None:
    bench.metrics = {"acc": MetricSource(file="m.json")}
    outcome = bench.run("exec >/dev/null 2>&1; sleep 0.1; echo '{{\"acc\": 2}}' > {out}/m.json")
    assert outcome.metrics == {}  # {{"acc": 2}} is no JSON: only {{name}} is an escape
    outcome = bench.run("exec >/dev/null 2>&1; sleep 0.1; echo '{\"acc\": 2}' > {out}/m.json")
    assert outcome.metrics == {"acc": 2.0}


def test_declared_outputs_have_hashes_and_must_be_there(bench: Bench) -> None:
    def run(line: str) -> CommandOutcome:
        command = Command(command=line, shell=True, outputs=("{out}/w.bin", "p.csv"))
        asked = CommandRun("lr=0.1 / new", 0, command, ACC, bench.folder)
        return next(Commands(1).run_all([asked], bench.outs))

    outcome = run("printf abc > {out}/w.bin; printf '' > {out}/p.csv; echo acc=1")
    assert outcome.hashes == {  # SHA-256 of "abc" (FIPS 180-2, appendix B.1) and of nothing
        "file w.bin": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "file p.csv": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    outcome = run("printf abc > {out}/w.bin; echo acc=1")
    assert (outcome.status, outcome.hashes) == ("failed", {})
    assert (outcome.reason or "").startswith("output p.csv: the run did not leave it in {out}")


def test_where_the_system_cannot_look_without_reaping_runs_end_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "waitid")
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    assert bench.run(f"{DAEMON}; echo acc=1").metrics == {"acc": 1.0}
    assert bench.run(f"sleep {FOREVER}", Limits(timeout_s=0.2)).exit_status is None


def test_memory_over_the_limit_is_not_there(bench: Bench) -> None:
    program = python("x = bytearray(10**9); print('acc=1')")
    outcome = bench.run(program, Limits(memory_bytes=200 * 2**20))
    assert (outcome.status, outcome.exit_status) == ("failed", 1)
    assert (outcome.reason or "").endswith("MemoryError")


def test_the_peak_of_memory_is_that_of_the_program_where_it_can_be_told(bench: Bench) -> None:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + 10**8  # more than is hidden
    peak = bench.run(python(f"x = bytearray({size}); print('acc=1')")).peak_memory_bytes
    assert peak is not None
    assert size < peak < size + 2 * 10**8
    assert bench.run("echo acc=1").peak_memory_bytes is None


def test_a_hundred_megabytes_of_output_are_read_to_the_end(bench: Bench) -> None:
    outcome = bench.run("yes 'step loss=0.5 lr=0.1' | head -c 100000000; echo; echo acc=0.25")
    assert outcome.metrics == {"acc": 0.25}
    assert len(outcome.printed) == 2**16


def test_a_script_and_a_compiled_program_are_commands_too(bench: Bench) -> None:
    script = bench.folder / "train.sh"
    script.write_text("#!/bin/sh\necho acc: $1\n")
    script.chmod(0o755)
    assert bench.run(("./train.sh", "0.5")).metrics == {"acc": 0.5}
    compiler = shutil.which("cc")
    assert compiler, "this test needs a C compiler, cc"
    (bench.folder / "train.c").write_text(
        "#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **words) {\n"
        '    srand(atoi(words[1]));\n    printf("acc = %g\\n", atoi(words[1]) / 4.0);\n}\n'
    )
    subprocess.run([compiler, "train.c", "-o", "train"], cwd=bench.folder, check=True)
    assert bench.run(("./train", "3")).metrics == {"acc": 0.75}


def test_a_file_in_the_folder_counts_only_where_the_run_wrote_it_alone(bench: Bench) -> None:
    bench.metrics = {"acc": MetricSource(file="m.csv")}
    (bench.folder / "m.csv").write_text("acc\n0.1\n")
    assert "it was there before this run" in (bench.run("true").reason or "")
    assert bench.run("printf 'acc\\n0.5\\n' > m.csv").metrics == {"acc": 0.5}
    asked = bench.asked("printf 'acc\\n0.5\\n' > m.csv")
    (outcome,) = Commands(2).run_all([asked], bench.outs)
    assert "runs at the same time share their folder: write it to {out}" in (outcome.reason or "")


def test_runs_share_the_slots_and_take_the_gpus_by_turns(bench: Bench) -> None:
    # each waits for the other of its pair: it needs two at a time
    line = (
        "touch here.{seed}; while ! test -e here.$(({seed} ^ 1)); do sleep 0.01; done;"
        " echo acc=$CUDA_VISIBLE_DEVICES"
    )
    runs = [bench.asked(line, seed=seed, limits=Limits(timeout_s=60)) for seed in range(4)]
    outcomes = list(Commands(2, gpus=("4", "6")).run_all(runs, bench.outs))
    values = {outcome.run.seed: outcome.metrics["acc"] for outcome in outcomes}
    assert {values[0], values[1]} == {values[2], values[3]} == {4.0, 6.0}
    assert len({outcome.out for outcome in outcomes}) == 4


def test_an_outcome_comes_when_its_run_ends_and_others_go_on_with_what_they_started(
    bench: Bench,
) -> None:
    # the daemon is left by the run that goes on, and must outlive the end of the other one; a zombie has no exe
    line = (
        "(setsid sh -c 'echo $$ > pid; mv pid daemon; sleep 3600' >/dev/null 2>&1 &);"
        " while ! test -e go; do sleep 0.01; done; readlink /proc/$(cat daemon)/exe && echo acc=2"
    )
    slow = bench.asked(line, limits=Limits(timeout_s=60))
    quick = "while ! test -e daemon; do sleep 0.01; done; echo acc=1"
    outcomes = Commands(2).run_all([slow, bench.asked(quick)], bench.outs)
    assert next(outcomes).metrics == {"acc": 1.0}
    (bench.folder / "go").touch()
    assert next(outcomes).metrics == {"acc": 2.0}
    assert next(outcomes, None) is None


def test_a_wish_to_stop_ends_what_runs_and_keeps_what_is_done(bench: Bench) -> None:
    forever = f"{DAEMON}; sleep {FOREVER}"
    runs = [bench.asked(line) for line in ("echo acc=1", forever, "echo acc=2")]
    done = list[CommandOutcome]()
    for outcome in Commands(2).run_all(runs, bench.outs, stopped=lambda: len(done) == 2):
        done.append(outcome)
    assert [outcome.metrics["acc"] for outcome in done] == [1.0, 2.0]


def test_an_iterator_that_is_closed_ends_what_runs(bench: Bench) -> None:
    runs = [bench.asked(f"{DAEMON}; sleep {FOREVER}"), bench.asked("echo acc=1")]
    outcomes = Commands(2).run_all(runs, bench.outs)
    next(outcomes)
    outcomes.close()
    assert isolation.strays([]) == []


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within 10 s")


def is_zombie(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


RUNNER = """
import sys
from pathlib import Path
from suite.execution.commands.executor import Commands
from suite.execution.commands.process import CommandRun
from suite.task.commands import Command, MetricSource

folder = Path(sys.argv[1])
command = Command(command="echo $$ > {out}/pid; mv {out}/pid pid; sleep 3600", shell=True)
run = CommandRun("a", 0, command, {"acc": MetricSource()}, folder)
list(Commands(1).run_all([run], folder))
"""


def test_a_command_ends_with_a_runner_that_is_killed(bench: Bench) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", RUNNER, bench.folder], env=environment) as runner:
        pid = bench.folder / "pid"
        wait_until(lambda: pid.exists() or runner.poll() is not None)
        runner.kill()
    command = int(pid.read_text())
    wait_until(lambda: not Path(f"/proc/{command}").exists() or is_zombie(command))
    # what the command started is found by its mark when the next runner starts
    isolation.sweep()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("no-such-program", "x"), "arm a: there is no program 'no-such-program' on the PATH"),
        (
            ("train.sh",),
            "arm a: there is no program 'train.sh' on the PATH: ./train.sh is the file",
        ),
        (("./no.sh",), "arm a: there is no program ./no.sh in "),
        (("./train.sh",), "arm a: ./train.sh may not be executed: chmod +x it, or put the program"),
    ],
)
def test_a_program_that_cannot_be_started_is_refused_before(
    bench: Bench, words: tuple[str, ...], message: str
) -> None:
    (bench.folder / "train.sh").write_text("echo acc=1")
    with pytest.raises(SuiteError) as refused:
        require_runnable(bench.asked(words))
    assert str(refused.value).startswith(message)
    require_runnable(bench.asked(("sh", "train.sh")))
    require_runnable(bench.asked("no-such-program | sort"))
