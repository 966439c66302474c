"""Text as data: each output writes the same pieces in its own way."""

from __future__ import annotations

from suite.reports.prose import (
    Code,
    Link,
    MetricLabel,
    RowId,
    Unbroken,
    join,
    markdown_text,
    plain_text,
)
from suite.reports.table import Heading, make_table
from suite.reports.web.markup import html_text
from suite.task.components import Metric

TEXT = (Link("A IS BETTER", "better"), " than ", Code("b"), ", ", Unbroken("1 ± 2"))


def test_links_code_and_numbers_are_written_as_the_output_has_them() -> None:
    assert plain_text(TEXT) == "A IS BETTER than `b`, 1 ± 2"
    assert markdown_text(TEXT) == "[A IS BETTER](#better) than `b`, 1 ± 2"
    assert markdown_text(TEXT, page="X.md").startswith("[A IS BETTER](X.md#better)")
    assert (
        html_text(TEXT) == '<a href="#better">A IS BETTER</a> than <code>b</code>, 1\u00a0±\u00a02'
    )


def test_text_that_looks_like_markup_stays_text_in_html() -> None:
    assert html_text(("[x](#y)", RowId("<b>"))) == "[x](#y)<code>&lt;b&gt;</code>"


def test_texts_are_joined_piece_by_piece() -> None:
    assert join("; ", ["a", ("b", Code("c"))]) == ("a", "; ", "b", Code("c"))
    assert join("; ", []) == ()


def test_a_metric_has_a_name_and_a_heading_with_its_unit() -> None:
    label = MetricLabel("digit_accuracy", Metric(direction="higher"))
    assert (label.name, str(label)) == ("digit accuracy", "digit accuracy, %")
    assert str(MetricLabel("parameters", None)) == "parameters"
    linked = html_text(label, {"digit accuracy": "a share"})
    assert linked == '<a class="term" href="#digit-accuracy">digit accuracy, %</a>'


def test_a_table_knows_the_glossarys_name_of_a_heading() -> None:
    table = make_table([{"arm": "a", "time / time of a": "1"}], {"time / time of a": "time"})
    assert table.headings == (Heading("arm", "arm"), Heading("time / time of a", "time"))
    assert table.without("arm").rows == ({"time / time of a": "1"},)
    assert make_table([]).is_empty
