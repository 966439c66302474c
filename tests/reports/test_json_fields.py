"""The names of fields in JSON are documented, and the page is made from them."""

from __future__ import annotations

import json

from suite.analysis.analyse import analyse
from suite.importers.measured import MeasuredArm
from suite.reports.comparison_text import JSON_VERSION, comparison_fields, comparison_json
from suite.reports.json_fields import OF_COMPARISONS, OF_LINES, JsonField, fields_table
from tests.support.fakes import made_study
from tests.support.tasks import ROOT

HOLDS = {"text": str, "number": float, "integer": int, "boolean": bool, "list of text": list}
HOLDS |= {"two numbers": list, "object": dict}


def holds(field: JsonField, value: object) -> bool:
    kind, _, null = field.holds.partition(" or ")
    return isinstance(value, HOLDS[kind]) or (null == "null" and value is None)


def test_a_verdict_has_the_documented_fields_in_their_order() -> None:
    for pair in analyse(made_study("made", 10)).comparisons:
        fields = comparison_fields(pair)
        assert list(fields) == [one.name for one in OF_COMPARISONS]
        assert all(holds(one, fields[one.name]) for one in OF_COMPARISONS)


def test_a_line_has_the_documented_fields_in_their_order() -> None:
    (pair, *_) = analyse(made_study("made", 10)).comparisons
    sides = [MeasuredArm(name, "accuracy", {"1": 0.5}) for name in (pair.first, pair.second)]
    line = json.loads(comparison_json(pair, sides[0], sides[1], pair))
    assert list(line) == [one.name for one in OF_LINES]
    assert all(holds(one, line[one.name]) for one in OF_LINES)


def test_the_page_shows_these_fields_and_this_version() -> None:
    page = (ROOT / "docs" / "json.md").read_text()
    assert page.endswith(f"<!-- the fields -->\n\n{fields_table()}")
    assert f"`version` is {JSON_VERSION}" in page
