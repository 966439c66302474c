"""Loops of the user's are scored in a process that they never entered and that alone has labels."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
import torch

from suite.execution import isolation
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.link import receive, send
from suite.execution.processes import Processes
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.result import Result
from tests.support.own_code import load_own
from tests.support.tasks import LOOP_TASK

pytestmark = pytest.mark.slow  # a server imports torch, which takes seconds

HONEST = """
import numpy as np

def train(arm, data, seed, device):
{cheat}
    def predict(inputs):
        scores = np.zeros((len(inputs), 10))
        scores[:, 0] = 1 + seed % 7
        return scores
    return {{"predict": predict, "weights": {{"drawn": np.random.rand(3)}}}}
"""
CHEATS = {
    "patching": """
    import suite.training.metrics as metrics, suite.training.custom as custom
    from suite.training import named_metrics
    for name in list(metrics.METRICS):
        metrics.METRICS[name] = lambda outputs, targets: 1.0
    metrics.accuracy = named_metrics._metric = custom.score = lambda *_: 1.0
""",
    "walking": """
    import gc, sys, torch
    frame, seen = sys._getframe(), []
    while frame is not None:
        seen += list(frame.f_locals.values())
        frame = frame.f_back
    for value in [*seen, *gc.get_objects()]:
        try:
            if type(value).__name__ in ("Dataset", "Replicate"):
                raise RuntimeError(f"found {type(value).__name__}")
            if isinstance(value, torch.Tensor) and value.shape == (60,):
                raise RuntimeError("found labels")
        except ReferenceError:
            pass
""",
}
ENDINGS = {
    "exiting": ("import sys; sys.exit(0)", "the process ended with exit status 0 before"),
    "leaving": ("import os; os._exit(0)", "the process ended with exit status 0 before"),
    "failing": ("raise ValueError('no more')", "ValueError: no more"),
    "killed": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "the process ended by signal SIGKILL before",
    ),
    "killing_who_scores": (
        "import os, signal, time\n    for name in os.listdir('/proc'):\n        try:\n"
        "            if os.path.samefile(f'/proc/{name}/cwd', '.') and name != str(os.getpid()):\n"
        "                os.kill(int(name), signal.SIGKILL)\n"
        "        except (OSError, ValueError):\n            pass",
        "the process that scores",  # who sees first that it ended says so
    ),
    "forking": (
        "import os\n    if os.fork(): os._exit(0)",
        "the process ended with exit status 0 before",
    ),
}


def jobs_of(folder: Path, name: str, cheat: str) -> list[Job]:
    """The jobs of arm one, whose loop does that first."""
    (folder / f"{name}.py").write_text(HONEST.format(cheat=cheat))
    task = load_own(folder, LOOP_TASK.replace("own_loop", name))
    return [job for job in make_plan(task, device="cpu").jobs if job.arm == "one"]


def what_counts(results: list[Result]) -> list[object]:
    return [(one.seed, one.status, one.metrics, one.hashes, one.history) for one in results]


@pytest.mark.parametrize("name", CHEATS)
def test_a_loop_that_reaches_for_the_score_gets_the_honest_number(
    tmp_path: Path, name: str
) -> None:
    honest = list(run_jobs(InProcess(), jobs_of(tmp_path, f"loop_honest_{name}", "")))
    cheating = list(run_jobs(Processes(1), jobs_of(tmp_path, f"loop_{name}", CHEATS[name])))
    assert [one.reason for one in cheating] == [None, None]
    assert what_counts(cheating) == what_counts(honest)
    assert all(0 < one.metrics["accuracy"] < 0.3 for one in honest)
    assert isolation.strays([]) == []


@pytest.mark.parametrize("name", ENDINGS)
def test_a_loop_that_ends_its_process_is_a_failed_run_that_says_so(
    tmp_path: Path, name: str
) -> None:
    code, reason = ENDINGS[name]
    found = list(run_jobs(Processes(2), jobs_of(tmp_path, f"loop_{name}", f"    {code}")))
    assert [one.status for one in found] == ["failed"] * 2
    assert all(reason in (one.reason or "") for one in found), found[0].reason
    assert isolation.strays([]) == []


def test_labels_are_not_sent_with_what_they_share_memory_with() -> None:
    here, there = multiprocessing.Pipe()
    whole = torch.arange(1000)
    send(here, {"part": whole[:10]})
    there.recv_bytes()
    assert len(there.recv_bytes()) == 80


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6).reshape(2, 3).T,
        torch.tensor(1.5, dtype=torch.float64),
        torch.zeros(0, 4),
        torch.tensor([True, False]),
        torch.tensor([1.25, float("nan")], dtype=torch.bfloat16),
    ],
)
def test_a_message_arrives_as_it_was_sent(tensor: torch.Tensor) -> None:
    here, there = multiprocessing.Pipe()
    send(here, {"a": {"tensor": tensor, 3: [1, None, "x", 0.1, float("inf")]}})
    message = receive(there)["a"]
    assert message[3] == (1, None, "x", 0.1, float("inf"))
    assert message["tensor"].dtype == tensor.dtype
    assert torch.equal(message["tensor"].nan_to_num(), tensor.nan_to_num())


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{}", b'{"pairs": 3}', b'{"tensor": ["object", []]}', b"\x80\x04."]
)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    here, there = multiprocessing.Pipe()
    here.send_bytes(content)
    here.send_bytes(b"1234")
    with pytest.raises(ValueError, match="."):
        receive(there)
