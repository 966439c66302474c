"""Outcomes -> results. No torch: the process that only collects results needs none."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from suite.plan.job import Job
from suite.provenance.environment import made_by
from suite.result import Fault, Outcome, Result

MAX_REASON = 2000  # characters
MAX_PRINTED = 1000
HOW_TO_KNOW = 'a loop gives "parameters", or say optional = true'


def failed(
    job: Job,
    seed: int,
    reason: str,
    fault: Fault = "arm",
    unforeseen: Mapping[str, str] | None = None,
    traceback: str = "",
) -> Result:
    """The record of a run that gave no outcome."""
    text = without_folders(reason)[:MAX_REASON]
    outcome = Outcome(seed=seed, status="failed", reason=text, fault=fault, traceback=traceback)
    return as_result(job, outcome, unforeseen=unforeseen)


def with_output(result: Result, printed: str) -> Result:
    """A failed result with the last lines that its arm printed; any other as it is."""
    if result.status != "failed" or not printed.strip():
        return result
    crash = printed.rfind("Fatal Python error")  # faulthandler's: the first lines say most
    last = printed[crash:][:MAX_PRINTED] if crash >= 0 else printed.strip()[-MAX_PRINTED:]
    reason = f"{result.reason}; printed last: {without_folders(last).strip()}"
    return result.model_copy(update={"reason": reason})


def without_folders(reason: str) -> str:
    """The text with absolute paths cut to their last part: records are shared, folders are private.

    What a terminal would obey is replaced.
    """
    shown = "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in reason
    )
    return re.sub(r"(?<![\w.])(?:/[^\s/:'\"]+)+/(?=[^\s/:'\"])", "", shown)


def diverged_unless_finite(outcome: Outcome) -> Outcome:
    """The outcome; diverged where a metric is no finite number: no mean may hold it."""
    strange = {name: value for name, value in outcome.metrics.items() if not math.isfinite(value)}
    if not strange:
        return outcome
    reason = f"not finite: {', '.join(f'{name} {value}' for name, value in strange.items())}"
    changes = {"status": "diverged", "reason": outcome.reason or reason, "metrics": {}}
    return outcome.model_copy(update=changes)


def _with_costs(job: Job, outcome: Outcome, known: Mapping[str, Any]) -> Outcome:
    """The outcome with the metrics that are costs; failed where a required one is not known.

    `known`: the fields of the record.
    """
    if outcome.status != "ok":
        return outcome
    metrics = dict(outcome.metrics)
    for key, metric in job.measures.items():
        if metric.cost is None:
            continue
        value = known[metric.cost]
        if value is not None:
            metrics[key] = float(value)
        elif not metric.optional:
            reason = f"metrics.{key}: expected {metric.cost} of every arm, got none; {HOW_TO_KNOW}"
            failure = {"status": "failed", "fault": "arm", "reason": reason, "metrics": {}}
            return outcome.model_copy(update=failure)
    return outcome.model_copy(update={"metrics": metrics})


def as_result(
    job: Job,
    outcome: Outcome,
    *,
    run_time_s: float | None = None,
    peak_memory_bytes: int | None = None,
    unforeseen: Mapping[str, str] | None = None,
) -> Result:
    """The outcome with the question that it answers, and the files that this does not hold."""
    costs = {"run_time_s": run_time_s, "peak_memory_bytes": peak_memory_bytes}
    outcome = diverged_unless_finite(_with_costs(job, outcome, {**vars(outcome), **costs}))
    return Result(
        **dict(outcome),
        task=job.task,
        arm=job.arm,
        block=job.block,
        device=job.device,
        trainer=job.settings.trainer,
        key=job.key(outcome.seed),
        question=job.question,
        environment=job.environment,
        run_time_s=run_time_s,
        peak_memory_bytes=peak_memory_bytes,
        recorded_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        made_by=made_by(),
        unforeseen=dict(unforeseen or {}),
        measured_costs=tuple(
            key
            for key, metric in job.measures.items()
            if metric.is_measured_cost and key in outcome.metrics
        ),
    )
