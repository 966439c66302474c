"""RESULTS.md: a pure function of stored results. The same records give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from suite.analysis.analyse import Analysis
from suite.reports.claim_tables import claims_table, own_evidence_table
from suite.reports.costs import unequal_budgets
from suite.reports.headlines import answer
from suite.reports.history_words import history_words
from suite.reports.markdown.environment_section import environment_section, run_again_section
from suite.reports.markdown.syntax import escape, pipe_table
from suite.reports.markdown.task_section import task_section
from suite.reports.notes import CLAIMS, DIFFERENCES, costs_note, reading_note
from suite.reports.prose import Prose, markdown_text
from suite.reports.timing_tables import timings_table
from suite.reports.wording import MEANINGS

HEADER = """# Results

<!-- Written by `suite report` from stored records. Do not edit: `make bench` writes it again. -->
"""


def render_page(
    analyses: Sequence[Analysis],
    environments: Mapping[str, Mapping[str, str]],
    timings: Mapping[str, Any],
) -> str:
    """The whole page. Figures are referred to as `figure_path(study)`, beside it."""
    studies = [analysis.study for analysis in analyses]
    tasks = [study.task for study in studies]
    lines = [HEADER, *map(task_bullet, analyses), ""]
    lines += [reading_note(tasks), "", costs_note(tasks), ""]
    if any(task.claims or not task.is_of_commands for task in tasks):
        lines += claims_section(analyses)
    for analysis in analyses:
        lines += task_section(analysis)
    lines += timing_section(timings)
    lines += environment_section(studies, environments)
    lines += run_again_section(studies)
    lines += words_section()
    return "\n".join(lines).rstrip() + "\n"


def task_bullet(analysis: Analysis, *, write: Callable[[Prose], str] = markdown_text) -> str:
    """A bullet: the task's question and its answer. `write`: what makes text of the answer."""
    task = analysis.study.task
    budgets = "; ".join(unequal_budgets(analysis.study))
    unequal = f" Budgets are unequal: {escape(budgets)}." if budgets else ""
    happened = history_words(analysis.study)
    history = f" **History**: {escape(happened)}." if happened else ""
    said = f"{write(answer(analysis))}{unequal}{history}"
    return f"- **{escape(task.question)}** ({task.name}) {said}"


def claims_section(analyses: Sequence[Analysis]) -> list[str]:
    """What the sources reported, beside what was measured, and their own words."""
    lines = ["## Reported and measured", "", CLAIMS, "", pipe_table(claims_table(analyses)), ""]
    lines += [pipe_table(own_evidence_table(analyses)), "", DIFFERENCES, ""]
    quoted = dict.fromkeys(
        f"- {analysis.study.task.name}: {escape(claim.source)}"
        for analysis in analyses
        for claim in analysis.study.task.claims
        if claim.source
    )
    return [*lines, "In the sources' words:", "", *quoted, ""] if quoted else lines


def timing_section(timings: Mapping[str, Any]) -> list[str]:
    """Micro-timings, if there are any."""
    if not timings:
        return []
    lines = [
        "## Timings",
        "",
        "One training step at the task's batch size, and inference of 1 and of 1,000 items; the"
        " task's number of threads.",
        "",
    ]
    for name, document in timings.items():
        lines += [f"Environment {name}:", "", pipe_table(timings_table(document)), ""]
    return lines


def words_section() -> list[str]:
    """What each word of a verdict means."""
    lines = ["", "## Words", ""]
    for word, meaning in MEANINGS.items():
        lines += [f"#### {word}", "", meaning, ""]
    return lines
