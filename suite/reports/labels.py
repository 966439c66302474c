"""What tables and figures call things."""

from __future__ import annotations

from suite.task.components import Metric


def label(name: str, metric: Metric | None) -> str:
    """A metric's name as prose, with its unit."""
    return name.replace("_", " ") + (", %" if metric is not None and metric.unit == "ratio" else "")
