"""Environments: which fields there are, what moves an id, and that a run has the kernel variables
that its id names.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from suite.execution.births import inheriting
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.processes import Processes
from suite.plan.plan import make_plan
from suite.provenance.environment import (
    KERNEL_VARIABLES,
    PORTABLE,
    describe,
    environment_id,
    kernel_variables,
)
from suite.task.schema import Task
from tests.support.tasks import DISC_TASK, ROOT, load_text

NO_VARIABLES = {name: value for name, value in os.environ.items() if name not in KERNEL_VARIABLES}


@pytest.fixture
def portable() -> Task:
    return load_text(DISC_TASK.replace("batch_size = 7", 'batch_size = 7\nnumerics = "portable"'))


@pytest.mark.parametrize(
    ("variables", "moves"),
    [
        ({}, False),
        ({"HOME": "/nowhere", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}, False),
        ({"ATEN_CPU_CAPABILITY": "avx2"}, True),
        ({"MKL_CBWR": "COMPATIBLE"}, True),
        ({"OPENBLAS_CORETYPE": "Haswell"}, True),
        ({"NPY_DISABLE_CPU_FEATURES": "AVX512F"}, True),
        ({"PYTORCH_JIT": "0"}, True),
        ({"PYTHONOPTIMIZE": "1"}, True),
        ({"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3", "MKL_NUM_THREADS": "3"}, False),
    ],
)
def test_an_id_moves_with_what_decides_bits_and_with_nothing_else(
    variables: dict[str, str], moves: bool
) -> None:
    probe = (
        "from suite.provenance.environment import describe, environment_id;"
        " print(environment_id(describe('cpu')))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", probe],
            cwd=ROOT,
            env=NO_VARIABLES | more,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for more in ({}, variables)
    ]
    assert (found[0] != found[1]) == moves


def test_portable_numerics_have_an_id_of_their_own_that_no_variable_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    native, before = describe("cpu"), describe("cpu", "portable")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    monkeypatch.setenv("MKL_ENABLE_INSTRUCTIONS", "AVX2")
    assert describe("cpu", "portable") == before == native | PORTABLE
    assert environment_id(before) != environment_id(native)
    assert kernel_variables("native").items() >= {
        ("ATEN_CPU_CAPABILITY", "avx2"),
        ("MKL_ENABLE_INSTRUCTIONS", "AVX2"),
    }


def test_processes_of_jobs_have_one_order_of_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    with inheriting():
        assert os.environ["PYTHONHASHSEED"] == "0"
    assert os.environ["PYTHONHASHSEED"] == "7"


@pytest.mark.slow
def test_portable_runs_have_the_same_bits_whatever_caps_are_set_outside(
    portable: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = next(
        job for job in make_plan(portable, device="cpu", seeds=[0]).jobs if job.arm == "control"
    )
    (free,) = run_jobs(Processes(1), [job])
    for name, value in (("ATEN_CPU_CAPABILITY", "avx2"), ("MKL_ENABLE_INSTRUCTIONS", "SSE4_2")):
        monkeypatch.setenv(name, value)
    (capped,) = run_jobs(Processes(1), [job])
    assert (free.status, free.reason, free.hashes, free.history) == (
        "ok",
        None,
        capped.hashes,
        capped.history,
    )
    assert os.environ["ATEN_CPU_CAPABILITY"] == "avx2"  # put back
    assert "MKL_CBWR" not in os.environ


def test_a_process_that_has_loaded_torch_otherwise_refuses_portable_numerics(
    portable: Task,
) -> None:
    first, *_ = run_jobs(InProcess(), make_plan(portable, device="cpu", seeds=[0]).jobs)
    assert first.status == "failed"
    assert (
        first.reason
        == "SuiteError: numerics portable: expected ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE"
        " ONEDNN_MAX_CPU_ISA=SSE41 and no other of its kind, set before torch is loaded"
    )
