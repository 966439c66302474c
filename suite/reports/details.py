"""Everything about one number, as lines of text.

The number is a run, or a row of the report with the runs behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from suite.analysis.analyse import Analysis
from suite.errors import visible
from suite.reports.prose import plain_text
from suite.reports.row_ids import DIGITS, arms_behind, runs_behind_rows
from suite.reports.study_tables import study_tables
from suite.result import Result
from suite.store.records import ResultSource


def run_lines(run: Result, evidence: ResultSource) -> list[str]:
    """The run's record, its question and its environment."""
    fields: list[tuple[str, object]] = [
        ("run", f"{run.task} {run.cell} seed {run.seed} {_where(run)}"),
        ("status", run.status if run.reason is None else f"{run.status}: {run.reason}"),
        *traceback_lines(run),
        *run.metrics.items(),
        *_training(run),
        ("recorded at", run.recorded_at),
        ("made by", ", ".join(f"{name} {text}" for name, text in sorted(run.made_by.items()))),
        *((f"read unforeseen: {name}", digest) for name, digest in run.unforeseen.items()),
        *((f"SHA-256 of {_spoken(name)}", digest) for name, digest in run.hashes.items()),
        ("key", run.key),
        ("question", run.question),
        *_nested(evidence.documents("question").get(run.question, {}), "  "),
        ("environment", run.environment),
        *_nested(evidence.documents("environment").get(run.environment, {}), "  "),
    ]
    return _columns(fields)


def _where(run: Result) -> str:
    return "measured elsewhere" if run.trainer == "measured" else f"on {run.device}"


def _training(run: Result) -> list[tuple[str, object]]:
    """What a training took; of a command only its whole time is known."""
    if run.trainer == "measured":
        return [("read from", reading.where) for reading in run.readings.values()]
    if run.trainer == "command":
        return [("time, s", run.run_time_s), ("memory, bytes", run.peak_memory_bytes)]
    return [
        ("parameters", run.parameters),
        ("epochs", len(run.history.get("loss", ()))),
        ("training time, s", run.train_time_s),
        ("seeds together", run.seeds_together),
    ]


def _spoken(name: str) -> str:
    """What is hashed, in words; the name of a file as it is."""
    return name if name.startswith(("file ", "log ")) else name.replace("_", " ")


def row_lines(name: str, analyses: Sequence[Analysis]) -> list[str]:
    """What the rows whose id begins with `name` say, table by table, and the runs behind them."""
    return [line for analysis in analyses for line in _lines_of(name, analysis)]


def is_behind(name: str, analysis: Analysis) -> bool:
    """Whether a row whose id begins with `name` is of this study."""
    return any(row.startswith(name) for row in arms_behind(analysis))


def _lines_of(name: str, analysis: Analysis) -> list[str]:
    """The rows of one study, and the runs behind them; nothing where it has no such row."""
    study = analysis.study
    rows = runs_behind_rows(analysis).items()
    runs = next((behind for row, behind in rows if row.startswith(name)), None)
    if runs is None:
        return []
    lines = [
        f"{study.task.name} {study.where}: {study.task.question}",
        f"environment {study.environment}",
    ]
    for _, table in study_tables(analysis):
        for row in table.rows:
            if "id" in row and str(row["id"]).startswith(name):
                lines += ["", *_columns([(text, plain_text(cell)) for text, cell in row.items()])]
    return [*lines, "", "from the runs", *(f"  {_run_line(run)}" for run in runs), ""]


def traceback_lines(run: Result) -> list[tuple[str, object]]:
    """The lines of its traceback, with a name before the first; none where it has none."""
    lines = run.traceback.splitlines()
    return [("" if number else "traceback", line) for number, line in enumerate(lines)]


def _run_line(run: Result) -> str:
    metrics = ", ".join(f"{name} {value:g}" for name, value in run.metrics.items())
    return f"{run.key[:DIGITS]}  {run.cell} seed {run.seed}: {metrics or run.status}"


def _nested(values: object, indent: str) -> list[tuple[str, object]]:
    """The fields of a document, those of inner documents indented below their name."""
    fields: list[tuple[str, object]] = []
    for name, value in values.items() if isinstance(values, dict) else ():
        inner = _nested(value, indent + "  ")
        fields += [(f"{indent}{name}", ""), *inner] if inner else [(f"{indent}{name}", value)]
    return fields


def _columns(fields: Sequence[tuple[str, object]]) -> list[str]:
    """A line for each field that is not missing, the values below one another."""
    width = max(len(name) for name, _ in fields)
    lines = (f"{name:<{width}}  {text}".rstrip() for name, text in fields if text is not None)
    return [visible(line) for line in lines]
