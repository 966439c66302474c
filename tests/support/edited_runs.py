"""Runs jobs with a copy of this package that was edited: a program that forks for each copy.

Its arguments are a file of pickled jobs and the folder of this package. Each line that it reads is a folder, with the copy `suite`
in it; each line that it writes is what the runs gave, as JSON, or null where there is no result.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any

LONGEST_S = 20  # of runs that take a second: an edit may make a loop endless
WITHOUT = (
    "key", "question", "environment", "recorded_at", "made_by", "run_time_s", "train_time_s",
    "first_epoch_s", "predict_time_s", "peak_memory_bytes",
)  # fmt: skip


def main() -> None:
    sys.path.insert(0, sys.argv[2])
    import torch

    import suite.execution.preload
    import suite.training.vectorized  # noqa: F401

    torch.set_num_threads(1)
    jobs = Path(sys.argv[1]).read_bytes()
    for line in sys.stdin:
        reading, writing = os.pipe()
        if not os.fork():
            signal.alarm(LONGEST_S)
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            try:
                text = json.dumps(_run(line.strip(), jobs))
            except BaseException:
                text = "null"
            os.write(writing, text.encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        os.wait()
        print(text or "null", flush=True)


def _run(folder: str, jobs: bytes) -> list[dict[str, Any]]:
    sys.path.insert(0, folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "suite"]:
        del sys.modules[name]
    from suite.execution.in_process import run_job
    from suite.plan.job import Job

    results: list[dict[str, Any]] = []
    for job in pickle.loads(jobs):  # noqa: S301 - of our own
        Job.changed_code = lambda _: []  # type: ignore[method-assign,assignment]
        assert isinstance(job, Job)
        results += [
            {
                name: value
                for name, value in result.model_dump(mode="json").items()
                if name not in WITHOUT
            }
            for result in run_job(job)
        ]
    return results


if __name__ == "__main__":
    main()
