"""What importing a package does stays with the arms that name it; and arms may start processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from suite.execution import isolation
from suite.execution.executor import run_jobs
from suite.execution.processes import Processes
from suite.plan.plan import make_plan
from suite.provenance import installed
from suite.result import Result
from suite.task.catalogue import make_importable
from suite.task.loading import load_task
from tests.support.starting import STARTING
from tests.support.tasks import DISC_TASK, write_task

pytestmark = pytest.mark.slow  # a server imports torch, which takes seconds

PACKAGE = """
import sys
import torch
{effect}
def build(layers):
    from suite.models.mlp import SigmoidMLP
    return SigmoidMLP(layers)
"""
WITNESS = """
import sys
import torch
def build(layers):
    from suite.models.mlp import SigmoidMLP
    strangers = [name for name in sys.modules if name.startswith("package_that_")]
    if strangers or not torch.backends.mkldnn.enabled:
        raise RuntimeError(f"met {strangers}, oneDNN {torch.backends.mkldnn.enabled}")
    return SigmoidMLP(layers)
"""


def arm(name: str, module: str) -> str:
    return f'\n[arms.{name}]\nmodel = "{module}:build"\narguments = {{ layers = [2, 9, 5, 2] }}\n'


def run_arms(folder: Path, modules: dict[str, str]) -> dict[str, Result]:
    """The result of each of these arms, one after the other, by the arm's name."""
    text = DISC_TASK + "".join(arm(name, module) for name, module in modules.items())
    plan = make_plan(load_task(write_task(folder, text)), device="cpu", seeds=[0])
    jobs = [job for job in plan.jobs if job.arm in modules]
    return {result.arm: result for result in run_jobs(Processes(1), jobs)}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(installed, "INSTALLED", (*installed.INSTALLED, folder))
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


def write_package(site: Path, name: str, effect: str) -> str:
    (site / f"{name}.py").write_text(PACKAGE.format(effect=effect))
    return name


def write_witness(tmp_path: Path) -> str:
    """A module of the user's whose models fail where a package of another arm is imported."""
    (tmp_path / "witness.py").write_text(WITNESS)
    make_importable([tmp_path])
    return "witness"


def test_a_package_that_changes_torch_at_import_fails_its_own_arm_by_name(
    site: Path, tmp_path: Path
) -> None:
    odd = write_package(site, "package_that_is_odd", "torch.backends.mkldnn.enabled = False")
    found = run_arms(tmp_path, {"odd": odd, "good": write_witness(tmp_path)})
    assert (found["good"].status, found["good"].reason) == ("ok", None)
    assert (found["odd"].status, found["odd"].fault) == ("failed", "arm")
    assert found["odd"].reason == (
        "ChangedStateError: before the run, torch.backends.mkldnn.enabled: expected True, got"
        " False; importing package_that_is_odd changed it: change it in the function that is"
        " called, not when its module is imported"
    )


@pytest.mark.parametrize(
    ("name", "effect", "reason"),
    [
        ("package_that_leaves", "import os; os._exit(3)", "exit status 3"),
        ("package_that_exits", "sys.exit(4)", "exit status 4"),
        ("package_that_raises", "raise ValueError('not today')", "not today"),
    ],
)
def test_a_package_that_ends_its_server_costs_its_own_arm_alone(
    site: Path, tmp_path: Path, name: str, effect: str, reason: str
) -> None:
    bad = write_package(site, name, effect)
    found = run_arms(tmp_path, {"bad": bad, "good": write_witness(tmp_path)})
    assert (found["good"].status, found["good"].reason) == ("ok", None)
    assert (found["bad"].status, reason in (found["bad"].reason or "")) == ("failed", True)


def test_a_module_beside_the_task_that_changes_torch_at_import_fails_by_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "module_in_doubles.py").write_text(
        PACKAGE.format(effect="torch.set_default_dtype(torch.float64)")
    )
    make_importable([tmp_path])
    found = run_arms(tmp_path, {"doubles": "module_in_doubles"})
    assert "torch.get_default_dtype(): expected torch.float32, got torch.float64" in (
        found["doubles"].reason or ""
    )


def test_a_server_that_was_killed_is_started_anew(tmp_path: Path) -> None:
    modules = {"good": write_witness(tmp_path)}
    before = run_arms(tmp_path, modules)["good"]
    isolation.end_servers()
    after = run_arms(tmp_path, modules)["good"]
    assert (before.status, after.status) == ("ok", "ok")
    assert before.hashes == after.hashes


def test_hashes_of_words_are_the_same_in_every_run(tmp_path: Path) -> None:
    (tmp_path / "module_that_hashes.py").write_text(
        PACKAGE.format(effect="").replace(
            "def build(layers):", "def build(layers):\n    raise ValueError(hash('word'))", 1
        )
    )
    make_importable([tmp_path])
    first = run_arms(tmp_path, {"hash": "module_that_hashes"})["hash"].reason
    isolation.end_servers()
    assert run_arms(tmp_path, {"hash": "module_that_hashes"})["hash"].reason == first


def test_arms_may_start_processes_and_none_is_left(tmp_path: Path) -> None:
    text = DISC_TASK.replace("epochs = 4", "epochs = 4\ntimeout_s = 120.0", 1)
    for name in STARTING:
        text += arm(name.replace("_", "-"), "tests.support.starting").replace(":build", f":{name}")
    plan = make_plan(load_task(write_task(tmp_path, text)), device="cpu", seeds=[0])
    jobs = [job for job in plan.jobs if job.arm.replace("-", "_") in STARTING]
    found = {result.arm: result.reason for result in run_jobs(Processes(2), jobs)}
    assert found == {name.replace("_", "-"): None for name in STARTING}
    assert isolation.strays([]) == []


def test_a_job_that_gets_a_signal_for_its_whole_group_goes_on(tmp_path: Path) -> None:
    (tmp_path / "module_that_signals.py").write_text(
        PACKAGE.format(effect="import os, signal").replace(
            "def build(layers):",
            "def build(layers):\n    os.killpg(0, signal.SIGTERM); os.kill(os.getpid(), signal.SIGINT)",
            1,
        )
    )
    make_importable([tmp_path])
    found = run_arms(tmp_path, {"signal": "module_that_signals"})["signal"]
    assert (found.status, found.reason) == ("ok", None)
