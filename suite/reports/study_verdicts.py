"""The verdicts on a study, as Python programs and notebooks see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

import pandas as pd  # heavy, and only a notebook asks for this table

from suite.analysis.adjudications import Adjudication
from suite.analysis.analyse import Analysis
from suite.analysis.comparison import Comparison
from suite.analysis.repeat_words import disagreements
from suite.analysis.words import Scope
from suite.reports.claim_tables import claims_table
from suite.reports.claim_wording import answers, statement
from suite.reports.prose import plain_text
from suite.reports.table import Table
from suite.reports.verdict_tables import comparisons_table
from suite.reports.wording import phrase


class Verdicts(Sequence["Comparison"]):
    """The verdicts on all pairs of arms of a study, and the answers to its claims.

    A sequence of `Comparison`, which a notebook shows as a table, with a table of `claims` below,
    and what happened since results were seen.
    Over several data sets these are of the scope that leads; `beside` has the other one, and
    `within` the verdicts within each data set.
    """

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis

    @property
    def claims(self) -> tuple[Adjudication, ...]:
        """The answers to everything that was reported, claim by claim."""
        return self.analysis.adjudications

    @property
    def beside(self) -> tuple[Comparison, ...]:
        """The verdicts of the other scope; none over one data set, or where it is not judged."""
        return self.analysis.beside

    @property
    def within(self) -> Mapping[str, tuple[Comparison, ...]]:
        """The verdicts within each of several data sets, under the first metric."""
        return self.analysis.within

    def __getitem__(self, index: int) -> Comparison:  # type: ignore[override]
        return self.analysis.comparisons[index]

    def __len__(self) -> int:
        return len(self.analysis.comparisons)

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.analysis.comparisons)

    def __repr__(self) -> str:
        lines = [
            f"{verdict.metric}{_of_scope(verdict)}: {verdict.first} against {verdict.second}:"
            f" {phrase(verdict)}"
            for verdict in self.analysis.both_scopes
        ]
        lines += [
            f"{claim.claim.metric}: {statement(claim)}: {plain_text(answers(claim))}"
            for claim in self.claims
        ]
        lines += disagreements(self.analysis.study.repeats)
        lines += self.analysis.study.history
        return "\n".join(lines) or "no result yet"

    def _repr_html_(self) -> str:
        """The tables of verdicts and of claims with the question above them."""
        tables = [comparisons_table(self.analysis), claims_table([self.analysis])]
        shown = [_html(table) for table in tables if not table.is_empty]
        study = self.analysis.study
        told = (*disagreements(study.repeats), *study.history)
        shown += [f"<p>{escape(text)}.</p>" for text in told]
        return "\n".join([f"<p>{escape(self.analysis.study.task.question)}</p>", *shown])


def _of_scope(verdict: Comparison) -> str:
    """What a verdict speaks of, where there are several data sets."""
    return "" if verdict.scope == Scope.ONE else f", for {verdict.scope}"


def _html(table: Table) -> str:
    frame = pd.DataFrame(
        [{name: plain_text(cell) for name, cell in row.items()} for row in table.rows]
    )
    return str(frame.to_html(index=False))
