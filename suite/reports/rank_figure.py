"""The ranks of a table's arms as a picture."""

from __future__ import annotations

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.ranking import rank_arms, wins_of
from suite.analysis.words import Scope
from suite.errors import SuiteError
from suite.reports.rank_picture import rank_picture


def ranks_svg(analysis: TableAnalysis) -> str:
    """The picture as SVG. Raises SuiteError where arms have no ranks."""
    rows = rank_arms(analysis)
    points = [row.mean_rank for row in rows if row.mean_rank is not None]
    if not analysis.is_ranked:
        raise SuiteError(
            "--figure: expected all pairs of one table's arms, for only they have ranks, got"
            f" {len(analysis.pairs)}; --html draws the differences of any pairs"
        )
    if len(points) < len(rows):
        raise SuiteError("--figure: expected a data set with a value of every arm, found none")
    scope = "" if analysis.lead.scope == Scope.ONE else f", over {analysis.lead.scope}"
    title = f"{analysis.table.metric}{scope}"
    return rank_picture([row.arm for row in rows], points, wins_of(analysis), title=title)
