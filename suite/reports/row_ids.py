"""Ids of the rows of a report.

An id stands for what the row says and for the runs behind it: other runs, another id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from suite.analysis.adjudications import Adjudication
from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.factorial import Effect
from suite.analysis.study import Study
from suite.analysis.words import Scope
from suite.result import Result

DIGITS = 7


def row_id(study: Study, arms: Iterable[str], *subject: str) -> str:
    """The id of the row that says `subject` of `arms`: 7 hexadecimal digits."""
    arms = tuple(arms)
    name = [study.task.name, study.device, study.environment, arms, subject, study.run_keys(arms)]
    name += [study.block] if study.block else []
    return hashlib.sha256(json.dumps(name).encode()).hexdigest()[:DIGITS]


def pair_row_id(study: Study, pair: Comparison) -> str:
    """The id of the rows on a pair of arms; the two scopes of a study have ids of their own."""
    scope = (str(pair.scope),) if pair.scope in (Scope.THESE, Scope.LIKE_ITEMS) else ()
    return row_id(study, (pair.first, pair.second), pair.metric, *scope)


def claim_row_id(study: Study, adjudication: Adjudication) -> str:
    """The id of the rows on one statement: on an arm, or on an ordered pair."""
    claim = json.dumps(adjudication.claim.model_dump(mode="json"), sort_keys=True)
    return row_id(study, adjudication.arms, type(adjudication).__name__, claim)


def effect_row_id(study: Study, effect: Effect) -> str:
    """The id of the row on an effect, which all arms are behind."""
    return row_id(study, study.task.arms, "effect", effect.name)


def arms_behind(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    """The arms whose runs are behind each row, by the row's id.

    It has every row that a report can have on a study.
    """
    return {row: arms for row, (_, arms) in _behind(analysis).items()}


def runs_behind_rows(analysis: Analysis) -> dict[str, list[Result]]:
    """The runs behind each row, by the row's id: of all data sets, or of the row's own."""
    return {
        row: [run for arm in arms for run in part.results[arm]]
        for row, (part, arms) in _behind(analysis).items()
    }


def _behind(analysis: Analysis) -> dict[str, tuple[Study, tuple[str, ...]]]:
    """The study, or the part of it on one data set, and the arms behind each row."""
    study = analysis.study
    groups = [*((arm,) for arm in study.task.arms), *study.pairs()]
    behind: dict[str, tuple[Study, tuple[str, ...]]] = {
        row_id(part, arms, subject): (part, arms)
        for part in (study, *map(study.on, study.blocks))
        for subject in (*study.task.metrics, "time")
        for arms in groups
    }
    behind |= {
        pair_row_id(study, pair): (study, (pair.first, pair.second))
        for pair in analysis.both_scopes
    }
    behind |= {
        effect_row_id(study, effect): (study, tuple(study.task.arms)) for effect in analysis.effects
    }
    behind |= {
        claim_row_id(study, adjudication): (study, adjudication.arms)
        for adjudication in analysis.adjudications
    }
    return behind
