"""Samples in logs of inspect_ai: what tells them apart, and what their scores are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from suite.errors import SuiteError
from suite.importers.contents import digest, read_cluster
from suite.importers.measured import read_item, read_number

CHECKED_CHARACTERS = 1000  # of an input; a summary in an archive has more of it
# inspect_ai.scorer.value_to_float
SHARES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
Fields: TypeAlias = Mapping[str, Any]


@dataclass
class Sample:
    """A sample with the scores of its epochs by metric, in the order of the log."""

    content: str
    cluster: str | None
    scores: dict[str, Mapping[str, object]] = field(default_factory=dict)
    invalidated: int = 0  # epochs


def read_samples(path: Path, samples: Sequence[Fields], cluster: str | None) -> dict[str, Sample]:
    """The samples by id. Raises SuiteError for an epoch that stands twice, or is of another sample.

    `cluster`: the field of the samples' metadata that says which belong together.
    """
    counted = all(isinstance(sample.get("id"), int) for sample in samples)
    read: dict[str, Sample] = {}
    for count, fields in enumerate(samples, start=1):
        location = f"{path}: sample {count}"
        number = read_item(fields.get("id"), f"{location}: id")
        epoch = str(fields.get("epoch", 1))
        content = _content(fields) if counted else f"{number} {_beginning(fields)}".strip()
        of = cluster and read_cluster(_part(fields, "metadata"), cluster, location)
        sample = read.setdefault(number, Sample(content, of))
        if epoch in sample.scores:
            raise SuiteError(f"{location}: id {number} of epoch {epoch} stands twice")
        if (sample.content, sample.cluster) != (content, of):
            raise SuiteError(f"{location}: id {number} is not what it was in another epoch")
        invalid = fields.get("invalidation") is not None
        sample.scores[epoch] = {} if invalid else scores_by_metric(_part(fields, "scores"))
        sample.invalidated += invalid
    return read


def _content(fields: Fields) -> str:
    """What a sample asks; ids that are whole numbers may only count the samples of one log."""
    asked = fields.get("input")
    if isinstance(asked, list):  # messages, whose own ids change from log to log
        asked = [
            [message.get("role"), message.get("content")] if isinstance(message, dict) else message
            for message in asked
        ]
    return digest([asked, fields.get("choices"), fields.get("target")])


def _beginning(fields: Fields) -> str:
    """What the input begins with, so that one id of two data sets does not pair."""
    asked = fields.get("input")
    return digest(asked[:CHECKED_CHARACTERS])[:12] if isinstance(asked, str) else ""


def _part(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def scores_by_metric(scores: Fields) -> dict[str, object]:
    """The values of a sample by metric: a scorer, or scorer.key."""
    values: dict[str, object] = {}
    for scorer, score in scores.items():
        value = score.get("value") if isinstance(score, dict) else score
        if isinstance(value, dict):
            values |= {f"{scorer}.{key}": part for key, part in value.items()}
        else:
            values[scorer] = value
    return values


def is_scored(value: object) -> bool:
    """Whether a score is there: nan is inspect_ai's sign for "not scored"."""
    return not (isinstance(value, float) and math.isnan(value))


def read_share(value: object, location: str) -> float:
    """A score as a number, as inspect_ai reads it. Raises SuiteError for what it reads as 0."""
    if isinstance(value, str):
        value = SHARES.get(value, SHARES.get(value.lower(), value))
    return read_number(value, location)
