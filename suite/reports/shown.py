"""Everything about one number, as lines of text: a run, or a row of the report with the runs behind
it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from suite.analysis.studies import studies
from suite.analysis.summary import Findings, examine
from suite.reports import tables, verdicts
from suite.reports.arms import arms_table
from suite.reports.rows import DIGITS, arms_behind
from suite.reports.wording import plain
from suite.result import Result
from suite.store.records import ResultSource


def run_lines(run: Result, evidence: ResultSource) -> list[str]:
    """The run's record, its question and its environment."""
    fields: dict[str, object] = {
        "run": f"{run.task} {run.arm} seed {run.seed} on {run.device}",
        "status": run.status if run.reason is None else f"{run.status}: {run.reason}",
        **run.metrics,
        "parameters": run.parameters,
        "epochs": len(run.history.get("loss", ())),
        "training time, s": run.train_time_s,
        "seeds together": run.seeds_together,
        "recorded at": run.recorded_at,
        "made by": ", ".join(f"{name} {text}" for name, text in sorted(run.made_by.items())),
        **{f"SHA-256 of {name.replace('_', ' ')}": digest for name, digest in run.hashes.items()},
        "key": run.key,
        "question": run.question,
        **_nested(evidence.documents("question").get(run.question, {}), "  "),
        "environment": run.environment,
        **_nested(evidence.documents("environment").get(run.environment, {}), "  "),
    }
    return _columns(fields)


def row_lines(name: str, evidence: ResultSource) -> list[str]:
    """What the rows of that id say, table by table, and the runs behind them."""
    lines: list[str] = []
    for found in map(examine, studies(evidence)):
        study = found.study
        behind = next(
            (arms for row, arms in arms_behind(found).items() if row.startswith(name)), None
        )
        if behind is None:
            continue
        lines += [
            f"{study.task.name} on {study.device}: {study.task.question}",
            f"environment {study.environment}",
        ]
        for _, frame in study_tables(found):
            for row in frame.to_dict("records") if "id" in frame else ():
                if str(row["id"]).startswith(name):
                    lines += [
                        "",
                        *_columns({str(column): plain(str(text)) for column, text in row.items()}),
                    ]
        runs = [run for arm in behind for run in study.results[arm]]
        lines += ["", "from the runs", *(f"  {_in_a_line(run)}" for run in runs), ""]
    return lines


def study_tables(found: Findings) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table on a study that has rows, with its title."""
    named = {
        "arms": arms_table(found.study),
        "comparisons": verdicts.comparisons_table(found),
        "behind the verdicts": verdicts.pairing_table(found),
        "effects": verdicts.effects_table(found),
        "training time": tables.times_table(found.study),
        "ratios of times": tables.ratios_table(found.study),
        "reported and measured": verdicts.claims_table([found]),
        "what the reported numbers say by themselves": verdicts.evidence_table([found]),
    }
    yield from ((title, frame) for title, frame in named.items() if len(frame))


def _in_a_line(run: Result) -> str:
    metrics = ", ".join(f"{name} {value:g}" for name, value in run.metrics.items())
    return f"{run.key[:DIGITS]}  {run.arm} seed {run.seed}: {metrics or run.status}"


def _nested(values: object, indent: str) -> dict[str, object]:
    if not isinstance(values, dict):
        return {}
    found: dict[str, object] = {}
    for name, value in values.items():
        inner = _nested(value, indent + "  ")
        found |= {f"{indent}{name}": "", **inner} if inner else {f"{indent}{name}": value}
    return found


def _columns(fields: dict[str, object]) -> list[str]:
    width = max(len(name) for name in fields)
    return [
        f"{name:<{width}}  {text}".rstrip() for name, text in fields.items() if text is not None
    ]
