"""Runs of an MLflow tracking server, by its address. Needs `suite[mlflow]`.

ADDRESS#EXPERIMENT names one experiment. The last value of each metric comes with a run; whole
curves are asked for only where a point of them is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from suite.errors import SuiteError
from suite.importers.optional import load_optional
from suite.importers.reading_progress import counted
from suite.importers.runs.logged import LoggedRun, RunLog, make_curve
from suite.importers.runs.mlflow_folder import ENDS, KIND, without_lone_experiment

SCHEMES = ("http://", "https://")
PAGE = 1000


def is_address(word: str) -> bool:
    """Whether a word is the address of a server."""
    return word.startswith(SCHEMES)


def read_mlflow_server(word: str, *, with_curves: bool) -> RunLog:
    """All runs of the server, or of the experiment after "#". Raises SuiteError."""
    address, _, wanted = word.partition("#")
    mlflow = load_optional("mlflow", "mlflow", address)
    client = mlflow.MlflowClient(tracking_uri=address)
    try:
        experiments = {e.experiment_id: e.name for e in client.search_experiments()}
        chosen = [i for i, name in experiments.items() if wanted in ("", name)]
        if not chosen:
            names = ", ".join(sorted(experiments.values())[:8])
            raise SuiteError(f"{address}: expected one of {names}, got {wanted!r} after #")
        runs = [
            _read_run(client, run, experiments[run.info.experiment_id], with_curves=with_curves)
            for run in counted(list(_runs(client, chosen)))
        ]
    except mlflow.exceptions.MlflowException as error:
        raise SuiteError(f"{address}: {' '.join(str(error).split())[:300]}") from None
    return RunLog(address, KIND, tuple(without_lone_experiment(runs)))


def _runs(client: Any, experiments: list[str]) -> Iterator[Any]:
    token = None
    while True:
        page = client.search_runs(experiments, max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _read_run(client: Any, run: Any, experiment: str, *, with_curves: bool) -> LoggedRun:
    metrics = {}
    for name, value in run.data.metrics.items():
        metrics[name] = make_curve([value])
        if with_curves:
            points = client.get_metric_history(run.info.run_id, name)
            points.sort(key=lambda point: (point.step, point.timestamp))
            metrics[name] = make_curve(
                [point.value for point in points],
                steps=[point.step for point in points],
                times=[point.timestamp / 1000 for point in points],
            )
    return LoggedRun(
        name=run.info.run_name or run.info.run_id,
        location=f"run {run.info.run_id}",
        parameters={"experiment": experiment} | dict(run.data.params),
        metrics=metrics,
        end=ENDS.get(run.info.status, "unknown"),
        status=run.info.status,
        started=None if run.info.start_time is None else run.info.start_time / 1000,
    )
