"""A compared table as one page, in the look of the page of tasks.

The same table gives the same bytes, and the page refers to nothing outside.
"""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment
from markupsafe import Markup

from suite.analysis.compare_table import TableAnalysis
from suite.analysis.comparison import Comparison
from suite.analysis.words import Scope, Verdict
from suite.errors import visible
from suite.reports.curve_words import bands_sentence, curve_sentence
from suite.reports.prose import anchor_of
from suite.reports.rank_figure import ranks_svg
from suite.reports.results_table.bars import Bar, make_bars
from suite.reports.results_table.curve_picture import curve_picture
from suite.reports.results_table.layout import (
    MOST_COLUMNS,
    Cell,
    ResultsTable,
    block_means,
    gap_digits,
    lead_standings,
    results_table,
)
from suite.reports.results_table.methods import cited, methods
from suite.reports.results_table.notes import answer_sentence, both_families, table_notes
from suite.reports.results_table.opinion_tables import opinion_tables
from suite.reports.results_table.pair_table import pair_table
from suite.reports.table import Table
from suite.reports.web.answers import TONES, Tone
from suite.reports.web.markup import html_text
from suite.reports.web.templates import STYLE, asset, make_templates
from suite.reports.wording import MEANINGS

PACKAGE, TEMPLATE, SCRIPT = "suite.reports.results_table", "table.html", "theme.js"
FEWEST_RANKED = 3  # arms; the ranks of two are their verdict
FEW = 4  # data sets that have a column in the first table
WIDE = ("verdict", "mind")  # columns of texts that wrap


def as_html(analysis: TableAnalysis) -> str:
    """The page: the answer, the arms, all pairs, each data set, methods, and how it was read."""
    table, picture = results_table(analysis), _picture(analysis)
    sentences = methods(analysis, rank_intervals=picture is not None, second_opinion=True)
    metric, arms, along = analysis.table.metric, len(analysis.arms.values), analysis.along
    families = {str(family.scope): family.comparisons for family in both_families(analysis)}
    page = (
        _templates()
        .get_template(TEMPLATE)
        .render(
            title=f"{arms} arms compared in {metric}",
            answer=answer_sentence(analysis),
            tone=_tone(analysis),
            subject=_subject(analysis),
            table=table.without_blocks() if len(table.blocks) > FEW else table,
            arms=list(analysis.arms.values),
            data_sets=_data_sets(analysis, table),
            notes=table_notes(analysis, table),
            families=[_pairs(analysis, scope, pairs) for scope, pairs in families.items()],
            blocks=_blocks(analysis),
            picture=picture,
            opinion=opinion_tables(analysis),
            curves=_curves(analysis),
            curve_notes=[] if along is None else [bands_sentence(along), *along.notes],
            methods=" ".join(sentence.plain for sentence in sentences),
            references=[reference.entry for reference in cited(sentences)],
            source=analysis.table.source,
            reading=analysis.table.reading,
            words={str(word): MEANINGS[word] for word in Verdict},
            wide=WIDE,
            style=Markup(asset(STYLE)),  # noqa: S704  a file of this package
            script=Markup(asset(SCRIPT, PACKAGE)),  # noqa: S704  a file of this package
        )
    )
    return visible(page, keep="\n\t")


def _templates() -> Environment:
    templates = make_templates(TEMPLATE, asset(TEMPLATE, PACKAGE))
    templates.filters |= {"html": html_text, "anchor": anchor_of}
    return templates


def _tone(analysis: TableAnalysis) -> Tone:
    """The colour of the answer: somebody won, a tie is shown, or it is open."""
    comparisons = analysis.lead.comparisons
    if len(comparisons) == 1:
        return TONES.get(comparisons[0].verdict, "open")
    return "won" if lead_standings(analysis).best is not None else "open"


def _subject(analysis: TableAnalysis) -> str:
    """What the leading verdicts speak about, and what they do not."""
    unit = analysis.table.unit
    return {
        Scope.ONE: f"This is said of further {unit}s on this data set, and of no other data.",
        Scope.THESE: f"This is said of further {unit}s on these data sets, and of no others.",
        Scope.LIKE_THESE: (
            "This is said of data sets like these, as if these had been drawn from all of them."
        ),
    }[analysis.lead.scope]


def _picture(analysis: TableAnalysis) -> Markup | None:
    """The picture of ranks, of three arms or more whose pairs were all asked about."""
    arms = len(analysis.arms.values)
    if arms < FEWEST_RANKED or not analysis.is_ranked or analysis.second_opinion.ranks is None:
        return None
    return Markup(ranks_svg(analysis))  # noqa: S704  its texts are escaped


def _curves(analysis: TableAnalysis) -> list[tuple[str, str, Markup]]:
    """The name, the sentence and the picture of every pair whose curves were asked for."""
    along, margin = analysis.along, analysis.arms.rule.margin
    if along is None:
        return []
    return [
        (
            f"{pair[0]} \N{MINUS SIGN} {pair[1]}",
            curve_sentence(along, pair),
            Markup(curve_picture(along, pair, margin)),  # noqa: S704  its texts are escaped
        )
        for pair in along.verdicts
    ]


def _pairs(
    analysis: TableAnalysis, name: str, comparisons: Sequence[Comparison]
) -> tuple[str, Table, list[Bar | None]]:
    return name, pair_table(analysis, comparisons), make_bars(comparisons)


def _blocks(analysis: TableAnalysis) -> list[tuple[str, Table, list[Bar | None]]]:
    """The verdicts within each data set, where there are several and not too many to read."""
    if not 1 < len(analysis.arms.blocks) <= MOST_COLUMNS:
        return []
    return [
        _pairs(analysis, block, comparisons)
        for block, comparisons in analysis.by_block.items()
        if comparisons
    ]


def _data_sets(analysis: TableAnalysis, table: ResultsTable) -> list[list[Cell]]:
    """A row for each data set and a column for each arm; empty for a single data set."""
    if len(analysis.arms.blocks) == 1:
        return []
    if table.blocks:
        columns = [row.by_block for row in table.rows]
        cells = zip(table.blocks, zip(*columns, strict=True), strict=True)
        return [[Cell(block), *row] for block, row in cells]
    digits, means = gap_digits(analysis), block_means(analysis)
    rows = zip(analysis.arms.blocks, means.to_numpy(), strict=True)
    return [[Cell(block), *(Cell(digits.text(value)) for value in row)] for block, row in rows]
