"""Sample logs of EleutherAI's lm-evaluation-harness: samples_TASK_DATE.jsonl, as `lm_eval
--log_samples` writes them.

A line is a document under a filter, with a number for every metric. Its fields are those of
lm_eval.result_schema.SampleResult (0.4.13); logs of versions before 0.4.2 name no filter and no
metrics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.importers.measured import Observed, add, chosen_metric, number, pairing_text

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
) -> dict[str, Observed]:
    """The documents' values under every filter, an arm each; a single filter's has the file's name.

    Documents pair by index and hash, so that two versions of a data set do not pair by mistake.
    """
    names = rows[0].get("metrics") or [
        name
        for name, value in rows[0].items()
        if name not in NO_METRIC and isinstance(value, int | float)
    ]
    wanted = chosen_metric(metric, names, str(path))
    found: dict[str, dict[str, float]] = {}
    for count, row in enumerate(rows, start=1):
        place, arm = f"{path}: row {count}", str(row.get("filter") or "none")
        document = pairing_text(row.get("doc_id"), f"{place}: doc_id")
        key = f"{document} {row.get('doc_hash') or ''}".strip()
        value = number(row.get(wanted), f"{place}: {wanted}")
        add(found.setdefault(arm, {}), key, value, f"{place}: doc_id {document} under filter {arm}")
    return {
        name: Observed(name, wanted, values)
        for arm, values in found.items()
        for name in [arm if len(found) > 1 else path.stem]
    }
