"""The page as text: a pure function of findings. The same records give the same bytes, and it
refers to nothing outside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from suite.analysis.summary import Findings
from suite.reports import tables, verdicts
from suite.reports.arms import arms_table
from suite.reports.costs import unequal_budgets
from suite.reports.markdown import CLAIMS, COSTS, EFFECTS, READING, protocol_words, ranges
from suite.reports.rows import arms_behind
from suite.reports.web.cards import card
from suite.reports.web.drawn import drawing, study_id
from suite.reports.web.glossary import COLUMNS, column_of, metrics_of, models_of, place
from suite.reports.web.reproduced import verdicts_with_percentiles
from suite.reports.wording import MEANINGS, scope

TEMPLATE, STYLE, CHARTS = "page.html", "page.css", "plotly-basic.min.js"
SCRIPTS = ("view.js", "figures.js", "tables.js", "page.js")  # one script, in this order
WIDE = (
    "what",
    "verdict",
    "reported",
    "measured, mean ± sd",
    "its own evidence",
    "percentile of the reported run",
    "effect",
)
WHOLE = re.compile(
    r"[+-]?[\d.,]+ ± [\d.,e-]+|\[[^]\[(]*\](?!\()|p [=<] [\d.]+"
)  # what a line break would tear
OPEN_ENDED = re.compile(r"</(?=script|style)", re.IGNORECASE)


def page(
    found: Sequence[Findings],
    environments: Mapping[str, Mapping[str, str]],
    history: Sequence[Mapping[str, str]] = (),
) -> str:
    """The whole page. `environments`: what each is, by its id. `history`: earlier pages, as `title`
    and `address`."""
    templates = Environment(
        loader=DictLoader({TEMPLATE: asset(TEMPLATE)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    metrics = metrics_of(found)
    behind = {row: " ".join(arms) for one in found for row, arms in arms_behind(one).items()}
    templates.filters |= {
        "said": said,
        "cell": lambda text, column: cell(text, column, metrics),
        "kind": kind,
        "meaning": lambda heading: meaning(heading, metrics),
        "arms_of": lambda row: behind.get(row.get("id"), ""),
        "place": place,
    }
    shown = {one.study.environment: environments.get(one.study.environment, {}) for one in found}
    return templates.get_template(TEMPLATE).render(
        cards=[card(one) for one in found],
        sections=[section(one) for one in found],
        claims=claims_table(found),
        evidence=verdicts.evidence_table(found),
        environments=dict(sorted(shown.items())),
        devices=sorted({one.study.device for one in found}),
        arms=list(dict.fromkeys(arm for one in found for arm in one.study.task.arms)),
        tasks=list(dict.fromkeys(one.study.task.name for one in found)),
        runs=sum(len(results) for one in found for results in one.study.results.values()),
        meanings=MEANINGS,
        glossary={"Metrics": metrics, "Models": models_of(found), "Columns of the tables": COLUMNS},
        notes={"claims": CLAIMS, "costs": COSTS, "effects": EFFECTS, "reading": READING},
        history=history,
        style=Markup(asset(STYLE)),  # noqa: S704  a file of this package
        script=Markup("\n".join(map(asset, SCRIPTS))),  # noqa: S704  files of this package
        charts=Markup(OPEN_ENDED.sub(r"<\/", asset(CHARTS))),  # noqa: S704  a file of this package
        data=as_script(drawing(found)),
    )


def section(found: Findings) -> dict[str, Any]:
    """What the page says of one study, below its verdict."""
    study, task = found.study, found.study.task
    seeds = sorted({run.seed for results in study.results.values() for run in results})
    claims = claims_table([found])
    return {
        "id": study_id(study),
        "study": study,
        "arms": arms_table(study),
        "comparisons": verdicts.comparisons_table(found),
        "effects": verdicts.effects_table(found),
        "pairing": verdicts.pairing_table(found),
        "claims": claims.drop(columns="task") if len(claims) else claims,
        "times": tables.times_table(study),
        "ratios": tables.ratios_table(study),
        "layers": {
            arm: (tables.layers_table(model), tables.memory_line(model))
            for arm in task.arms
            if (model := next((run.model for run in study.results[arm] if run.model), None))
        },
        "budgets": unequal_budgets(study),
        "scope": scope(study),
        "protocol": protocol_words(study),
        "again": (
            f"suite run {task.name} --seeds {ranges(seeds)}" if seeds else f"suite run {task.name}"
        ),
    }


def said(text: str) -> Markup:
    """Our own prose with its links to words (`[shown](#word)`) and its `code`; all else in it is
    text."""
    safe = str(escape(text))
    safe = re.sub(r"\[([^]\[]*)\]\(#([a-z-]+)\)", r'<a href="#\2">\1</a>', safe)
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", safe))  # noqa: S704  escaped above


def claims_table(found: Sequence[Findings]) -> pd.DataFrame:
    """What was reported, what was measured, and the verdict with the percentiles of the reported
    runs beside it."""
    frame = verdicts.claims_table(found)
    return frame.assign(verdict=verdicts_with_percentiles(found)) if len(frame) else frame


def cell(text: object, column: str, metrics: Mapping[str, str]) -> Markup:
    """A cell of a table: an id is code to copy, a verdict and a metric link to their meaning, and
    no number is broken."""
    if column == "id":
        return Markup("<code>{}</code>").format(text)
    name = str(text).removesuffix(", %")
    if column == "metric" and name in metrics:
        return Markup('<a class="term" href="#{}">{}</a>').format(place(name), text)
    return said(WHOLE.sub(lambda found: found[0].replace(" ", "\u00a0"), str(text)))


def kind(column: str) -> str:
    """How a column is set: "wide" for texts that wrap, else empty."""
    return "wide" if column in WIDE else ""


def meaning(heading: str, metrics: Mapping[str, str]) -> str:
    """What a heading of a table means; empty where its word says it."""
    column = column_of(heading)
    return COLUMNS[column] if column else metrics.get(heading.removesuffix(", %"), "")


def as_script(value: Any) -> Markup:
    """JSON that can stand in a script element: nothing in it ends one."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    # no markup is left
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def asset(name: str) -> str:
    """A file of the page, as text."""
    return (files("suite.reports.web") / "assets" / name).read_text(encoding="utf-8")
