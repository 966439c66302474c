"""The page as text: a pure function of analyses.

The same records give the same bytes, and it refers to nothing outside.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence

from jinja2 import Environment
from markupsafe import Markup

from suite.analysis.analyse import Analysis
from suite.analysis.study import Study
from suite.reports.arms_table import arms_table
from suite.reports.claim_tables import claims_table, own_evidence_table
from suite.reports.costs import unequal_budgets
from suite.reports.headlines import scope
from suite.reports.history_words import unjournaled_words
from suite.reports.model_tables import layers_table, memory_line, models_of_study
from suite.reports.notes import (
    CLAIMS,
    EFFECTS,
    WITHIN,
    costs_note,
    reading_note,
)
from suite.reports.prose import Prose, anchor_of, plain_text
from suite.reports.protocol import protocol_words
from suite.reports.row_ids import arms_behind
from suite.reports.sweep_figure import sweep_figure, sweep_text
from suite.reports.table import Row
from suite.reports.timing_tables import ratios_table, times_table
from suite.reports.verdict_tables import (
    comparisons_table,
    effects_table,
    pairing_table,
    within_table,
)
from suite.reports.web.cards import make_card
from suite.reports.web.figure_data import figure_data, study_id
from suite.reports.web.glossary import columns_of, meaning, metrics_of, models_of
from suite.reports.web.markup import html_text
from suite.reports.web.templates import STYLE, asset, make_templates
from suite.reports.wording import MEANINGS
from suite.task.seeds import seed_ranges

TEMPLATE, CHARTS = "page.html", "plotly-basic.min.js"
SCRIPTS = ("view.js", "figures.js", "tables.js", "page.js")  # one script, in this order
WIDE = (
    "what",
    "verdict",
    "answer",
    "reported",
    "measured, mean ± sd",
    "its own evidence",
    "effect",
)  # columns of texts that wrap
OPEN_ENDED = re.compile(r"</(?=script|style)", re.IGNORECASE)


def render_html(
    analyses: Sequence[Analysis],
    environments: Mapping[str, Mapping[str, str]],
    history: Sequence[Mapping[str, str]] = (),
) -> str:
    """The whole page.

    `environments`: what each is, by its id. `history`: earlier pages, as `title` and `address`.
    """
    studies = [analysis.study for analysis in analyses]
    metrics = metrics_of(analyses)
    shown = {study.environment: environments.get(study.environment, {}) for study in studies}
    return (
        _templates(analyses, metrics)
        .get_template(TEMPLATE)
        .render(
            cards=[make_card(analysis) for analysis in analyses],
            sections=[_section(analysis) for analysis in analyses],
            claims=claims_table(analyses, with_percentiles=True),
            evidence=own_evidence_table(analyses),
            environments=dict(sorted(shown.items())),
            devices=sorted({study.device for study in studies}),
            arms=list(dict.fromkeys(arm for study in studies for arm in study.task.arms)),
            tasks=list(dict.fromkeys(study.task.name for study in studies)),
            runs=sum(len(results) for study in studies for results in study.results.values()),
            meanings={str(word): text for word, text in MEANINGS.items()},
            glossary={
                "Metrics": metrics,
                "Models": models_of(analyses),
                "Columns of the tables": columns_of(analyses),
            },
            notes={
                "claims": CLAIMS,
                "costs": costs_note([study.task for study in studies]),
                "effects": EFFECTS,
                "within": WITHIN,
                "reading": reading_note([study.task for study in studies]),
            },
            history=history,
            style=Markup(asset(STYLE)),  # noqa: S704  a file of this package
            script=Markup("\n".join(map(asset, SCRIPTS))),  # noqa: S704  files of this package
            # a file of this package
            charts=Markup(OPEN_ENDED.sub(r"<\/", asset(CHARTS))),  # noqa: S704
            data=script_json(figure_data(analyses)),
        )
    )


def script_json(value: object) -> Markup:
    """JSON that can stand in a script element: nothing in it ends one."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for letter in "&<>":  # no markup is left
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704


def _templates(analyses: Sequence[Analysis], metrics: Mapping[str, Prose]) -> Environment:
    """The template, with what writes texts and cells."""
    templates = make_templates(TEMPLATE, asset(TEMPLATE))
    behind = {
        row: " ".join(arms) for analysis in analyses for row, arms in arms_behind(analysis).items()
    }

    def arms_of(row: Row) -> str:
        """The arms whose runs are behind a row of a table; empty for a row without an id."""
        return behind.get(plain_text(row["id"]), "") if "id" in row else ""

    filters: dict[str, Callable[..., str]] = {
        "html": html_text,
        "cell": lambda cell: html_text(cell, metrics),
        "kind": lambda heading: "wide" if heading in WIDE else "",
        "meaning": lambda heading: plain_text(meaning(heading, metrics)),
        "arms_of": arms_of,
        "anchor": anchor_of,
    }
    templates.filters |= filters
    return templates


def _sweep(study: Study) -> dict[str, str] | None:
    """The picture of a sweep, as an address that holds it, with its text; None for no sweep."""
    picture = sweep_figure(study)
    if picture is None:
        return None
    code = base64.b64encode(picture.encode()).decode()
    return {"address": f"data:image/svg+xml;base64,{code}", "text": sweep_text(study)}


def _section(analysis: Analysis) -> dict[str, object]:
    """What the page says of one study, below its verdict."""
    study, task = analysis.study, analysis.study.task
    seeds = sorted({run.seed for results in study.results.values() for run in results})
    return {
        "id": study_id(study),
        "study": study,
        "parts": {part.block: study_id(part) for part in study.each() if part.block},
        "arms": arms_table(study),
        "comparisons": comparisons_table(analysis),
        "effects": effects_table(analysis),
        "pairing": pairing_table(analysis),
        "within": within_table(analysis),
        "claims": claims_table([analysis], with_percentiles=True).without("task"),
        "times": times_table(study),
        "ratios": ratios_table(study),
        "layers": {
            names: (layers_table(model), memory_line(model))
            for names, model in models_of_study(study).items()
        },
        "budgets": unequal_budgets(study),
        "scope": scope(analysis),
        "sweep": _sweep(study),
        "unjournaled": unjournaled_words(study),
        "protocol": protocol_words(study),
        "again": f"suite import LOG --task {task.name}"
        if task.is_measured_elsewhere
        else f"suite run {task.name}" + (f" --seeds {seed_ranges(seeds)}" if seeds else ""),
    }
