"""What a website shows of results: the page, its history, a summary, and JSON for trackers.

The JSON is what benchmark trackers read. Everything is a pure function of the records and of what
was published before. Records that say the same as before add nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from suite.analysis.analyse import Analysis
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.reports.claim_tables import claims_table
from suite.reports.markdown.page import task_bullet
from suite.reports.markdown.syntax import pipe_table
from suite.reports.notes import CLAIMS
from suite.reports.numbers import metric_name, percent_sign, scale_of
from suite.reports.prose import plain_text
from suite.reports.report_files import make_html
from suite.stats import Summary
from suite.store.records import ResultSource
from suite.task.choices import Direction
from suite.task.components import Metric

HISTORY = "history.json"
DIGITS = 12


def published_files(
    evidence: ResultSource, analyses: Sequence[Analysis], before: str | None
) -> dict[str, str]:
    """Every file by its path.

    `before`: the history that is there. Raises SuiteError where nothing was run, or that is none.
    """
    now = _entry(analyses)
    earlier = [entry for entry in _read_history(before) if entry["id"] != now["id"]]
    links = [
        {"title": entry["title"], "address": f"history/{entry['id']}.html"}
        for entry in reversed(earlier)
    ]
    return {
        "index.html": make_html(evidence, analyses, links),
        f"history/{now['id']}.html": make_html(evidence, analyses),
        HISTORY: json.dumps([*earlier, now], indent=1) + "\n",
        "summary.md": summary(analyses),
        "bigger-is-better.json": _tracked(analyses, "higher"),
        "smaller-is-better.json": _tracked(analyses, "lower"),
    }


def summary(analyses: Sequence[Analysis]) -> str:
    """The verdicts as markdown: a bullet a task, then what was reported and what was measured."""
    bullets = (task_bullet(analysis, write=plain_text) for analysis in analyses)
    claims = pipe_table(claims_table(analyses), write=plain_text)
    lines = ["# Results", "", *bullets, "", "## Reported and measured", "", CLAIMS, "", claims]
    return "\n".join(lines) + "\n"


def _entry(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """The new publication: its id stands for its numbers, so new times alone make no new one."""
    runs = [
        run
        for analysis in analyses
        for results in analysis.study.results.values()
        for run in results
    ]
    numbers = sorted(
        (run.key, run.environment, run.status, sorted(run.metrics.items())) for run in runs
    )
    newest = max((run.recorded_at for run in runs), default="")
    revisions = sorted({run.made_by["revision"] for run in runs if "revision" in run.made_by})
    revision = ", ".join(revisions) or "unknown"
    return {
        "id": hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:DIGITS],
        "title": f"{len(runs)} runs, the newest of {newest}, revision {revision}",
        "values": {value["name"]: value["value"] for value in _values(analyses)},
    }


def _read_history(before: str | None) -> list[dict[str, Any]]:
    """What was published before. Raises SuiteError for what is no list of entries."""
    try:
        entries = json.loads(before or "[]")
        for entry in entries:
            entry["id"], entry["title"], entry["values"]
    except (ValueError, TypeError, KeyError) as error:
        raise SuiteError(
            f"{HISTORY}: expected a list of what was published before, got something else"
            f" ({type(error).__name__}); remove it"
        ) from None
    return list(entries)


def _tracked(analyses: Sequence[Analysis], direction: Direction) -> str:
    """The format of github-action-benchmark's custom tools: name, unit, value, range and extra."""
    return json.dumps(_values(analyses, direction), indent=1) + "\n"


def _values(
    analyses: Sequence[Analysis], direction: Direction | None = None
) -> list[dict[str, Any]]:
    """The mean of every arm under every metric, or under those that are better in a direction."""
    return [
        {
            "name": f"{study.task.name}/{arm} {metric_name(key)} {study.where}",
            **_value(measured, metric),
            "extra": f"{measured.n} {_units(study)}, environment {study.environment}",
        }
        for study in (analysis.study for analysis in analyses)
        for key, metric in study.task.metrics.items()
        if direction in (None, metric.direction)
        for arm in study.task.arms
        if (measured := study.summary(arm, key)) is not None
    ]


def _units(study: Study) -> str:
    return "data sets" if study.blocks else "seeds"


def _value(measured: Summary, metric: Metric) -> dict[str, Any]:
    """A mean and its spread, in the metric's printed unit."""
    scale, deviation = scale_of(metric), measured.deviation
    return {
        "unit": percent_sign(metric),
        "value": float(f"{scale * measured.mean:.6g}"),
        "range": "" if deviation is None else f"{scale * deviation:.3g}",
    }
