"""The metrics of lm-evaluation-harness: which have a number for every document, and what is better.

Directions are those of its registry (lm_eval.api.metrics, 0.4.13) and of metrics that its tasks
define widely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.measured import HIGHER, choose_metric
from suite.task.components import Metric

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
    "bypass",  # a placeholder, 999 for every document (--predict_only)
)
HIGHER_METRICS = (
    "acc",
    "acc_all",
    "acc_bytes",
    "acc_mutual_info",
    "acc_norm",
    "bleu",
    "chrf",
    "chrf++",
    "em",
    "exact_match",
    "f1",
    "likelihood",
    "mcc",
    "pass@1",
    "rouge1",
    "rouge2",
    "rougeL",
    "rougeLsum",
)
LOWER_METRICS = ("bits_per_byte", "brier_score", "byte_perplexity", "ter", "word_perplexity")
LOWER = Metric(direction="lower", unit="none")


def choose_harness_metric(path: Path, row: Mapping[str, Any], metric: str | None) -> str:
    """`metric`, else the first that has a number for every document. Raises SuiteError.

    Some (bleu, f1, word_perplexity) have a list for every document, from which the harness makes
    one number for all: no comparison of documents can use these.
    """
    named = [name for name in row.get("metrics") or row if name not in NO_METRIC]
    numbers = [name for name in named if isinstance(row.get(name), int | float)]
    lists = [name for name in named if isinstance(row.get(name), list | dict)]
    unusable = metric if metric in lists else (lists or [None])[0] if not numbers else None
    if unusable is not None:
        raise SuiteError(
            f"{path}: {unusable}: expected a number for every document, got"
            f" {type(row[unusable]).__name__}s: the harness makes a number only for all of them;"
            f" metrics with numbers: {', '.join(numbers) or 'none'}"
        )
    return choose_metric(metric, numbers, str(path))


def name_and_rule(metric: str, values: Sequence[float]) -> tuple[str, Metric | None]:
    """What the values are of, and what is better; None where nothing says it.

    For `perplexity` the harness writes the log-likelihood of every document, of whose mean
    perplexity is exp(-mean): more is better (lm_eval.api.task, process_results).
    """
    if metric == "perplexity":
        if max(values) <= 0:
            return "log-likelihood (perplexity)", HIGHER
        return metric, LOWER
    if metric in LOWER_METRICS:
        return metric, LOWER
    return metric, HIGHER if metric in HIGHER_METRICS else None
