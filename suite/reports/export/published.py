"""What a place on the web shows of results: the page, its history, a summary, and the JSON that
benchmark trackers read.

Everything is a pure function of the records and of what was published before. Records that say the
same as before add nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from suite.analysis.summary import Findings
from suite.errors import SuiteError
from suite.reports.labels import label
from suite.reports.markdown import CLAIMS, finding, table
from suite.reports.verdicts import claims_table
from suite.reports.whole import page_text
from suite.reports.wording import plain
from suite.store.records import ResultSource

HISTORY = "history.json"
DIGITS = 12


def published_files(
    evidence: ResultSource, found: Sequence[Findings], before: str | None
) -> dict[str, str]:
    """Every file by its path. `before`: the history that is there. Raises SuiteError where nothing
    was run, or that is none."""
    now = _entry(found)
    earlier = [one for one in _read(before) if one["id"] != now["id"]]
    links = [
        {"title": one["title"], "address": f"history/{one['id']}.html"} for one in reversed(earlier)
    ]
    return {
        "index.html": page_text(evidence, found, links),
        f"history/{now['id']}.html": page_text(evidence, found),
        HISTORY: json.dumps([*earlier, now], indent=1) + "\n",
        "summary.md": summary(found),
        "bigger-is-better.json": _tracked(found, "higher"),
        "smaller-is-better.json": _tracked(found, "lower"),
    }


def summary(found: Sequence[Findings]) -> str:
    """The verdicts as markdown: a bullet a task, then what was reported beside what was measured."""
    lines = ["# Results", "", *(plain(finding(one)) for one in found), ""]
    return (
        "\n".join(
            [*lines, "## Reported and measured", "", CLAIMS, "", plain(table(claims_table(found)))]
        )
        + "\n"
    )


def _entry(found: Sequence[Findings]) -> dict[str, Any]:
    """This publication: its id stands for its numbers, so that times alone make no new one."""
    runs = [run for one in found for results in one.study.results.values() for run in results]
    numbers = sorted(
        (run.key, run.environment, run.status, sorted(run.metrics.items())) for run in runs
    )
    newest = max((run.recorded_at for run in runs), default="")
    revisions = sorted({run.made_by["revision"] for run in runs if "revision" in run.made_by})
    return {
        "id": hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:DIGITS],
        "title": (
            f"{len(runs)} runs, the newest of {newest}, revision"
            f" {', '.join(revisions) or 'unknown'}"
        ),
        "values": {one["name"]: one["value"] for one in _values(found)},
    }


def _read(before: str | None) -> list[dict[str, Any]]:
    try:
        entries = json.loads(before or "[]")
        for one in entries:
            one["id"], one["title"], one["values"]
    except (ValueError, TypeError, KeyError) as error:
        raise SuiteError(
            f"{HISTORY}: expected a list of what was published before, got something else"
            f" ({type(error).__name__}); remove it"
        ) from None
    return list(entries)


def _tracked(found: Sequence[Findings], direction: str) -> str:
    """The format of github-action-benchmark's custom tools: name, unit, value, range and extra."""
    return json.dumps(_values(found, direction), indent=1) + "\n"


def _values(found: Sequence[Findings], direction: str | None = None) -> list[dict[str, Any]]:
    """The mean of every arm under every metric, or under those of which more, or less, is better."""
    values = []
    for study in (one.study for one in found):
        for name, metric in study.task.metrics.items():
            for arm in study.task.arms:
                measured = study.summary(arm, name)
                if measured is None or direction not in (None, metric.direction):
                    continue
                scale, unit = (100, "%") if metric.unit == "ratio" else (1, "")
                values.append(
                    {
                        "name": (
                            f"{study.task.name}/{arm} {label(name, metric).removesuffix(', %')} on"
                            f" {study.device}"
                        ),
                        "unit": unit,
                        "value": float(f"{scale * measured.mean:.6g}"),
                        "range": (
                            ""
                            if measured.deviation is None
                            else f"{scale * measured.deviation:.3g}"
                        ),
                        "extra": f"{measured.n} seeds, environment {study.environment}",
                    }
                )
    return values
