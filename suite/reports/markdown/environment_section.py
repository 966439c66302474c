"""What RESULTS.md says of where the records come from, and of how to make them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suite.analysis.study import Study
from suite.reports.markdown.syntax import escape, pipe_table
from suite.reports.notes import has_commands
from suite.reports.prose import markdown_text
from suite.reports.table import make_table
from suite.result import Result
from suite.task.seeds import seed_ranges

IMPORTED = (
    "What was measured elsewhere cannot be run here: `suite import LOG --task NAME` adds runs of a"
    " log, and `suite verify NAME` compares its files with their SHA-256."
)


def environment_section(
    studies: Sequence[Study], environments: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """What produced the records."""
    lines = [
        "## Environment",
        "",
        f"{_promise(studies)} Other environments are not pooled with these.",
        "",
    ]
    logged = {s.environment for s in studies if s.task.is_measured_elsewhere}
    for name in sorted(logged):
        lines += [f"Environment `{name}`: that of runs measured elsewhere, which is not known.", ""]
    for name in sorted({study.environment for study in studies} - logged):
        fields = sorted(environments.get(name, {}).items())
        table = make_table([{"field": field, "value": escape(text)} for field, text in fields])
        lines += [f"Environment `{name}`:", "", pipe_table(table), ""]
    makers = sorted({tuple(sorted(run.made_by.items())) for run in _runs(studies)})
    made_by = "; ".join(
        ", ".join(markdown_text(f"{name} {version}") for name, version in versions)
        for versions in makers
    )
    return [*lines, f"Made by {made_by}.", ""]


def _promise(studies: Sequence[Study]) -> str:
    """What is the same where key and environment are: of a command as far as it is seen."""
    bits = "Equal environment, equal key: equal bits"
    if has_commands([study.task for study in studies]):
        bits += ", but for commands, of which only what they are known to read is in the key"
    return f"{bits}."


def run_again_section(studies: Sequence[Study]) -> list[str]:
    """The commands that make the records again."""
    logged = [study for study in studies if study.task.is_measured_elsewhere]
    here = [study for study in studies if study not in logged]
    if not here:
        return ["## Run it again", "", IMPORTED]
    seeds = sorted({run.seed for run in _runs(here)})
    chosen = f" --seeds {seed_ranges(seeds)}" if seeds else ""
    return [
        "## Run it again",
        "",
        "```console",
        "$ make bench",
        "```",
        "",
        f"or, in an environment with the suite installed, `suite run{chosen} && suite report`.",
        *(["", IMPORTED] if logged else []),
    ]


def _runs(studies: Sequence[Study]) -> list[Result]:
    return [run for study in studies for results in study.results.values() for run in results]
