"""Sample logs of EleutherAI's lm-evaluation-harness: a row for every document under every filter.

`lm_eval --log_samples` writes them: lines of JSON (samples_TASK_DATE.jsonl), up to version 0.4.2
one array. Fields as in lm_eval.result_schema.SampleResult (0.4.13); old rows name neither filter,
metrics nor hashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, TypeAlias

from suite.errors import SuiteError
from suite.importers.contents import digest, name_items, read_cluster
from suite.importers.lm_eval_metrics import choose_harness_metric, name_and_rule
from suite.importers.measured import MeasuredArm, read_item, read_number

NO_FILTER = "none"  # lm_eval's name for the default filter; old logs do not name it
BY_NUMBER = "doc_id "
NUMBERED = "documents are told apart by number alone, for the log has neither them nor hashes"
Row: TypeAlias = Mapping[str, Any]
Item: TypeAlias = tuple[str, str]  # content, doc_id


def is_harness_log(row: Row) -> bool:
    """Whether a row is one of such a log."""
    return {"doc_id", "filtered_resps"} <= row.keys() and bool({"doc", "doc_hash"} & row.keys())


def arms_of_harness_log(
    path: Path,
    rows: Sequence[Row],
    metric: str | None,
    *,
    average: bool = False,
    cluster: str | None = None,
) -> dict[str, MeasuredArm]:
    """The documents' values under every filter, an arm each, by filter; a single one by file name.

    Documents pair by their hash, not by their number. `average`: the mean of several rows of one
    document is its value; else they are refused. `cluster`: the field of the documents that says
    which belong together. Raises SuiteError.
    """
    metric = choose_harness_metric(path, rows[0], metric)
    by_filter: dict[str, dict[int, Row]] = {}
    for count, row in enumerate(rows, start=1):
        by_filter.setdefault(str(row.get("filter") or NO_FILTER), {})[count] = row
    arms = {}
    for filtering, filtered in by_filter.items():
        several = len(by_filter) > 1
        name = f"{path.stem} [{filtering}]" if several else path.stem
        arms[filtering if several else name] = _arm(
            path, name, filtering, filtered, metric, average=average, cluster=cluster
        )
    return arms


def _arm(
    path: Path,
    name: str,
    filtering: str,
    rows: Mapping[int, Row],
    metric: str,
    *,
    average: bool,
    cluster: str | None,
) -> MeasuredArm:
    """The arm of the rows of one filter, which are named by their place in the file."""
    by_item: dict[Item, dict[int, float]] = {}
    clusters: dict[Item, str] = {}
    for count, row in rows.items():
        location = f"{path}: row {count}"
        item = _identify(row, location)
        value = read_number(row.get(metric), f"{location}: {metric}")
        by_item.setdefault(item, {})[count] = value
        if cluster is not None:
            clusters[item] = read_cluster(_document(row), cluster, location)
    for (_, number), values in by_item.items():
        _check_repeats(path, filtering, number, [(n, rows[n]) for n in values], average=average)
    names = name_items(by_item)
    shown, rule = name_and_rule(metric, [value for v in by_item.values() for value in v.values()])
    return MeasuredArm(
        name,
        shown,
        {names[item]: fmean(values.values()) for item, values in by_item.items()},
        rule=rule,
        unit="item",
        clusters={names[item]: of for item, of in clusters.items()} if clusters else None,
        condition=f"filter {filtering}",
        notes=(NUMBERED,) * any(content.startswith(BY_NUMBER) for content, _ in by_item),
    )


def _identify(row: Row, location: str) -> Item:
    """A document by its hash and its number; by its number alone where nothing else is there."""
    number = read_item(row.get("doc_id"), f"{location}: doc_id")
    content = row.get("doc_hash") or (digest(row["doc"]) if row.get("doc") else BY_NUMBER + number)
    return str(content), number


def _document(row: Row) -> Mapping[str, Any]:
    document = row.get("doc")
    return document if isinstance(document, dict) else {}


def _check_repeats(
    path: Path, filtering: str, number: str, rows: Sequence[tuple[int, Row]], *, average: bool
) -> None:
    """Raises SuiteError for several rows of a document that nobody asked to average.

    Old logs write a document once for every filter and do not say which; its responses are the
    same in all of them. These are never averaged.
    """
    if len(rows) == 1:
        return
    (_, first), (count, second) = rows[:2]
    location = f"{path}: row {count}: doc_id {number}"
    if "filter" not in second and first.get("resps") == second.get("resps"):
        raise SuiteError(
            f"{location} stands twice with the same responses, as under several filters, which this"
            " log does not name: keep the rows of one"
        )
    if not average:
        raise SuiteError(
            f"{location} under filter {filtering} stands twice: --average takes the mean of a"
            " document's rows"
        )
