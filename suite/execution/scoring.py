"""A job of a loop of the user's in two processes: one learns, the other has the labels and scores.

The one that scores never runs the loop, nor imports its module, unless the task's data or metrics
are functions of the same module. What passes between them is read without running code.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any

import torch

from suite.data.dataset import Split
from suite.execution.files_read import FilesNoted, note_files, unforeseen_files
from suite.execution.in_process import (
    NoDeviceError,
    fault_of,
    import_users,
    peak_memory_bytes,
    require_planned,
)
from suite.execution.link import LinkClosedError, receive, send
from suite.execution.outcomes import as_result, failed
from suite.execution.torch_state import require_beginning
from suite.execution.tracebacks import users_traceback, with_place
from suite.plan.job import Job
from suite.provenance.environment import require_numerics
from suite.provenance.references import load
from suite.result import Result
from suite.training.custom import Learned, Lesson, learn, lesson_of, make_scoring, score
from suite.training.job_recipe import make_replicate
from suite.training.numerics import fix_numerics

NOBODY_SCORES = "the process that scores what this one predicts has ended"


def learn_job(job: Job, link: Connection, project: str) -> None:
    """In the arm's process: sends what the loop gives under each seed, or why it gives nothing.

    `project`: the folder of the user's files; what the loop reads in it is noted.
    """
    own_pid, noted = os.getpid(), note_files(project)
    try:
        require_beginning(import_users(job))
        _prepare(job)
        device = torch.device(job.device)
        if device.type == "cuda" and not torch.cuda.is_available():
            raise NoDeviceError("device: expected a CUDA device, found none")
        recipe = load(job.references.recipe)(job)
        require_planned(job)
        for _ in job.seeds:
            given = receive(link)
            lesson = Lesson(**given | {"train": Split(**given["train"])})
            learned = learn(recipe, lesson, device)
            if os.getpid() != own_pid:
                os._exit(1)  # a copy that the arm made of this process: it is not the run
            peak = peak_memory_bytes()
            read = unforeseen_files(job, noted)
            answer = {"learned": vars(learned), "peak_memory_bytes": peak, "unforeseen": read}
            send(link, answer)
    except LinkClosedError:
        raise SystemExit(NOBODY_SCORES) from None
    except Exception as error:
        cause = error.__cause__ or error
        answer = {
            "reason": with_place(f"{type(cause).__name__}: {cause}", cause),
            "fault": fault_of(cause),
            "unforeseen": unforeseen_files(job, noted),
            "traceback": users_traceback(error),
        }
        send(link, answer)


def score_job(job: Job, link: Connection, project: str) -> Iterator[Result]:
    """In the process that scores: the results of the job, until the other process ends.

    `project`: as in `learn_job`.
    """
    seeds_to_do, noted = list(job.seeds), note_files(project)
    try:
        require_beginning(())
        _prepare(job)
        scoring = make_scoring(job)
        while seeds_to_do:
            start, seed = time.perf_counter(), seeds_to_do[0]
            replicate = make_replicate(job, seed)
            lesson = lesson_of(replicate)
            send(link, {**vars(lesson), "train": vars(lesson.train)})
            answer = receive(link)
            if "reason" in answer:
                break
            outcome = score(scoring, replicate, Learned(**answer["learned"]))
            peak = int(answer["peak_memory_bytes"])
            seeds_to_do.remove(seed)
            run_time_s = time.perf_counter() - start
            yield as_result(
                job,
                outcome,
                run_time_s=run_time_s,
                peak_memory_bytes=peak,
                unforeseen=_read_by_both(job, noted, answer),
            )
        for seed in seeds_to_do:
            read, shown = _read_by_both(job, noted, answer), str(answer["traceback"])
            yield failed(job, seed, str(answer["reason"]), answer["fault"], read, shown)
    except LinkClosedError:
        return  # who runs the two sees how the other one ended
    except Exception as error:
        cause = error.__cause__ or error
        for seed in seeds_to_do:
            reason = with_place(f"{type(cause).__name__}: {cause}", cause)
            read, shown = unforeseen_files(job, noted), users_traceback(error)
            yield failed(job, seed, reason, fault_of(cause), read, shown)


def _read_by_both(job: Job, noted: FilesNoted, answer: Mapping[str, Any]) -> dict[str, str]:
    """The unforeseen files that either process read, with their digests."""
    theirs = {str(name): str(digest) for name, digest in answer["unforeseen"].items()}
    return theirs | unforeseen_files(job, noted)


def _prepare(job: Job) -> None:
    require_numerics(job.settings.numerics)
    fix_numerics(job.settings.threads)
