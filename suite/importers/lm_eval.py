"""Sample logs of EleutherAI's lm-evaluation-harness: samples_TASK_DATE.jsonl.

`lm_eval --log_samples` writes them. A line is a document under a filter, with a number for every
metric. Its fields are those of lm_eval.result_schema.SampleResult (0.4.13); logs of versions before
0.4.2 name no filter and no metrics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.importers.measured import (
    MeasuredArm,
    add_value,
    choose_metric,
    read_item,
    read_number,
)

NO_METRIC = (
    "doc_id",
    "doc",
    "target",
    "arguments",
    "resps",
    "filtered_resps",
    "filter",
    "metrics",
    "schema_version",
)


def is_harness_log(row: Mapping[str, Any]) -> bool:
    """Whether a line is one of such a log."""
    return {"doc_id", "doc", "filtered_resps"} <= row.keys()


def arms_of_harness_log(
    path: Path, rows: Sequence[Mapping[str, Any]], metric: str | None
) -> dict[str, MeasuredArm]:
    """The documents' values under every filter, an arm each; a single filter's has the file's name.

    Documents pair by index and hash, so that two versions of a data set do not pair by mistake.
    """
    names = rows[0].get("metrics") or [
        name
        for name, value in rows[0].items()
        if name not in NO_METRIC and isinstance(value, int | float)
    ]
    metric = choose_metric(metric, names, str(path))
    arms: dict[str, dict[str, float]] = {}
    for count, row in enumerate(rows, start=1):
        location, arm = f"{path}: row {count}", str(row.get("filter") or "none")
        document = read_item(row.get("doc_id"), f"{location}: doc_id")
        item = f"{document} {row.get('doc_hash') or ''}".strip()
        value = read_number(row.get(metric), f"{location}: {metric}")
        twice = f"{location}: doc_id {document} under filter {arm}"
        add_value(arms.setdefault(arm, {}), item, value, twice)
    if len(arms) == 1:
        (values,) = arms.values()
        arms = {path.stem: values}
    return {name: MeasuredArm(name, metric, values, unit="item") for name, values in arms.items()}
