"""Studies over several data sets: values by data set, verdicts on data sets like these, looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from suite.analysis.analyse import analyse
from suite.analysis.compare_study import compare_scopes, compare_study, compare_within
from suite.analysis.compare_table import compare_table
from suite.analysis.comparison import Comparison
from suite.analysis.seen import record_seen
from suite.analysis.stored_pairs import read_stored_pair
from suite.analysis.studies import read_measured_arms, read_studies
from suite.analysis.study_as_table import table_of_study
from suite.analysis.study_pairs import pairs_of_study
from suite.analysis.words import Scope, Verdict
from suite.errors import SuiteError
from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.store.looks import TopUp
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.data_sets import disc_sets, made_sets_study
from tests.support.fakes import made_study, make_result

# by data set, then by seed; None failed
Values = Mapping[str, Sequence[Sequence[float | None]]]
THREE: Values = {
    "logistic": [[0.9, 0.7], [0.6, 0.8], [0.5, None]],
    "guess": [[0.5, 0.5], [0.25, 0.75], [0.25, 0.5]],
}
GAPS = (0.30, 0.22, 0.35, 0.27, 0.31, 0.24, 0.28, 0.33)  # of eight data sets
EIGHT: Values = {
    "logistic": [[0.5 + gap + 0.05, 0.5 + gap - 0.05] for gap in GAPS],
    "guess": [[0.52, 0.48]] * 8,
}


def test_the_value_of_a_data_set_is_the_mean_over_its_seeds() -> None:
    study = made_sets_study(THREE)
    assert study.blocks == ("d0", "d1", "d2")
    assert study.values("logistic", "accuracy") == pytest.approx({"d0": 0.8, "d1": 0.7, "d2": 0.5})
    assert study.values("logistic", "accuracy", "d1") == {0: 0.6, 1: 0.8}
    summary = study.summary("guess", "accuracy")
    assert summary is not None
    assert summary.n == 3
    assert summary.mean == pytest.approx((0.5 + 0.5 + 0.375) / 3)


def test_a_pair_on_a_data_set_takes_the_seeds_that_both_have() -> None:
    study = made_sets_study(THREE)
    assert study.paired_values("logistic", "guess", "accuracy") == [
        ("d0", pytest.approx(0.8), pytest.approx(0.5)),
        ("d1", pytest.approx(0.7), pytest.approx(0.5)),
        ("d2", 0.5, 0.25),  # seed 1 of it failed
    ]
    assert study.paired_values("guess", "logistic", "accuracy")[2] == ("d2", 0.25, 0.5)
    gap = study.gap("logistic", "guess", "accuracy")
    assert gap is not None
    assert gap.n == 3
    assert gap.mean == pytest.approx((0.3 + 0.2 + 0.25) / 3)


def test_the_part_on_a_data_set_is_a_study_over_it_alone() -> None:
    study = made_sets_study(THREE)
    part = study.on("d2")
    assert (part.block, part.blocks, part.each()) == ("d2", (), (part,))
    assert part.values("guess", "accuracy") == {0: 0.25, 1: 0.5}
    assert part.seeds_without_result("logistic").keys() == {1}
    assert study.failed_share("logistic") == pytest.approx(1 / 6)
    alone = made_study("tiny", 3)
    assert alone.each() == (alone,)


def test_a_verdict_is_on_data_sets_and_not_on_runs() -> None:
    (verdict,) = compare_study(made_sets_study(EIGHT))
    assert verdict.unit == "data set"
    assert (verdict.verdict, verdict.winner) == (Verdict.BETTER, "logistic")
    mean, error = np.mean(GAPS), stats.sem(GAPS)
    low, high = stats.t.interval(0.95, 7, mean, error)
    assert verdict.gap.n == 8
    assert verdict.gap.mean == pytest.approx(mean)
    assert verdict.gap.interval is not None
    assert (verdict.gap.interval.low, verdict.gap.interval.high) == pytest.approx((low, high))


def test_many_seeds_do_not_stand_for_data_sets() -> None:
    """Forty seeds on each of five data sets are five data sets."""
    five: Values = {
        "logistic": [*([0.7 + 0.001 * seed for seed in range(40)] for _ in range(4)), [0.8] * 40],
        "guess": [[0.5] * 40] * 5,
    }
    scopes = compare_scopes(made_sets_study(five))
    (these,), (like,) = scopes.lead, scopes.beside
    assert (like.scope, like.verdict, like.gap.n) == (Scope.LIKE_THESE, Verdict.TOO_FEW_SEEDS, 5)
    assert (these.scope, these.verdict, these.gap.n) == (Scope.THESE, Verdict.BETTER, 200)


def numbers(comparisons: Sequence[Comparison]) -> list[tuple[object, ...]]:
    """What is said of pairs, to 12 digits: means are summed in another order."""
    return [
        (
            *(pair.first, pair.second, pair.scope, pair.unit, pair.verdict, pair.winner),
            *(pair.gap.n, pair.groups, pair.missing, pair.family_size),
            *(pair.p and round(pair.p, 12), round(pair.gap.mean, 12)),
            *(round(b, 12) for i in [pair.gap.interval] if i for b in (i.low, i.high)),
        )
        for pair in comparisons
    ]


def test_a_study_says_what_the_table_of_its_runs_says() -> None:
    rng = np.random.default_rng(7)
    for count in (3, 7):
        gaps = rng.normal(0.05, 0.02, (count, 1))
        values: Values = {
            "logistic": (0.5 + gaps + rng.normal(0, 0.02, (count, 6))).tolist(),
            "guess": (0.5 + rng.normal(0, 0.02, (count, 6))).tolist(),
        }
        study = made_sets_study(values)
        scopes = compare_scopes(study)
        table = compare_table(table_of_study(study, "accuracy"), pairs=[("logistic", "guess")])
        assert table.beside is not None
        assert numbers(scopes.lead) == numbers(table.lead.comparisons)
        assert numbers(scopes.beside) == numbers(table.beside.comparisons)
        for block, found in compare_within(study).items():
            assert numbers(found) == numbers(table.by_block[block])


def test_seeds_added_after_a_look_leave_these_data_sets_without_a_verdict() -> None:
    study = replace(made_sets_study(EIGHT), sequential=True)
    scopes = compare_scopes(study)
    assert [pair.scope for pair in scopes.lead] == [Scope.LIKE_THESE]
    assert scopes.lead[0].sequential
    assert scopes.beside == ()
    assert all(pair.sequential for pairs in compare_within(study).values() for pair in pairs)


def test_data_sets_that_disagree_leave_it_open() -> None:
    """On each of six data sets all seeds agree; three favour either arm."""
    split: Values = {
        "logistic": [*([[0.7, 0.71]] * 3), *([[0.3, 0.31]] * 3)],
        "guess": [[0.5, 0.5]] * 6,
    }
    (verdict,) = compare_study(made_sets_study(split))
    assert verdict.verdict == Verdict.UNDECIDED


def test_failed_runs_count_as_shares_of_runs_and_of_data_sets() -> None:
    (pair,) = pairs_of_study(made_sets_study(EIGHT))
    assert (pair.missing, pair.too_many_failures) == (0, False)
    one_run: Values = {**EIGHT, "guess": [[0.52, None], *EIGHT["guess"][1:]]}  # 1 of 16
    (pair,) = pairs_of_study(made_sets_study(one_run))
    assert (pair.missing, pair.too_many_failures) == (0, False)
    assert pair.b["d0"] == 0.52  # type: ignore[index]
    two_runs: Values = {
        **EIGHT,
        "guess": [[0.52, None], [0.52, None], *EIGHT["guess"][2:]],
    }  # 2 of 16
    (pair,) = pairs_of_study(made_sets_study(two_runs))
    assert (pair.missing, pair.too_many_failures) == (0, True)
    one_set: Values = {**EIGHT, "guess": [[None, None], *EIGHT["guess"][1:]]}  # 2 of 16, a data set
    (pair,) = pairs_of_study(made_sets_study(one_set))
    assert (pair.missing, pair.too_many_failures) == (1, True)


def test_a_study_is_a_table_of_arms_data_sets_and_seeds() -> None:
    table = table_of_study(made_sets_study(THREE), "accuracy")
    assert (table.metric, table.unit, table.source) == ("accuracy", "seed", "sets on cpu")
    assert table.rule == disc_sets(3).metrics["accuracy"]
    rows = table.rows.set_index(["arm", "block", "unit"])["value"]
    assert len(rows) == 12
    assert rows["logistic", "d1", "1"] == 0.8
    assert np.isnan(rows["logistic", "d2", "1"])
    assert table.rows.dtypes["value"] == np.float64
    single = table_of_study(made_study("tiny", 4), "accuracy").rows
    assert set(single["block"]) == {""}
    assert int(single["value"].isna().sum()) == 1
    with pytest.raises(SuiteError, match="expected one of accuracy, got 'loss'"):
        table_of_study(made_sets_study(THREE), "loss")


def test_an_arm_without_the_metric_has_no_rows_and_one_that_always_failed_has() -> None:
    study = made_sets_study({"logistic": [[None, None]] * 2, "guess": [[0.5, 0.4]] * 2})
    lacking = tuple(
        run.model_copy(update={"metrics": {"other": 1.0}}) for run in study.results["guess"]
    )
    rows = table_of_study(
        replace(study, results={**study.results, "guess": lacking}), "accuracy"
    ).rows
    assert set(rows["arm"]) == {"logistic"}
    assert rows["value"].isna().all()


def fill(path: Path, task: Task, seeds: int = 2) -> None:
    """Stores a made-up result of every arm on every data set."""
    plan = make_plan(task, device="cpu")
    with open_store(path, create=True) as store:
        note_plan(plan, store)
        for arm, block in task.cells():
            for seed in range(seeds):
                number = int(block.removeprefix("d"))
                accuracy = 0.5 + 0.001 * seed + (0.3 + 0.01 * (number % 3)) * (arm == "logistic")
                result = make_result(
                    task, arm, seed, accuracy, question=plan.questions[f"{arm}@{block}"]
                )
                where = {"block": block, "environment": plan.environment}
                store.append(result.model_copy(update=where))


def look_and_fill(
    path: Path, first: Task, then: Task, *, seeds: int = 2, first_seeds: int = 2
) -> TopUp | None:
    """What was added after a look at a first task, with the runs of the second."""
    fill(path, first, first_seeds)
    with open_store(path) as store:
        (study,) = read_studies(store)
    assert not study.sequential
    record_seen(path, [analyse(study)], "report")
    fill(path, then, seeds)
    with open_store(path) as store:
        (study,) = read_studies(store)
    assert study.sequential == (study.top_up is not None)
    return study.top_up


def test_data_sets_that_are_added_after_a_verdict_make_it_sequential(tmp_path: Path) -> None:
    added = look_and_fill(tmp_path / "store.sqlite", disc_sets(6), disc_sets(8))
    assert added == TopUp(seen=6, added=2, unit="data set")


def test_seeds_that_are_added_after_a_verdict_make_it_sequential(tmp_path: Path) -> None:
    added = look_and_fill(tmp_path / "store.sqlite", disc_sets(6), disc_sets(6), seeds=5)
    assert added == TopUp(seen=2, added=3)


def test_a_look_without_a_verdict_marks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    assert look_and_fill(path, disc_sets(5), disc_sets(8), first_seeds=1) is None
    path = tmp_path / "same.sqlite"
    assert look_and_fill(path, disc_sets(6), disc_sets(6)) is None


def test_the_arms_of_a_store_are_there_once_for_each_data_set(tmp_path: Path) -> None:
    fill(tmp_path / "store.sqlite", disc_sets(2), seeds=3)
    with open_store(tmp_path / "store.sqlite") as store:
        arms = read_measured_arms(store, None)
        pair = read_stored_pair(store, "sets/logistic@d1", "sets/guess@d1", None)
        mixed = read_stored_pair(store, "sets/logistic@d0", "sets/guess@d1", None)
    assert list(arms) == [
        f"sets/{arm}@{block}" for block in ("d0", "d1") for arm in ("logistic", "guess")
    ]
    assert arms["sets/guess@d1"].values == pytest.approx({"0": 0.5, "1": 0.501, "2": 0.502})
    assert pair is not None
    assert len(pair.beside) == 1  # the same pair on d0: all data sets are one family
    assert mixed is None
