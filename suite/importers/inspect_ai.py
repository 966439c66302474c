"""Logs of the UK AI Security Institute's inspect_ai: an EvalLog as JSON, or an `.eval` archive.

The archive holds the parts of an EvalLog. Read are `status`, `eval.model`, and of every sample its
id, epoch and scores (inspect_ai.log.EvalLog, version 2 of the format). In an archive the scores of
all samples are in `summaries.json`.
"""

from __future__ import annotations

import contextlib
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from suite.errors import SuiteError
from suite.importers.measured import (
    MAX_FILE_BYTES,
    MeasuredArm,
    choose_metric,
    read_item,
    read_number,
)

# inspect_ai.scorer.value_to_float
SHARES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def is_inspect_log(document: object) -> bool:
    """Whether a JSON document is such a log."""
    return isinstance(document, dict) and {"status", "eval", "samples"} <= document.keys()


def read_archive(path: Path) -> Mapping[str, Any]:
    """The log in an `.eval` archive, with the summaries of its samples.

    Raises SuiteError where it is none.
    """
    with contextlib.suppress(ImportError):
        # optional: teaches zipfile the compression of newer logs; Python 3.14 knows it
        import zipfile_zstd  # noqa: F401
    try:
        with zipfile.ZipFile(path) as archive:
            return {**_part(archive, "header.json"), "samples": _part(archive, "summaries.json")}
    except NotImplementedError:
        raise SuiteError(
            f"{path}: compressed with zstd: install suite[inspect], or write the log as JSON"
        ) from None
    except KeyError as error:
        raise SuiteError(
            f"{path}: expected a finished log of inspect_ai: {error.args[0]}"
        ) from None
    except OSError as error:
        raise SuiteError(f"{path}: cannot read results: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, RecursionError) as error:
        raise SuiteError(f"{path}: not valid eval: {error}".replace("\n", " ")) from None


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > MAX_FILE_BYTES:
        raise ValueError(f"{name}: expected at most {MAX_FILE_BYTES} bytes")
    return json.loads(archive.read(name))


def arms_of_inspect_log(
    path: Path, log: Mapping[str, Any], metric: str | None
) -> dict[str, MeasuredArm]:
    """The samples' scores by one scorer, as one arm that has the model's name.

    A sample's value is the mean over its epochs, as inspect_ai's default is. Samples that were not
    scored (an error, or a score of nan) have no value. A scorer with several values gives a metric
    scorer.key for each. Raises SuiteError for a log that is not finished, because the samples that
    it lacks are not a random choice.
    """
    if log.get("status") != "success":
        raise SuiteError(f"{path}: expected a log with status success, got {log.get('status')!r}")
    samples = _objects(log.get("samples"), f"{path}: samples")
    scores = [_scores(sample) for sample in samples]
    known = list(dict.fromkeys(name for by_metric in scores for name in by_metric))
    metric = choose_metric(metric, known, str(path))
    by_epoch: dict[str, dict[object, float]] = {}
    for count, (sample, by_metric) in enumerate(zip(samples, scores, strict=True), start=1):
        item = read_item(sample.get("id"), f"{path}: sample {count}: id")
        epochs, epoch = by_epoch.setdefault(item, {}), sample.get("epoch", 1)
        if epoch in epochs:
            raise SuiteError(f"{path}: sample {count}: id {item} of epoch {epoch} stands twice")
        epochs[epoch] = _share(by_metric.get(metric, math.nan), f"{path}: sample {item}: {metric}")
    known_values = {
        item: [value for value in epochs.values() if not math.isnan(value)]
        for item, epochs in by_epoch.items()
    }
    values = {item: fmean(scored) for item, scored in known_values.items() if scored}
    name = str(_object(log.get("eval"), f"{path}: eval").get("model") or path.stem)
    return {
        name: MeasuredArm(
            name, metric, values, without_value=len(by_epoch) - len(values), unit="item"
        )
    }


def _scores(sample: Mapping[str, Any]) -> dict[str, object]:
    """The values of a sample by metric: a scorer, or scorer.key."""
    scores: dict[str, object] = {}
    for scorer, score in (sample.get("scores") or {}).items():
        value = score.get("value") if isinstance(score, dict) else score
        if isinstance(value, dict):
            scores |= {f"{scorer}.{key}": part for key, part in value.items()}
        else:
            scores[scorer] = value
    return scores


def _share(value: object, location: str) -> float:
    """A score as a number; nan, inspect_ai's sign for "not scored", stays."""
    if isinstance(value, float) and math.isnan(value):
        return value
    if isinstance(value, str):
        value = SHARES.get(value, SHARES.get(value.lower(), value))
    return read_number(value, location)


def _object(value: object, location: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SuiteError(f"{location}: expected an object, got {type(value).__name__}")
    return value


def _objects(value: object, location: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not value:
        raise SuiteError(f"{location}: expected a list of objects, at least one")
    return [_object(item, location) for item in value]
