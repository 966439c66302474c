"""Whether the files of a report, and what a README quotes of it, are what the records say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import zip_longest
from pathlib import Path

from suite.reports.markdown.page import render_page
from suite.reports.report_files import FOLDER, Report, require_analyses
from suite.reports.row_ids import arms_behind
from suite.store.records import ResultSource

EXCERPT = ("<!-- excerpt of RESULTS.md -->", "<!-- end of excerpt -->")
SHOWN = 60  # characters of a line that differs


def find_differences(report: Report, folder: Path) -> Iterator[str]:
    """Where files in `folder` differ from the report's: one line for each file.

    It names the line and the row, and has both texts. A figure or records that the report does not
    have are a difference too.
    """
    for name, parts in report.parts.items():
        expected = "".join(parts)
        try:
            stored = (folder / name).read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            yield f"{name}: cannot read it: {getattr(error, 'strerror', None) or error}"
            continue
        if stored != expected:
            yield _describe(name, expected, stored, rows=report.row_ids)
    stored_names = {
        f"{FOLDER}/{path.name}"
        for kind in ("*.svg", "*.jsonl")
        for path in (folder / FOLDER).glob(kind)
    }
    for name in sorted(stored_names - report.parts.keys()):
        yield f"{name}: is no part of the report; remove it"


def page_difference(evidence: ResultSource, page: Path) -> str | None:
    """Where a page differs from what the records say; None where it is the same."""
    analyses = require_analyses(evidence)
    documents = evidence.documents
    expected = render_page(analyses, documents("environment"), documents("timings"))
    try:
        found = page.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        return f"{page}: cannot read it: {getattr(error, 'strerror', None) or error}"
    rows = {row for analysis in analyses for row in arms_behind(analysis)}
    return None if found == expected else _describe(str(page), expected, found, rows=rows)


def excerpt_difference(expected: str, readme: Path) -> str | None:
    """Where the excerpt in a README differs; None where it is the same, or there is none."""
    start, end = EXCERPT
    if not readme.is_file():
        return None
    before, marker, rest = readme.read_text(encoding="utf-8").partition(start)
    quoted = rest.partition(end)[0].strip()
    if not marker or quoted == expected:
        return None
    return _describe(readme.name, expected, quoted, lines_before=before.count("\n") + 1)


def _describe(
    name: str,
    expected: str,
    stored: str,
    *,
    rows: Collection[str] = (),
    lines_before: int = 0,
) -> str:
    """The first line that differs. `rows`: ids of the rows of tables, to name the one."""
    lines = zip_longest(expected.split("\n"), stored.split("\n"))
    numbered = enumerate(lines, start=1 + lines_before)
    number, (wanted, got) = next((number, pair) for number, pair in numbered if pair[0] != pair[1])
    row = _row_of(wanted or "", rows)
    return (
        f"{name}:{number}{f' (row {row})' if row else ''}: expected {_excerpt(wanted, got)},"
        f" found {_excerpt(got, wanted)}"
    )


def _row_of(line: str, rows: Collection[str]) -> str | None:
    """The id that a line of a table ends with."""
    cells = line.rstrip("| ")
    return next((row for row in rows if cells.endswith(f"| {row}")), None)


def _excerpt(line: str | None, other: str | None) -> str:
    """The part of a line in which it differs from the other."""
    if line is None:
        return "no such line"
    pairs = enumerate(zip(line, other or "", strict=False))
    same = next((index for index, (a, b) in pairs if a != b), len(line))
    start = max(0, same - SHOWN // 2)
    return repr(line[start : start + SHOWN])
