"""Runs in the folder that MLflow writes: `mlruns/EXPERIMENT/RUN/{meta.yaml,params,metrics,tags}`.

As MLflow 1.0 to 3.17 write it. A metric's file has a line a value: milliseconds since 1970, the
value, the step; before 1.0 without the step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from suite.errors import SuiteError
from suite.importers.reading_progress import counted
from suite.importers.runs.logged import Curve, End, LoggedRun, RunLog, make_curve

KIND = "MLflow"
# The words of RunStatus, by which older versions wrote their numbers.
STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}
ENDS: Mapping[str, End] = {
    "FINISHED": "finished",
    "RUNNING": "running",
    "SCHEDULED": "running",
    "FAILED": "failed",
    "KILLED": "failed",
}
MAX_METRIC_BYTES = 64 * 2**20


def is_mlflow_folder(path: Path) -> bool:
    """Whether a folder is MLflow's, one of its experiments, or holds `mlruns`."""
    return path.is_dir() and next(_run_folders(path), None) is not None


def read_mlflow_folder(path: Path) -> RunLog:
    """All runs in it that were not deleted. Raises SuiteError for a damaged file, by name."""
    experiments = _experiment_names(path)
    runs, deleted = [], 0
    for folder in counted(list(_run_folders(path))):
        meta = _read_meta(folder / "meta.yaml")
        if meta.get("lifecycle_stage") == "deleted":
            deleted += 1
            continue
        runs.append(_read_run(folder, meta, experiments.get(meta.get("experiment_id", ""), "")))
    notes = (f"runs marked as deleted, not read: {deleted}",) if deleted else ()
    return RunLog(str(path), KIND, tuple(without_lone_experiment(runs)), notes)


def _run_folders(path: Path) -> Iterator[Path]:
    """The folders of runs, by path. `path`: of MLflow, an experiment or a run's own."""
    for pattern in (".", "*", "*/*", "mlruns/*/*"):
        folders = [path] if pattern == "." else sorted(path.glob(pattern))
        found = [folder for folder in folders if _is_run(folder)]
        if found:
            yield from found
            return


def _is_run(folder: Path) -> bool:
    return (folder / "meta.yaml").is_file() and any(
        (folder / name).is_dir() for name in ("metrics", "params")
    )


def _experiment_names(path: Path) -> dict[str, str]:
    """The name of each experiment by its id."""
    names = {}
    for pattern in ("meta.yaml", "*/meta.yaml", "mlruns/*/meta.yaml", "../meta.yaml"):
        for file in path.glob(pattern) if ".." not in pattern else [path.parent / "meta.yaml"]:
            meta = _read_meta(file) if file.is_file() else {}
            if "name" in meta and "run_id" not in meta and "run_uuid" not in meta:
                names[meta.get("experiment_id", file.parent.name)] = meta["name"]
    return names


def _read_meta(file: Path) -> dict[str, str]:
    """The fields of a meta.yaml, which is flat: "name: value" a line."""
    fields = {}
    for line in _text(file).splitlines():
        name, colon, value = line.partition(":")
        if colon and not line.startswith((" ", "-", "#")):
            fields[name.strip()] = _unquoted(value.strip())
    return fields


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1].replace("''", "'") if is_quoted else value


def _read_run(folder: Path, meta: Mapping[str, str], experiment: str) -> LoggedRun:
    tags = {name: _text(file) for name, file in _files(folder / "tags")}
    status = STATUS.get(meta.get("status", ""), meta.get("status", ""))
    configured, measured = dict(_files(folder / "params")), dict(_files(folder / "metrics"))
    parameters = {name: _text(file) for name, file in configured.items()}
    start = meta.get("start_time", "")
    return LoggedRun(
        name=tags.get("mlflow.runName") or meta.get("run_name") or folder.name,
        location=str(folder),
        parameters={"experiment": experiment} | parameters if experiment else parameters,
        metrics={name: _read_metric(file) for name, file in measured.items()},
        end=ENDS.get(status, "unknown"),
        status=status,
        started=int(start) / 1000 if start.isdecimal() else None,
        files=(folder / "meta.yaml", *configured.values(), *measured.values()),
    )


def without_lone_experiment(runs: Sequence[LoggedRun]) -> list[LoggedRun]:
    """The runs without the name of their experiment, unless there are several."""
    if len({run.parameters.get("experiment") for run in runs}) > 1:
        return list(runs)
    kept = [{n: v for n, v in run.parameters.items() if n != "experiment"} for run in runs]
    return [replace(run, parameters=own) for run, own in zip(runs, kept, strict=True)]


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder by their names, in which "/" parts folders."""
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file


def _read_metric(file: Path) -> Curve:
    rows = []
    for number, line in enumerate(_text(file).splitlines(), start=1):
        try:
            parts = [float(part) for part in line.split()]
        except ValueError:
            parts = []
        if not line.strip():
            continue
        if len(parts) not in (2, 3):
            raise SuiteError(
                f"{file}:{number}: expected a time, a value and a step, got {line[:60]!r}"
            )
        rows.append((parts[0] / 1000, parts[1], parts[2] if len(parts) == 3 else float("nan")))
    rows.sort(key=lambda row: (row[2], row[0]) if row[2] == row[2] else (0.0, row[0]))
    times, values, steps = zip(*rows, strict=True) if rows else ((), (), ())
    return make_curve(values, steps=steps, times=times)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_METRIC_BYTES:
            raise SuiteError(
                f"{file}: expected at most {MAX_METRIC_BYTES} bytes, got {file.stat().st_size}"
            )
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise SuiteError(f"{file}: cannot read it: {why}") from None
