"""A whole report: every file of it as text, by its path beside the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from suite.analysis.analyse import Analysis, analyse_all
from suite.errors import SuiteError
from suite.reports.figures import learning_curves
from suite.reports.markdown.page import render_page, task_bullet
from suite.reports.markdown.task_section import figure_path, sweep_path
from suite.reports.prose import markdown_text
from suite.reports.row_ids import arms_behind
from suite.reports.sweep_figure import sweep_figure
from suite.reports.web.page import render_html
from suite.result import Result
from suite.store.record_writing import file_lines
from suite.store.records import Records, ResultSource, reported_records

FOLDER = "results"  # of the figures and the records, beside the page
NOTHING = "nothing was run yet; `suite run` does"


@dataclass(frozen=True)
class Report:
    """What the report says of every study, and its files.

    `texts`: the page and its figures, by their paths. `records`: those behind them.
    """

    analyses: tuple[Analysis, ...]
    texts: Mapping[str, str]
    records: Records

    @property
    def files(self) -> Mapping[str, str]:
        """The text of every file."""
        return {name: "".join(parts) for name, parts in self.parts.items()}

    @property
    def parts(self) -> Mapping[str, Iterable[str]]:
        """Every file as parts of its text: the lines of records are made as they are asked for."""
        records = {f"{FOLDER}/{name}": lines for name, lines in file_lines(self.records).items()}
        return {**self.texts, **records}

    @property
    def row_ids(self) -> frozenset[str]:
        """The ids of all rows that the page can have."""
        return frozenset(row for analysis in self.analyses for row in arms_behind(analysis))


def make_report(
    evidence: ResultSource, page: str, analyses: Sequence[Analysis] | None = None
) -> Report:
    """The report on what is stored.

    `page`: the name of its page. `analyses`: of what is stored, where they are at hand. Raises
    SuiteError where nothing was run.
    """
    analyses = require_analyses(evidence) if analyses is None else analyses
    figures = {
        figure_path(part): learning_curves(part.task, part.results)
        for analysis in analyses
        for part in analysis.study.each()
        if not part.task.is_of_commands  # these leave no curves
    }
    sweeps = {
        sweep_path(analysis.study): picture
        for analysis in analyses
        if (picture := sweep_figure(analysis.study)) is not None
    }
    shown = reported_records(evidence, _runs(analyses))
    text = render_page(analyses, evidence.documents("environment"), evidence.documents("timings"))
    return Report(tuple(analyses), {**figures, **sweeps, page: text}, shown)


def _runs(analyses: Sequence[Analysis]) -> Iterator[Result]:
    """The runs behind the analyses, which are not read a second time."""
    return (
        run
        for analysis in analyses
        for results in analysis.study.results.values()
        for run in results
    )


def make_html(
    evidence: ResultSource, analyses: Sequence[Analysis], history: Sequence[Mapping[str, str]] = ()
) -> str:
    """The self-contained page of these analyses.

    `history`: earlier pages, as `title` and `address`. Raises SuiteError where nothing was run.
    """
    if not analyses:
        raise SuiteError(NOTHING)
    return render_html(analyses, evidence.documents("environment"), history)


def require_analyses(evidence: ResultSource) -> list[Analysis]:
    """The analyses of what is stored. Raises SuiteError where nothing was run."""
    analyses = analyse_all(evidence)
    if not analyses:
        raise SuiteError(NOTHING)
    return analyses


def excerpt(analyses: Sequence[Analysis]) -> str:
    """What a README quotes of the page: one bullet a task."""
    write = partial(markdown_text, page="RESULTS.md")
    return "\n".join(task_bullet(analysis, write=write) for analysis in analyses)
