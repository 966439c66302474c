"""All tables on a study, by their titles."""

from __future__ import annotations

from collections.abc import Iterator

from suite.analysis.analyse import Analysis
from suite.reports.arms_table import arms_table
from suite.reports.claim_tables import claims_table, own_evidence_table
from suite.reports.table import Table
from suite.reports.timing_tables import ratios_table, times_table
from suite.reports.verdict_tables import (
    comparisons_table,
    effects_table,
    pairing_table,
    within_table,
)


def study_tables(analysis: Analysis) -> Iterator[tuple[str, Table]]:
    """Every table on a study that has rows, with its title."""
    times = "time of whole commands" if analysis.study.task.is_of_commands else "training time"
    tables = {
        "arms": arms_table(analysis.study),
        "comparisons": comparisons_table(analysis),
        "behind the verdicts": pairing_table(analysis),
        "verdicts within each data set": within_table(analysis),
        "effects": effects_table(analysis),
        times: times_table(analysis.study),
        "ratios of times": ratios_table(analysis.study),
        "reported and measured": claims_table([analysis]),
        "what the reported numbers say by themselves": own_evidence_table([analysis]),
    }
    yield from ((title, table) for title, table in tables.items() if not table.is_empty)
