"""The same question gets the same answer wherever it is asked."""

from __future__ import annotations

from suite.analysis.analyse import analyse
from suite.analysis.compare_study import compare_study
from suite.analysis.compare_table import compare_table
from suite.analysis.comparison import Comparison
from suite.analysis.item_verdicts import ItemVerdicts
from suite.analysis.study_as_table import table_of_study
from suite.api import Verdicts
from suite.reports.comparison_text import comparison_fields
from suite.reports.markdown.task_section import task_section
from suite.reports.numbers import format_interval
from suite.reports.terminal.versus import answer_lines
from suite.reports.web.answers import pair_answer
from suite.reports.wording import phrase
from tests.support.fakes import made_study

DOCUMENTED = {
    "unit", "family_size", "n", "mean_gap", "interval", "interval_level", "p", "p_adjusted",
    "verdict", "seeds_for_margin", "seeds_for_tie", "sequential", "missing", "scope",
}  # fmt: skip


def decided_by(pair: Comparison) -> tuple[object, ...]:
    return pair.first, pair.second, pair.verdict, pair.gap.interval, pair.p, pair.family_size


def test_a_study_a_table_and_python_say_the_same_of_the_same_runs() -> None:
    study = made_study("made", 10)
    analysis = analyse(study)
    expected = [decided_by(pair) for pair in analysis.primary_comparisons]
    assert len(expected) == 2
    assert [decided_by(pair) for pair in compare_study(study) if pair.is_declared] == expected
    assert [decided_by(pair) for pair in Verdicts(analysis)] == expected
    table = compare_table(table_of_study(study, "accuracy"), pairs=study.task.pairs())
    assert [decided_by(pair) for pair in table.lead.comparisons] == expected


def test_report_page_and_terminal_print_that_interval() -> None:
    study = made_study("made", 10)
    analysis = analyse(study)
    section = "\n".join(task_section(analysis))
    for pair in analysis.primary_comparisons:
        shown = format_interval(pair.gap.interval, study.task.metrics["accuracy"], signed=True)
        assert shown in section
        assert phrase(pair) in section
        assert shown in pair_answer(study, pair).sure
        assert pair_answer(study, pair).verdict == pair.verdict
        assert phrase(pair) in "\n".join(answer_lines(analysis, ItemVerdicts(), (), 1.0))


def test_json_has_what_is_documented() -> None:
    fields = comparison_fields(analyse(made_study("made", 10)).comparisons[0])
    assert fields.keys() >= DOCUMENTED
    assert (fields["interval_level"], fields["family_size"], fields["n"]) == (0.95, 2, 10)
