"""Records as runs of MLflow: an experiment a task, a run a record, its curves as steps.

Written through MLflow's own client.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from suite.errors import SuiteError
from suite.provenance.identity import Parts
from suite.result import Result

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

KEY = "suite.key"  # the tag by which a run is found again
BATCH = 900  # MLflow takes at most 1,000 metrics at a time
LONGEST = 500  # characters of a parameter, as far as every MLflow takes them


def export(results: Sequence[Result], questions: Mapping[str, Parts], uri: str) -> tuple[int, int]:
    """Writes records to MLflow; returns how many were written and how many were there already.

    `uri` is that of the tracking server, or file. Raises SuiteError where MLflow is not installed
    or does not answer.
    """
    try:
        # optional, and heavy: most calls of the suite do without MLflow
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise SuiteError(
            "--format mlflow: MLflow is not installed; pip install 'suite[mlflow]'"
        ) from None
    try:
        client = MlflowClient(tracking_uri=uri)
        experiments = {
            name: _experiment(client, name)
            for name in dict.fromkeys(result.task for result in results)
        }
        stored = {
            _identity(run.data.tags) for name in experiments.values() for run in _runs(client, name)
        }
        new = [result for result in results if (result.key, result.environment) not in stored]
        for result in new:
            _write(client, experiments[result.task], result, questions.get(result.question, {}))
    except MlflowException as error:
        raise SuiteError(f"--format mlflow: {uri}: {error}".replace("\n", " ")) from None
    return len(new), len(stored)


def _experiment(client: MlflowClient, name: str) -> str:
    stored = client.get_experiment_by_name(name)
    return str(stored.experiment_id if stored else client.create_experiment(name))


def _runs(client: MlflowClient, experiment: str) -> Iterator[Any]:
    token = None
    while True:
        page = client.search_runs([experiment], max_results=1000, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _identity(tags: Mapping[str, str]) -> tuple[str | None, str | None]:
    return tags.get(KEY), tags.get("suite.provenance.environment")


def _write(client: MlflowClient, experiment: str, result: Result, question: Parts) -> None:
    from mlflow.entities import Metric, Param  # optional: see `export`

    recorded = int(datetime.fromisoformat(result.recorded_at).timestamp() * 1000)
    tags = {
        "mlflow.runName": f"{result.cell} seed {result.seed}",
        KEY: result.key,
        "suite.provenance.environment": result.environment,
        "suite.provenance.identity": result.question,
        "suite.status": result.status,
        **({"suite.reason": result.reason} if result.reason else {}),
        **{f"suite.sha256.{name}": digest for name, digest in result.hashes.items()},
    }
    run_id = client.create_run(experiment, start_time=recorded, tags=tags).info.run_id
    params = [Param(name, text[:LONGEST]) for name, text in _parameters(result, question)]
    metrics = [Metric(name, value, recorded, step) for name, value, step in _metrics(result)]
    client.log_batch(run_id, params=params)
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + BATCH])
    ended = recorded + int(1000 * (result.run_time_s or 0))
    client.set_terminated(run_id, "FINISHED" if result.status == "ok" else "FAILED", end_time=ended)


def _parameters(result: Result, question: Parts) -> Iterator[tuple[str, str]]:
    yield from (("arm", result.arm), ("seed", str(result.seed)), ("device", result.device))
    if result.block:
        yield "data_set", result.block
    for name, value in question.get("settings", {}).items():
        yield name, value if isinstance(value, str) else json.dumps(value)


def _metrics(result: Result) -> Iterator[tuple[str, float, int]]:
    """Every metric by epoch from 1, as far as it is finite.

    A metric without values by epoch has its final value, at epoch 1.
    """
    for name, values in result.history.items():
        yield from (
            (name, value, epoch) for epoch, value in enumerate(values, start=1) if value is not None
        )
    yield from (
        (name, value, 1) for name, value in result.metrics.items() if name not in result.history
    )
    if result.train_time_s is not None:
        yield "train_time_s", result.train_time_s, 1
