"""A compared table as markdown, LaTeX, page, JSON, CSV and picture: the same verdicts in each, and
names that break out of none.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from suite.analysis.compare_table import TableAnalysis, compare_table
from suite.reports.results_table.frame import as_csv, as_frame
from suite.reports.results_table.html_page import as_html
from suite.reports.results_table.json_text import as_json
from suite.reports.results_table.latex_text import as_latex, latex_text
from suite.reports.results_table.markdown_text import as_markdown
from suite.reports.results_table.verdicts import TableVerdicts
from tests.support.tables import made_rows, made_table

XYZ = ("x", "y", "z")
THREE = {"a": [0.9, 0.7, 0.8], "b": [0.8, 0.7001, 0.7], "c": [0.7, 0.6, 0.5]}
HOSTILE = ("a_b & 50%", "[b] | #1", "<i>c</i>", "d$^{2}$ ~ \\x", "β--`e'")


@pytest.fixture
def analysis() -> TableAnalysis:
    return compare_table(made_table(made_rows(THREE, blocks=XYZ)))


@pytest.fixture
def hostile() -> TableAnalysis:
    means = {name: [0.9 - 0.1 * k, 0.9] for k, name in enumerate(HOSTILE)}
    return compare_table(made_table(made_rows(means, blocks=("s_1", "s|2"))))


def pipe_rows(text: str) -> list[list[str]]:
    """The cells of a table of markdown; an escaped pipe ends none."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_markdown_has_one_bold_mean_and_marks_ties(analysis: TableAnalysis) -> None:
    text = as_markdown(analysis)
    heads, _, *rows = pipe_rows(text)
    assert heads[:6] == ["arm", "x", "y", "z", "mean", "n"]
    assert rows[0][:5] == [
        "a",
        "**0.9005 ± 0.0024**",
        "0.7005 ± 0.0024\N{DAGGER}",
        "**0.8005 ± 0.0024**",
        "**0.8005**",
    ]
    assert rows[1][2] == "0.7006 ± 0.0024\N{DAGGER}"
    assert text.startswith("In accuracy, on these 3 data sets (24 seeds a pair): a is best, ")
    assert "- Satterthwaite, F. E. (1946). An approximate distribution" in text


def test_names_break_no_row_of_markdown(hostile: TableAnalysis) -> None:
    text, opinion = as_markdown(hostile).split("## Second opinion")
    rows = pipe_rows(text)
    assert {len(row) for row in rows} == {9}
    assert {len(row) for row in pipe_rows(opinion)} == {5}  # of arms and of pairs
    assert rows[0][1:3] == ["s\\_1", "s\\|2"]
    assert "&lt;i&gt;c&lt;/i&gt;" in [row[0] for row in rows]


def test_latex_sets_rules_and_escapes_names() -> None:
    assert latex_text("a_b & 50% #1 {x}") == r"a\_b \& 50\% \#1 \{x\}"
    assert latex_text("~^\\$") == r"\textasciitilde{}\textasciicircum{}\textbackslash{}\$"
    assert latex_text("[\N{MINUS SIGN}1, ±2]") == r"{[}$-$1, $\pm$2{]}"
    assert latex_text("a---b\n<β>") == r"a-{}-{}-b $<$$\beta$$>$"


def test_latex_has_one_environment_with_caption_label_and_notes(analysis: TableAnalysis) -> None:
    text = as_latex(analysis)
    for line in (r"\toprule", r"\midrule", r"\bottomrule", r"\label{tab:accuracy}"):
        assert text.count(line) == 1
    assert text.count(r"\begin{") == text.count(r"\end{") == 3
    assert r"\caption{In accuracy, on these 3 data sets (24 seeds a pair): a is best, " in text
    assert r"\textbf{0.8005}" in text
    assert r"0.7006 $\pm$ 0.0024$^{\dagger}$" in text
    assert "degrees of freedom~\\cite{satterthwaite1946}." in text
    assert "% @article{satterthwaite1946," in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len({len(re.findall(r"(?<!\\)&", row)) for row in rows}) == 1


def test_latex_of_many_data_sets_has_a_row_for_each() -> None:
    blocks = [f"d{k}" for k in range(12)]
    means = {"a": [0.9 + 0.001 * (k % 3) for k in range(12)], "b": 12 * [0.8]}
    text = as_latex(compare_table(made_table(made_rows(means, blocks=blocks, units=16))))
    assert r"arm & a & b \\" in text
    assert r"d11 & \textbf{0.9025 $\pm$ 0.0024} & 0.8005 $\pm$ 0.0024 \\" in text
    assert r"mean & \textbf{0.90150} & 0.80050 \\" in text


def test_latex_says_where_pdflatex_lacks_a_letter() -> None:
    rows = made_rows({"算法": [0.9], "b": [0.8]})
    assert "use LuaLaTeX or XeLaTeX" in as_latex(compare_table(made_table(rows)))
    assert "LuaLaTeX" not in as_latex(compare_table(made_table(made_rows({"β": [1], "é": [2]}))))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("which", ["analysis", "hostile"])
