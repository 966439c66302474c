"""The answers to reported statements as JSON values."""

from __future__ import annotations

from typing import Any

from suite.analysis.adjudications import (
    Adjudication,
    ClaimedCount,
    ClaimedLevel,
    ClaimedOrder,
    ClaimedTarget,
)
from suite.reports.numbers import finite_bounds
from suite.stats import Prediction, Summary


def claim_record(adjudication: Adjudication) -> dict[str, Any]:
    """What was said of one statement, ready for JSON; what is missing is null."""
    subject = {"metric": adjudication.claim.metric, "arms": list(adjudication.arms)}
    if isinstance(adjudication, ClaimedOrder):
        return {"statement": "order", **subject, **_order(adjudication)}
    if isinstance(adjudication, ClaimedTarget):
        return {
            "statement": "target",
            **subject,
            "target": adjudication.target,
            "answer": str(adjudication.word),
            "mean": _mean(adjudication.measured),
            "interval": finite_bounds(adjudication.interval),
        }
    kind = "count" if isinstance(adjudication, ClaimedCount) else "level"
    level = (
        {
            **_prediction(adjudication.prediction),
            "evidence": finite_bounds(adjudication.evidence),
        }
        if isinstance(adjudication, ClaimedLevel)
        else {}
    )
    return {
        "statement": kind,
        **subject,
        "reported": adjudication.reported,
        kind: str(adjudication.word),
        "mean": _mean(adjudication.measured),
        **level,
    }


def _order(order: ClaimedOrder) -> dict[str, Any]:
    size, evidence = order.size, order.evidence
    return {
        "direction": str(order.direction),
        "size": None if size is None else str(size.word),
        "equals_mean": None if size is None else size.equals_mean,
        "reported_gap": order.reported_gap,
        "mean_gap": order.gap,
        "interval": finite_bounds(order.interval),
        **_prediction(size.prediction if size else None),
        "evidence": finite_bounds(evidence.interval if evidence else None),
        "evidence_p": evidence.p if evidence else None,
    }


def _mean(measured: Summary | None) -> float | None:
    return None if measured is None else measured.mean


def _prediction(prediction: Prediction | None) -> dict[str, Any]:
    return {
        "prediction": finite_bounds(prediction.interval if prediction else None),
        "percentile": prediction.percentile if prediction else None,
    }
