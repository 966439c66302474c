"""The page without a browser: what it says, that it is the same each time, that it is whole, and
that nothing breaks out of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from suite.analysis.analyse import Analysis, analyse
from suite.analysis.study import Study
from suite.analysis.words import DirectionWord, LevelWord, SizeWord, TargetWord, Verdict
from suite.reports.headlines import answer
from suite.reports.prose import Code, Link, markdown_text, plain_text
from suite.reports.web.cards import make_card
from suite.reports.web.figure_data import EPOCHS_DRAWN, figure_data
from suite.reports.web.glossary import METRICS
from suite.reports.web.markup import html_text
from suite.reports.web.page import render_html, script_json
from suite.reports.web.reported import WORST_FIRST
from suite.reports.web.templates import asset
from suite.store.store import open_store
from suite.task.claims import Claim
from suite.task.datasets import METRIC_NAMES
from suite.task.schema import Task
from tests.support.fakes import made_study
from tests.support.program import call
from tests.support.stores import make_store

PLOTLY = "99784e3abfb07b14"  # SHA-256 of plotly-basic.min.js in plotly.js-basic-dist-min 4.1.1


@pytest.fixture
def study() -> Study:
    return made_study("tiny", 12)


def data_of(text: str) -> Any:
    (found,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.DOTALL
    )
    return json.loads(found)


def test_a_card_says_who_won_by_how_much_over_what_and_how_sure(study: Study) -> None:
    first, second = make_card(analyse(study)).answers
    assert first.headline == "long beats short, by at least the margin that matters"
    assert first.amount.startswith(
        "+9.00 points (long 89.35%, short 80.35%)"
    )  # 6 seeds of +10, 6 of +8
    assert first.over == "12 seeds on cpu, each with its own data, initial weights and batch order"
    assert "long is higher under 12 of 12 seeds; p < 0.001 after correction for 2" in first.sure
    assert second.headline == "A tie: long and control are equivalent"
    assert first.sure.endswith(
        "beyond the margin of 1.00 points, below which this task declares a difference too small to"
        " matter"
    )
    assert (
        "90% interval [+0.00, +0.07] lies within ±1.00 points, which this task declares to be too"
        " small" in second.sure
    )
    assert "two one-sided tests at 5% each" in second.sure
    assert (first.tone, second.tone) == ("won", "equal")


def test_a_card_warns_of_unequal_budgets_and_of_lost_runs(study: Study) -> None:
    cautions = make_card(analyse(study)).cautions
    assert cautions == (
        "Unequal budgets: long against short: 4 epochs against 2.",
        "control: 1 of 12 runs have no result.",
    )


def test_a_card_says_what_was_answered_and_puts_each_value_beside_its_mean(study: Study) -> None:
    said = make_card(
        analyse(study)
    )  # reported: 50% and 75%, a difference of 25; measured: 80.35% and 89.35%, of 9
    assert markdown_text(said.claims) == (
        "Direction: 1 [CONFIRMED](#confirmed) (accuracy: long better than short). Size: 1 [LARGER"
        " THAN RUNS GIVE HERE](#larger-than-runs-give-here) (accuracy: long better than short)."
        " Level: 2 [LOWER THAN RUNS GIVE HERE](#lower-than-runs-give-here) (accuracy: short;"
        " accuracy: long). "
    )
    short, long = said.reported
    assert short.startswith("short: reported 50.00%; measured mean 80.35%, 95% interval [80.1")
    assert "all of it above the reported value; as a single run it is at percentile below 1" in long
    near = study.task.claims[0].model_copy(update={"reported": {"short": 0.8034, "long": 0.893}})
    close = make_card(with_claims(study, near))
    assert "Size: 1 [TYPICAL](#typical)" in markdown_text(close.claims)
    assert "which holds the reported value" in close.reported[0]
    nothing = make_card(with_claims(study))
    assert (nothing.claims, nothing.reported) == ("Nothing was reported for this task.", ())


def with_claims(study: Study, *claims: Claim) -> Analysis:
    return analyse(replace(study, task=study.task.model_copy(update={"claims": claims})))


def test_a_card_answers_targets_and_counts_too(study: Study) -> None:
    """The means are 80.35 and 89.35: the question is answered, in the card and in the sentence."""
    target = {"short": 0.85, "long": 0.89, "control": 0.8}
    claims = [
        Claim(metric="accuracy", target=target),
        Claim(metric="parameters", exact=True, reported={"long": 9}, order=("long", "short")),
    ]
    analysis = with_claims(study, *claims)
    card = make_card(analysis)
    assert [(one.headline, one.tone) for one in card.answers[2:]] == [
        ("short does not reach 85.00%", "open"),
        ("Undecided whether long reaches 89.00%", "open"),
        ("control reaches 80.00%", "won"),
        ("long does not have fewer parameters than short", "open"),
    ]
    assert card.answers[2].amount == "-4.65 points from the target"
    assert card.answers[2].sure.startswith("mean 80.35%, 95% interval [80.")
    assert card.answers[2].sure.endswith("for 3 targets together")
    assert card.answers[5].amount == "+0 (long 9, short 9)"
    sentence = plain_text(answer(analysis))
    assert sentence.startswith("In accuracy, on cpu: does short reach 85.00%? NO: mean 80.35%,")
    assert "does long reach 89.00%? NOT SHOWN: mean 89.35%" in sentence
    assert sentence.endswith(
        "does long have fewer parameters than short? CONTRADICTED: 9 against 9."
    )
    few = made_study("tiny", 4)
    none = make_card(analyse(replace(few, task=analysis.study.task))).answers[2]
    assert none.headline == "No answer on whether short reaches 85.00%: too few seeds"
    text = render_html([analysis], {})
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert {"yes", "no", "not-shown"} <= ids


def test_every_word_on_reported_numbers_has_its_place() -> None:
    no_answer = {Verdict.NOTHING_VARIED, Verdict.TOO_FEW_SEEDS, Verdict.TOO_MANY_FAILURES}
    words = {*DirectionWord, *SizeWord, *LevelWord, *TargetWord, *no_answer}
    assert {str(word) for word in WORST_FIRST} == {str(word) for word in words}


def test_the_page_has_the_answers_as_data(study: Study) -> None:
    (one,) = data_of(render_html([analyse(study)], {}))["studies"]
    order, short, long = one["claims"]
    assert (order["statement"], order["arms"]) == ("order", ["long", "short"])
    assert (order["direction"], order["size"], order["equals_mean"]) == (
        "CONFIRMED",
        "LARGER THAN RUNS GIVE HERE",
        False,
    )
    assert order["mean_gap"] == pytest.approx(0.09)
    assert order["reported_gap"] == 0.25
    assert order["prediction"][0] < 0.09 < order["prediction"][1]
    assert (short["level"], short["reported"], short["mean"]) == (
        "LOWER THAN RUNS GIVE HERE",
        0.5,
        pytest.approx(0.8035, abs=1e-4),
    )
    assert long["evidence"][0] < 0.75 < long["evidence"][1]


def test_a_card_on_factors_has_the_means_of_arms_and_of_levels() -> None:
    names = {"short": ("a", "c"), "long": ("b", "c"), "control": ("b", "d"), "fourth": ("a", "d")}
    one = made_study("tiny", 12)
    arms = {
        name: (
            one.task.arms.get(name, one.task.arms["long"]).model_copy(
                update={"levels": {"first": x, "second": y}}
            )
        )
        for name, (x, y) in names.items()
    }
    task = one.task.model_copy(update={"arms": arms, "comparisons": None, "claims": ()})
    said = make_card(
        analyse(replace(one, task=task, results={**one.results, "fourth": one.results["short"]}))
    )
    assert said.means.startswith("short 80.35% [80.1")
    assert (
        "control 89.42% [88.71, 90.13] over 11 seeds" in said.means
    )  # without the failed seed 11: 5 of 11 of +8, not 6 of 12
    assert "(a 80.3" in said.answers[0].amount
    assert "the margin of 1.00 points" in said.answers[0].sure
    assert said.claims == "Nothing was reported for this task."


def test_the_table_of_claims_has_the_percentiles_beside_the_answers(study: Study) -> None:
    text = render_html([analyse(study)], {})
    assert (
        'direction <a href="#confirmed">CONFIRMED</a>; size <a href="#larger-than-runs-give-here">'
        "LARGER THAN RUNS GIVE HERE</a>, percentile above 99" in text
    )
    mean = study.task.claims[0].model_copy(
        update={
            "reported": {"short": 0.8034, "long": 0.8934},
            "runs": 3,
            "statistic": "mean",
        }
    )
    text = render_html([with_claims(study, mean)], {})
    assert '<a href="#typical">TYPICAL OF A MEAN OF 3 RUNS</a>, percentile 5' in text
    equal = '; it <a href="#equals-the-mean-gap-within-the-margin">EQUALS THE MEAN GAP'
    assert equal in text


def test_metrics_and_headings_are_explained_once(study: Study) -> None:
    text = render_html([analyse(study)], {})
    assert '<a class="term" href="#accuracy">accuracy, %</a>' in text
    assert text.count('<dt id="accuracy">accuracy</dt>') == 1
    assert '<th scope="col" title="What the task declares' in text
    assert '<th scope="col" title="The arm&#39;s training time as a multiple' in text
    assert '<th scope="col">task</th>' in text
    assert set(METRICS) == {name for names in METRIC_NAMES.values() for name in names}


def test_a_card_says_what_is_open(study: Study) -> None:
    few = make_card(analyse(made_study("tiny", 4))).answers[0]
    assert (few.headline, few.tone) == ("No verdict on long and short: too few seeds", "open")
    lower = {
        name: one.model_copy(update={"direction": "lower"})
        for name, one in study.task.metrics.items()
    }
    turned = replace(study, task=study.task.model_copy(update={"metrics": lower}))
    assert make_card(analyse(turned)).answers[0].headline.startswith("short beats long")
    margins = {
        name: one.model_copy(update={"margin": None}) for name, one in study.task.metrics.items()
    }
    bare = replace(study, task=study.task.model_copy(update={"metrics": margins}))
    assert (
        make_card(analyse(bare))
        .answers[1]
        .headline.startswith("Undecided between long and control")
    )
    empty = Study(study.task, "cpu", "environment-1", dict.fromkeys(study.task.arms, ()))
    assert make_card(analyse(empty)).answers == ()
    assert "No result yet." in render_html([analyse(empty)], {})


def test_the_same_records_give_the_same_bytes(study: Study) -> None:
    text = render_html([analyse(study)], {"b": {"y": "1", "x": "2"}, "a": {}})
    assert text == render_html(
        [analyse(made_study("tiny", 12))], {"a": {}, "b": {"x": "2", "y": "1"}}
    )
    assert "2026-01-02" not in text


def test_the_page_is_one_file_that_refers_to_nothing_outside(study: Study) -> None:
    text = render_html([analyse(study)], {})
    ours = text.replace(asset("plotly-basic.min.js"), "")
    assert not re.search(r"(?:src|href)=\"(?!#|data:,)", ours)
    assert "@import" not in ours
    assert "url(" not in ours
    assert "default-src 'none'" in ours


def test_hostile_text_stays_text(study: Study) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    bad = study.task.model_copy(update={"question": evil, "source": evil, "assumptions": (evil,)})
    runs = tuple(one.model_copy(update={"reason": evil}) for one in study.results["control"])
    text = render_html(
        [analyse(replace(study, task=bad, results={**study.results, "control": runs}))],
        {"environment-1": {"cpu": evil}},
    )
    assert "<script>alert" not in text
    assert "<img" not in text
    assert evil in data_of(text)["runs"]["reason"]
    assert (
        html_text((Link("a", "b"), " ", Code("c"), " <d> [e](javascript:1)"))
        == '<a href="#b">a</a> <code>c</code> &lt;d&gt; [e](javascript:1)'
    )
    assert "<" not in script_json("</script>")


def test_the_data_are_the_records(study: Study) -> None:
    data = data_of(render_html([analyse(study)], {}))
    assert data["runs"]["seed"] == 3 * list(range(12))
    assert data["runs"]["metrics"][0][12] == 0.9  # long, seed 0
    assert data["runs"]["status"].count("failed") == 1
    (one,) = data["studies"]
    (metric,) = one["metrics"]
    assert metric["means"]["long"]["mean"] == pytest.approx(0.8035 + 0.09)
    assert metric["reported"] == {"short": 0.5, "long": 0.75}
    claimed, not_claimed = metric["pairs"]
    assert (claimed["a"], claimed["b"], claimed["claimed"]) == ("long", "short", 0.25)
    assert not_claimed["claimed"] is None
    assert one["costs"]["long"] == {
        "parameters": 9,
        "gflop": None,
        "seconds": pytest.approx(1.5 + 5.5),
    }


def test_curves_are_means_and_extremes_over_good_seeds(study: Study) -> None:
    (one,) = figure_data([analyse(study)])["studies"]
    curve = one["curves"]["accuracy"]["long"]  # half of the last value, then the last value
    assert curve["epochs"] == [1, 2]
    assert curve["low"][1] == pytest.approx(0.88)  # seed 5: 0.80 + 0.08
    assert curve["high"][1] == pytest.approx(0.908)  # seed 4: 0.808 + 0.10
    assert curve["n"] == 12
    long = [
        one.model_copy(update={"history": {"accuracy": tuple([0.5] * 1000)}})
        for one in study.results["long"]
    ]
    (one,) = figure_data([analyse(replace(study, results={**study.results, "long": tuple(long)}))])[
        "studies"
    ]
    epochs = one["curves"]["accuracy"]["long"]["epochs"]
    assert (len(epochs), epochs[0], epochs[-1]) == (EPOCHS_DRAWN, 1, 1000)


def test_ten_thousand_runs_fit_into_six_megabytes() -> None:
    size = len(render_html([analyse(made_study("tiny", 3334))], {}).encode())
    assert size < 6_000_000


def test_every_word_that_the_page_links_to_is_there(study: Study) -> None:
    text = render_html([analyse(study)], {})
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text.split("<script")[0])) <= ids


def test_the_charts_are_the_published_file() -> None:
    text = asset("plotly-basic.min.js")
    assert text.splitlines()[1] == "* plotly.js (basic - minified) v4.1.1"
    assert hashlib.sha256(text.encode()).hexdigest().startswith(PLOTLY)
    assert "MIT" in asset("plotly-LICENSE")


def test_the_command_writes_the_page_and_prints_the_tables(
    tmp_path: Path,
    tiny: Task,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "results" / "store.sqlite"
    with open_store(store, create=True):
        pass
    assert call("report", "--html") == (2, "nothing was run yet; `suite run` does")
    assert call("report", "--terminal") == (2, "nothing was run yet; `suite run` does")
    make_store(store, tiny)
    code, said = call("report", "--html")
    assert (code, said.startswith("wrote report.html: 1.")) == (0, True)
    assert not Path("RESULTS.md").exists()
    assert call("report")[0] == 0
    assert call("report", "--html", "--from", "results", "-o", "other.html")[0] == 0
    assert Path("other.html").read_bytes() == Path("report.html").read_bytes()
    shown = call("report", "--terminal")[1]
    assert "Does more training help?" in shown
    assert "tiny, comparisons" in shown
    assert call("show", "tiny") == (0, shown)
    assert call("report", "--html", "--check") == (
        2,
        "report: expected one of --check, --html and --terminal, got more",
    )