def test_latex_compiles_with_booktabs_alone(
    which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = as_latex(request.getfixturevalue(which))
    document = r"\documentclass{article}\usepackage{booktabs}\begin{document}" + "\n" + text
    (tmp_path / "t.tex").write_text(document + "\\end{document}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    assert b"Overfull" not in done.stdout


class Cells(HTMLParser):
    """The tags of a page, what its first headline says, and what is bold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.bold: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self.ids |= {str(named["id"])} if "id" in named else set()
        self.links |= {str(named["href"])} if "href" in named else set()
        assert "src" not in named

    def handle_data(self, data: str) -> None:
        if self.tags and data.strip():
            self.texts.append(data.strip())
            if self.tags[-1] == "strong":
                self.bold.append(data.strip())
                self.tags.append("")


def test_the_page_says_the_answer_first_and_links_only_to_itself(analysis: TableAnalysis) -> None:
    page = as_html(analysis)
    cells = Cells(page)
    body = cells.texts[cells.texts.index("To the verdict") :]
    assert body[1] == "3 arms compared in accuracy"
    assert body[2].startswith("In accuracy, on these 3 data sets (24 seeds a pair): a is best")
    assert cells.bold[:3] == ["0.9005 ± 0.0024", "0.8005 ± 0.0024", "0.8005"]
    anchors = {link[1:] for link in cells.links if link.startswith("#")}
    assert anchors <= cells.ids
    assert cells.links - {f"#{anchor}" for anchor in anchors} == {"data:,"}
    for heading in ("Verdicts on these data sets", "Verdicts on data sets like these"):
        assert heading in body
    assert "All pairs on y" in body
    assert "results.csv" in body
    assert as_html(analysis) == page


def test_names_break_out_of_no_page(hostile: TableAnalysis) -> None:
    page = as_html(hostile)
    assert "<i>" not in page
    assert "&lt;i&gt;c&lt;/i&gt;" in page
    assert "<i>" not in TableVerdicts(hostile)._repr_html_()


def test_json_has_both_scopes_all_arms_and_all_data_sets(analysis: TableAnalysis) -> None:
    document = json.loads(as_json(analysis))
    assert document["version"] == 1
    assert document["table"]["reading"] == "read: method = arm, accuracy = value"
    assert [(f["scope"], len(f["comparisons"])) for f in document["families"]] == [
        ("these data sets", 3),
        ("data sets like these", 3),
    ]
    first = document["families"][0]["comparisons"][0]
    assert (first["a"], first["b"], first["verdict"], first["winner"]) == ("a", "b", "BETTER", "a")
    assert (first["scope"], first["n"]) == ("these data sets", 24)
    assert first["mean_gap"] == pytest.approx(0.1999 / 3)
    like = document["families"][1]["comparisons"][0]
    assert (like["scope"], like["unit"], like["n"]) == ("data sets like these", "data set", 3)
    assert len(like["prediction_for_new_data_set"]) == 2
    assert [(arm["arm"], arm["best"], arm["worse_than"]) for arm in document["arms"]] == [
        ("a", True, []),
        ("b", False, ["a"]),
        ("c", False, ["a", "b"]),
    ]
    y = document["data_sets"][1]
    assert (y["data_set"], y["arms"][1]["n"]) == ("y", 8)
    assert y["arms"][1]["mean"] == pytest.approx(0.7006)
    assert [one["verdict"] for one in y["comparisons"]] == ["UNDECIDED", "BETTER", "BETTER"]


def test_json_has_null_for_what_has_no_number() -> None:
    single = made_rows({"a": 6 * [0.9], "b": 6 * [0.8]}, blocks=[*"uvwxyz"], units=1)
    document = json.loads(as_json(compare_table(made_table(single))))
    assert document["data_sets"][0]["arms"][0]["sd"] is None
    assert document["data_sets"][0]["comparisons"] == []


def test_csv_has_a_row_for_each_pair_and_scope(analysis: TableAnalysis) -> None:
    frame = as_frame(analysis)
    assert list(zip(frame["scope"], frame["a"], frame["b"], strict=True)) == [
        (scope, a, b)
        for scope in ("these data sets", "data sets like these")
        for a, b in (("a", "b"), ("a", "c"), ("b", "c"))
    ]
    assert list(frame["winner"][:3]) == ["a", "a", "b"]
    own = [comparison.gap.p for comparison in analysis.lead.comparisons]
    assert all(p > alone for p, alone in zip(frame["p"], own, strict=False) if alone)
    assert list(frame["p"] < 0.05) == list((frame["low"] > 0) | (frame["high"] < 0))
    read = pd.read_csv(io.StringIO(as_csv(analysis)))
    assert list(read.columns) == list(frame.columns)
    assert list(read["low"]) == pytest.approx(list(frame["low"]), rel=1e-14)
    assert list(read["winner"][3:].isna()) == [True] * 3


def test_verdicts_are_a_sequence_with_a_short_text(analysis: TableAnalysis) -> None:
    verdicts = TableVerdicts(analysis)
    assert [(v.first, v.second, v.winner) for v in verdicts] == [
        ("a", "b", "a"),
        ("a", "c", "a"),
        ("b", "c", "b"),
    ]
    assert (len(verdicts), verdicts[2].second) == (3, "c")
    lines = repr(verdicts).splitlines()
    assert lines[0] == verdicts.answer
    assert lines[1:] == [
        "a against b: a IS BETTER",
        "a against c: a IS BETTER",
        "b against c: b IS BETTER",
        "read: method = arm, accuracy = value",
    ]
    assert "<td><strong>0.8005</strong></td>" in verdicts._repr_html_()


def test_the_picture_has_a_row_for_each_pair_and_its_interval(analysis: TableAnalysis) -> None:
    figure = TableVerdicts(analysis).plot()
    (axes,) = figure.axes
    minus = "\N{MINUS SIGN}"
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [f"a {minus} b", f"a {minus} c", f"b {minus} c"]
    interval = analysis.lead.comparisons[0].gap.interval
    assert interval is not None
    ends = [np.asarray(line.get_xdata()).tolist() for line in axes.lines]
    assert [interval.low, interval.high] in ends


def test_the_picture_goes_into_axes_that_are_given(analysis: TableAnalysis) -> None:
    figure = Figure()
    first, second = figure.subplots(1, 2)
    assert TableVerdicts(analysis).plot(ax=second) is figure
    assert (len(first.lines), len(second.lines)) == (0, 7)  # 0, and of each pair line and point
