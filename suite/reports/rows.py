"""Ids of the rows of a report. An id stands for what the row says and for the runs behind it: other
runs, another id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from suite.analysis.claims import Adjudication
from suite.analysis.study import Study
from suite.analysis.summary import Findings

DIGITS = 7


def row_id(study: Study, arms: Iterable[str], *what: str) -> str:
    """The id of the row that says `what` of `arms`: 7 hexadecimal digits."""
    arms = list(arms)
    runs = sorted(run.key for arm in arms for run in study.results[arm])
    name = [study.task.name, study.device, study.environment, arms, what, runs]
    return hashlib.sha256(json.dumps(name).encode()).hexdigest()[:DIGITS]


def claim_row(study: Study, one: Adjudication) -> str:
    """The id of the rows on what was claimed of an arm, or of an ordered pair."""
    return row_id(
        study,
        claimed_arms(one),
        "claim",
        json.dumps(one.claim.model_dump(mode="json"), sort_keys=True),
    )


def claimed_arms(one: Adjudication) -> tuple[str, ...]:
    """The arms that a claim is on."""
    return (one.better, one.worse) if one.better and one.worse else (one.values[0].arm,)


def arms_behind(findings: Findings) -> dict[str, tuple[str, ...]]:
    """For the id of every row that a report can have on a study: the arms whose runs are behind it."""
    study = findings.study
    task, found = study.task, dict[str, tuple[str, ...]]()
    for metric in task.metrics:
        found |= {row_id(study, [arm], metric): (arm,) for arm in task.arms}
        found |= {row_id(study, pair, metric): pair for pair in task.pairs()}
    found |= {row_id(study, [arm], "time"): (arm,) for arm in task.arms}
    found |= {row_id(study, pair, "time"): pair for pair in task.pairs()}
    for effect in findings.effects:
        found[row_id(study, task.arms, "effect", effect.name)] = tuple(task.arms)
    for one in findings.adjudications:
        found[claim_row(study, one)] = claimed_arms(one)
    return found
