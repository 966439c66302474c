"""A whole report: every file of it as text, by its path beside the page; and whether files say the
same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from suite.analysis.studies import studies
from suite.analysis.summary import Findings, examine
from suite.errors import SuiteError
from suite.reports.figures import learning_curves
from suite.reports.markdown import figure_path, finding, render
from suite.reports.rows import DIGITS
from suite.reports.web.page import page as web_page
from suite.store.records import ResultSource, as_files, reported_records

FOLDER = "results"  # of the figures and the records, beside the page
EXCERPT = ("<!-- excerpt of RESULTS.md -->", "<!-- end of excerpt -->")
NOTHING = "nothing was run yet; `suite run` does"
SHOWN = 60  # characters of a line that differs


def findings(evidence: ResultSource) -> list[Findings]:
    """What every task's records say, by task and device."""
    return [examine(study) for study in studies(evidence)]


def report_files(evidence: ResultSource, page: str) -> tuple[list[Findings], dict[str, str]]:
    """What was found; and the page that says it, its figures and the records behind it, by their
    paths. Raises SuiteError where nothing was run."""
    found = findings(evidence)
    if not found:
        raise SuiteError(NOTHING)
    files = {
        figure_path(one.study): learning_curves(one.study.task, one.study.results) for one in found
    }
    files |= {
        f"{FOLDER}/{name}": text for name, text in as_files(reported_records(evidence)).items()
    }
    return found, files | {
        page: render(found, evidence.documents("environment"), evidence.documents("timings"))
    }


def page_text(
    evidence: ResultSource, found: Sequence[Findings], history: Sequence[Mapping[str, str]] = ()
) -> str:
    """The self-contained page of what was found. Raises SuiteError where nothing was run."""
    if not found:
        raise SuiteError(NOTHING)
    return web_page(found, evidence.documents("environment"), history)


def excerpt(found: Sequence[Findings]) -> str:
    """What a README quotes of the page: one finding a task."""
    return "\n".join(finding(one).replace("](#", "](RESULTS.md#") for one in found)


def differences(expected: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Where files in `folder` differ from `expected`: a line for each file, with the place, the row
    and both texts.

    A figure or records that the report does not have are a difference too."""
    for name, text in expected.items():
        try:
            found = (folder / name).read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            yield f"{name}: cannot read it: {getattr(error, 'strerror', None) or error}"
            continue
        if found != text:
            yield _difference(name, text, found)
    there = {
        f"{FOLDER}/{path.name}"
        for kind in ("*.svg", "*.jsonl")
        for path in (folder / FOLDER).glob(kind)
    }
    yield from (
        f"{name}: is no part of the report; remove it" for name in sorted(there - expected.keys())
    )


def excerpt_difference(expected: str, readme: Path) -> str | None:
    """Where the excerpt in a README differs; None where it is the same, or there is none."""
    start, end = EXCERPT
    if not readme.is_file():
        return None
    text = readme.read_text(encoding="utf-8")
    if start not in text:
        return None
    before, _, rest = text.partition(start)
    found = rest.partition(end)[0].strip()
    return (
        None
        if found == expected
        else _difference(readme.name, expected, found, before.count("\n") + 1)
    )


def _difference(name: str, expected: str, found: str, lines_before: int = 0) -> str:
    """The first line that differs."""
    pairs = enumerate(zip_longest(expected.split("\n"), found.split("\n")), start=1 + lines_before)
    number, (wanted, there) = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
    rows = re.findall(rf"\| ([0-9a-f]{{{DIGITS}}}) *\|$", wanted or "")
    row = f" (row {rows[0]})" if rows else ""
    return (
        f"{name}:{number}{row}: expected {_around(wanted, there)}, found {_around(there, wanted)}"
    )


def _around(line: str | None, other: str | None) -> str:
    """The part of a line in which it differs from the other."""
    if line is None:
        return "no such line"
    same = next(
        (place for place, (a, b) in enumerate(zip(line, other or "", strict=False)) if a != b),
        len(line),
    )
    start = max(0, same - SHOWN // 2)
    return repr(line[start : start + SHOWN])
