"""Outcomes -> results. No torch: the process that only collects results needs none."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from suite.environment import made_by
from suite.plan import Job
from suite.result import Outcome, Result


def failed(job: Job, seed: int, reason: str) -> Result:
    """The record of a run that gave no outcome."""
    return as_result(job, Outcome(seed=seed, status="failed", reason=without_folders(reason)[:2000]))


def without_folders(reason: str) -> str:
    """The text with absolute paths cut to their last part: records are shared, folders are private."""
    return re.sub(r"(?<![\w.])(?:/[^\s/:'\"]+)+/(?=[^\s/:'\"])", "", reason)


def as_result(job: Job, outcome: Outcome, *, run_time_s: float | None = None) -> Result:
    """The outcome with the question that it answers."""
    return Result(
        **dict(outcome),
        task=job.task,
        arm=job.arm,
        device=job.device,
        trainer=job.settings.trainer,
        key=job.key(outcome.seed),
        question=job.question,
        environment=job.environment,
        run_time_s=run_time_s,
        recorded_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        made_by=made_by(),
    )
