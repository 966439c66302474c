"""`suite run --executor ray` as a user runs it, on several nodes of this machine: the same bits,
whatever happens to them.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite.result import Result
from suite.store.store import open_store
from tests.cluster.nodes import LOOK_S, SUITE, Nodes, started
from tests.support.bits import bits
from tests.support.commands import write_commands
from tests.support.tasks import DISC_TASK, REAL_TASKS, write_task

CHANGED_KEYS = r"^(epochs|batch_size|(?:train|test)_(?:pairs|digits|points)) = \d+"
SMALL = {"epochs": 2, "batch_size": 20}
SLOW_MODEL = """
import time
from suite.models.mlp import SigmoidMLP
def build(layers):
    time.sleep(0.4)
    return SigmoidMLP(layers)
"""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with started(tmp_path_factory.mktemp("r"), {"a": 2, "b": 1}) as nodes:
        yield nodes


def begin(
    folder: Path, *options: str, verb: str = "run", **variables: str
) -> subprocess.Popen[str]:
    """`suite run` in `folder`, or another verb."""
    command = [str(SUITE), verb, *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    settings = {"cwd": folder, "env": {**os.environ, **variables}, "text": True, **pipes}
    return subprocess.Popen(command, **settings)  # type: ignore[call-overload,no-any-return]


def run(folder: Path, *options: str, verb: str = "run", **variables: str) -> tuple[int, str]:
    """Its exit code, and all that it says."""
    process = begin(folder, *options, verb=verb, **variables)
    out, err = process.communicate(timeout=300)
    return process.returncode, err + out


def stored(path: Path) -> list[Result]:
    if not path.exists():
        return []
    with open_store(path) as store:
        return store.results()


def on(nodes: Nodes, store: str = "ray.sqlite") -> list[str]:
    return ["--executor", "ray", "--address", nodes.address, "--store", store]


def autograd(text: str) -> str:
    """Each seed a job of its own."""
    return text.replace('trainer = "manual"', 'trainer = "autograd"')


def shortened(text: str) -> str:
    """A real task with little to do."""
    return re.sub(
        CHANGED_KEYS, lambda found: f"{found[1]} = {SMALL.get(found[1], 100)}", text, flags=re.M
    )


def test_all_tasks_at_two_seeds_give_the_local_bits_on_nodes_with_nothing_but_packages(
    nodes: Nodes, tmp_path: Path
) -> None:
    for path in REAL_TASKS:
        write_task(tmp_path / "tasks", shortened(path.read_text()), path.stem)
    two_threads = autograd(DISC_TASK).replace("epochs = 4", "threads = 2\nepochs = 4")
    write_task(tmp_path / "tasks", two_threads, "two-threads")
    same = ("--seeds", "0-1", "--trainer", "autograd")
    assert run(tmp_path, *same, "--store", "local.sqlite")[0] == 0
    code, said = run(tmp_path, *same, *on(nodes))
    assert code == 0, said
    assert "on 2 nodes with 3 CPUs" in said
    here, there = (stored(tmp_path / name) for name in ("local.sqlite", "ray.sqlite"))
    assert len(here) == 28
    assert {one.status for one in here} == {"ok"}
    assert bits(there) == bits(here)
    for name in ("a", "b"):
        assert len(list(nodes.data(name).rglob("*-ubyte"))) == 4  # came from the driver, and stays
    code, said = run(tmp_path, *same, *on(nodes))
    assert "0 runs to do, 28 stored already" in said


def test_commands_run_on_nodes_that_have_their_files(nodes: Nodes, tmp_path: Path) -> None:
    write_commands(tmp_path)
    assert run(tmp_path, "--store", "local.sqlite")[0] == 0
    code, said = run(tmp_path, *on(nodes))
    assert code == 0, said
    here, there = (stored(tmp_path / name) for name in ("local.sqlite", "ray.sqlite"))
    assert len(here) == 16
    assert bits(there) == bits(here)
    code, said = run(tmp_path, *on(nodes))
    assert "0 runs to do, 16 stored already" in said


def test_what_was_run_here_is_verified_to_the_bit_there(nodes: Nodes, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks", autograd(DISC_TASK))
    assert run(tmp_path, "tiny", "--store", "local.sqlite")[0] == 0
    before = (tmp_path / "local.sqlite").read_bytes()
    code, said = run(tmp_path, "tiny", *on(nodes, "local.sqlite"), verb="verify")
    assert code == 0, said
    assert said.startswith("on 2 nodes with 3 CPUs\n")
    assert "9 runs verified: 9 WEIGHTS." in said
    assert (tmp_path / "local.sqlite").read_bytes() == before


@pytest.mark.slow
def test_workers_a_node_and_the_driver_die_and_every_run_has_one_record(
    nodes: Nodes, tmp_path: Path
) -> None:
    (tmp_path / "slowly.py").write_text(SLOW_MODEL)
    text = autograd(DISC_TASK).replace('model = "sigmoid-mlp"', 'model = "slowly:build"')
    write_task(tmp_path / "tasks", text)
    options = ("tiny", "--seeds", "0-19")
    drawn, kills, late_worked = random.Random(9), 0, False  # noqa: S311
    driver = begin(tmp_path, *options, *on(nodes), PYTHONPATH=str(tmp_path))
    deadline = time.monotonic() + 200
    while kills < 12 or driver.poll() is None:
        assert time.monotonic() < deadline, (
            f"{kills} kills, {len(stored(tmp_path / 'ray.sqlite'))} records"
        )
        assert kills == 12 or driver.poll() is None, driver.communicate()
        time.sleep(LOOK_S)
        if "late" in nodes.running:
            late_worked = late_worked or bool(nodes.workers_of("late"))
            nodes.start_again_if_it_gave_up("late")
        workers = nodes.workers()
        if kills == 12 or len(workers) < 2 or len(stored(tmp_path / "ray.sqlite")) < 3 * kills:
            continue
        os.kill(drawn.choice(workers), signal.SIGKILL)
        kills += 1
        if kills == 4:
            nodes.kill("b")
            nodes.add("late")
        if kills == 8:
            driver.kill()
            driver.communicate()
            driver = begin(tmp_path, *options, *on(nodes), PYTHONPATH=str(tmp_path))
    _, said = driver.communicate()
    assert driver.returncode == 0, said
    assert "a job was lost with its worker or node, and tried again" in said
    assert late_worked
    found = stored(tmp_path / "ray.sqlite")
    assert len(found) == 60
    assert len({one.key for one in found}) == 60
    assert (
        run(tmp_path, *options, "--store", "local.sqlite", "-j", "6", PYTHONPATH=str(tmp_path))[0]
        == 0
    )
    assert bits(found) == bits(stored(tmp_path / "local.sqlite"))


@pytest.mark.slow
def test_ctrl_c_ends_the_jobs_and_keeps_what_is_done(nodes: Nodes, tmp_path: Path) -> None:
    (tmp_path / "slowly.py").write_text(SLOW_MODEL)
    text = autograd(DISC_TASK).replace('model = "sigmoid-mlp"', 'model = "slowly:build"')
    write_task(tmp_path / "tasks", text)
    driver = begin(tmp_path, "tiny", "--seeds", "0-19", *on(nodes), PYTHONPATH=str(tmp_path))
    while len(stored(tmp_path / "ray.sqlite")) < 3:
        assert driver.poll() is None, driver.communicate()
        time.sleep(LOOK_S)
    driver.send_signal(signal.SIGINT)
    _, said = driver.communicate(timeout=60)
    assert driver.returncode == 130
    assert "interrupted; what was done is kept" in said
    kept = len(stored(tmp_path / "ray.sqlite"))
    assert 3 <= kept < 60
    assert len(re.findall(r"^\[\d+/60\]", said, flags=re.M)) == kept
    code, said = run(
        tmp_path, "tiny", "--seeds", "0-19", *on(nodes), "--dry-run", PYTHONPATH=str(tmp_path)
    )
    assert code == 0, said
    assert re.search(
        r"minutes on \d nodes with \d CPUs: 0\.0\d core hours; nothing was stored", said
    )
    assert len(stored(tmp_path / "ray.sqlite")) == kept


@pytest.mark.slow
def test_a_client_beyond_the_cluster_runs_on_it_too(nodes: Nodes, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks", autograd(DISC_TASK))
    same = ("tiny", "--seeds", "0")
    code, said = run(
        tmp_path, *same, "--executor", "ray", "--address", nodes.client, "--store", "ray.sqlite"
    )
    assert code == 0, said
    assert run(tmp_path, *same, "--store", "local.sqlite")[0] == 0
    assert bits(stored(tmp_path / "ray.sqlite")) == bits(stored(tmp_path / "local.sqlite"))


@pytest.mark.slow
def test_what_a_node_lacks_is_one_line_and_no_record(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hide = (
        "import sys\nclass Hide:\n    def find_spec(self, name, *_):\n        if name =="
        " 'tabulate': raise ModuleNotFoundError(name)\nsys.meta_path.insert(0, Hide())\n"
    )
    with started(tmp_path_factory.mktemp("r"), {}) as poor:  # a short path, for sockets
        (tmp_path / "hide").mkdir()
        (tmp_path / "hide" / "sitecustomize.py").write_text(hide)
        poor.add("d", PYTHONPATH=str(tmp_path / "hide"))
        poor.wait(1)
        (tmp_path / "theirs.py").write_text("import tabulate\n" + SLOW_MODEL)
        write_task(
            tmp_path / "tasks",
            autograd(DISC_TASK).replace('model = "sigmoid-mlp"', 'model = "theirs:build"'),
        )
        code, said = run(
            tmp_path, "tiny", *on(poor), "--trainer", "autograd", PYTHONPATH=str(tmp_path)
        )
        lines = said.strip().splitlines()
        assert (code, len(lines)) == (2, 3), said
        assert re.fullmatch(
            r"suite: tiny: arms\.\w+: node \S+ lacks tabulate; install there what is installed"
            r" where `suite run` runs",
            lines[-1],
        )
        spoilt = poor.data("d") / "MNIST" / "raw" / "t10k-labels-idx1-ubyte"
        spoilt.parent.mkdir(parents=True)
        spoilt.write_bytes(b"\0")
        (path,) = (one for one in REAL_TASKS if one.stem == "mlp-vs-cnn")
        write_task(tmp_path / "tasks", shortened(path.read_text()), "digits")
        code, said = run(tmp_path, "digits", *on(poor), "--trainer", "autograd")
        assert code == 2
        assert re.search(
            rf"suite: node \S+: {spoilt}: expected SHA-256 ff7b\w+, found \w+; remove this file\n$",
            said,
        )
        write_task(
            tmp_path / "tasks",
            autograd(DISC_TASK).replace("epochs = 4", "threads = 9\nepochs = 4"),
            "wide",
        )
        code, said = run(tmp_path, "wide", *on(poor), "--trainer", "autograd")
        assert code == 2
        wanted = "expected a node with 9 CPUs, 0.0 GiB of memory and 0 GPUs, the cluster has none"
        assert said.endswith(f"suite: wide: arms.short: {wanted}\n")
        assert not stored(tmp_path / "ray.sqlite")
