"""Logs of inspect_ai, written here by hand: reducers, identity, invalidation, other tasks."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from suite.analysis.compare_arms import compare_arms
from suite.errors import SuiteError
from suite.importers.inspect_samples import CHECKED_CHARACTERS
from suite.importers.measured import MeasuredArm
from suite.reports.comparison_text import comparison_lines
from tests.support.results import read_arms

NAN = float("nan")


def sample(number: object, score: object, epoch: int = 1, **changes: Any) -> dict[str, Any]:
    """A sample that the scorer `match` scored; what it asks is its id."""
    return {
        "id": number,
        "epoch": epoch,
        "input": f"what is {number}?",
        "target": "yes",
        "scores": {"match": {"value": score}},
    } | changes


def epochs(scores: Sequence[object], number: object = "a") -> list[dict[str, Any]]:
    return [sample(number, score, epoch) for epoch, score in enumerate(scores, start=1)]


def log(samples: list[dict[str, Any]], reducer: Any = None, **changes: Any) -> dict[str, Any]:
    config = {"epochs": max(one["epoch"] for one in samples), "epochs_reducer": reducer}
    evaluation = {"task": "capitals", "model": "m", "config": config, "dataset": {"name": "atlas"}}
    header = {"version": 2, "status": "success", "eval": evaluation | changes.pop("eval", {})}
    return header | {"samples": samples} | changes


def written(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def archived(path: Path, document: dict[str, Any], cut: int) -> Path:
    """The log as an archive, whose summaries have `cut` characters of inputs and no more."""
    samples = document.pop("samples")
    summaries = [
        {k: v for k, v in one.items() if k not in ("choices", "invalidation")}
        | {"input": one["input"][:cut]}
        for one in samples
    ]
    parts = {f"samples/{one['id']}_epoch_{one['epoch']}.json": one for one in samples}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in {"header.json": document, "summaries.json": summaries, **parts}.items():
            archive.writestr(name, json.dumps(part))
    return path


def only(path: Path, metric: str | None = None, **options: Any) -> MeasuredArm:
    (arm,) = read_arms(path, metric, **options).values()
    return arm


def message(path: Path, metric: str | None = None, **options: Any) -> str:
    with pytest.raises(SuiteError) as caught:
        read_arms(path, metric, **options)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("reducer", "scores", "expected"),
    [
        (None, ["C", "I", "P", "I"], 0.375),
        ("mean", [0.2, NAN, 0.4], 0.3),
        ("median", [1, 5, 2, 9], 3.5),
        ("mode", ["C", "C", "N", "I"], 1.0),  # "N" and "I" are two scores, though both are 0
        ("mode", ["I", "C", "C", "I"], 0.0),  # the first of those that tie
        ("max", ["I", "P", "N"], 0.5),
        ("at_least_2", ["C", "I", "C"], 1.0),
        ("at_least_3", ["C", "I", "C"], 0.0),
        ("pass_at_1", ["C", "I", "I", "I"], 1 / 4),
        ("pass_at_2", ["C", "I", "I", "I"], 1 / 2),  # 3 of the 6 pairs have the right one
        ("pass_k_2", ["C", "C", "C", "I"], 1 / 2),  # 3 of the 6 pairs are both right
    ],
)
def test_epochs_are_reduced_as_the_log_says(
    tmp_path: Path, reducer: str | None, scores: list[object], expected: float
) -> None:
    named = None if reducer is None else [reducer]
    path = written(tmp_path / "x.json", log(epochs(scores), named))
    assert list(only(path).values.values()) == [pytest.approx(expected)]


def test_samples_with_too_few_scored_epochs_have_no_value(tmp_path: Path) -> None:
    samples = epochs(["C", NAN, NAN]) + epochs(["C", "I", NAN], "b")
    arm = only(written(tmp_path / "x.json", log(samples, ["pass_at_2"])))
    assert (list(arm.values.values()), arm.without_value, len(arm.valueless)) == ([1.0], 1, 1)


def test_reducers_that_only_inspect_knows_are_read_from_its_reductions(tmp_path: Path) -> None:
    samples = epochs(["C", "I"]) + epochs(["C", "C"], "b")
    reduced = [{"sample_id": "a", "value": 0.75}, {"sample_id": "b", "value": NAN}]
    reductions = [
        {"scorer": "other", "reducer": "mine", "samples": [{"sample_id": "a", "value": 0.1}]},
        {"scorer": "match", "reducer": "mine", "samples": reduced},
        {"scorer": "match", "reducer": "mean", "samples": [{"sample_id": "a", "value": 0.5}]},
    ]
    arm = only(written(tmp_path / "x.json", log(samples, ["mine"], reductions=reductions)))
    assert (list(arm.values.values()), arm.without_value) == ([0.75], 1)
    assert message(written(tmp_path / "y.json", log(samples, ["mine"]))) == (
        "expected a known reducer of epochs, or `reductions` in the log, got 'mine'"
    )


def test_reductions_stand_before_a_name_that_does_not_say_its_threshold(tmp_path: Path) -> None:
    reduced = {
        "scorer": "match",
        "reducer": "at_least_1",
        "samples": [{"sample_id": "a", "value": 1}],
    }
    document = log(epochs([0.5, 0.25]), ["at_least_1"])
    assert list(only(written(tmp_path / "x.json", document)).values.values()) == [0.0]
    document = document | {"reductions": [reduced]}  # at_least(1, value=0.5)
    assert list(only(written(tmp_path / "y.json", document)).values.values()) == [1.0]
    document["samples"][0]["invalidation"] = {"reason": "leak"}  # which the reductions still count
    assert list(only(written(tmp_path / "z.json", document)).values.values()) == [0.0]


def test_several_reducers_give_a_metric_each(tmp_path: Path) -> None:
    path = written(tmp_path / "x.json", log(epochs(["C", "I", "I"]), ["mean", "max"]))
    assert list(only(path).values.values()) == [pytest.approx(1 / 3)]
    assert list(only(path, "match [max]").values.values()) == [1.0]
    assert message(path, "match") == (
        "--metric: expected one of match [mean], match [max], got 'match'"
    )


def test_epochs_that_nothing_reduces_are_averaged_when_asked(tmp_path: Path) -> None:
    path = written(tmp_path / "x.json", log(epochs(["C", "I"]), []))
    assert message(path) == (
        "samples have several epochs that the log does not reduce to one value: --average takes"
        " their mean"
    )
    assert list(only(path, average=True).values.values()) == [0.5]


@pytest.mark.parametrize("archive", [False, True])
def test_samples_whose_numbers_only_count_them_pair_by_what_they_ask(
    tmp_path: Path, archive: bool
) -> None:
    beginning = "A long text. " * 50
    asked = [(f"{beginning}{n}?", n % 2) for n in range(1, 7)]
    a = only(
        written(tmp_path / "a.json", log([sample(n, s, input=q) for n, (q, s) in enumerate(asked)]))
    )
    shuffled = log([sample(n, s, input=q) for n, (q, s) in enumerate(asked[::-1])])
    shuffled["eval"]["dataset"]["shuffled"] = True
    path = tmp_path / "b.eval"
    b = only(
        archived(path, shuffled, 20) if archive else written(path.with_suffix(".json"), shuffled)
    )
    assert len(a.values) == 6
    assert b.values == a.values


def test_choices_and_targets_tell_samples_apart_and_ids_of_messages_do_not(tmp_path: Path) -> None:
    def messages(name: str) -> list[dict[str, Any]]:
        return [{"id": name, "role": "user", "content": "Which is true?"}]

    samples = [
        sample(1, 0, input=messages("m1"), choices=["x", "y"]),
        sample(2, 1, input=messages("m2"), choices=["x", "z"]),
        sample(3, 0, input=messages("m3"), choices=["x", "z"], target="no"),
    ]
    again = [one | {"id": 4 - one["id"], "input": messages("new")} for one in samples[::-1]]
    a, b = (
        only(written(tmp_path / f"{k}.json", log(s))) for k, s in (("a", samples), ("b", again))
    )
    assert len(a.values) == 3
    assert a.values == b.values


def test_samples_with_own_ids_pair_by_id_where_their_inputs_agree(tmp_path: Path) -> None:
    long = "y" * (CHECKED_CHARACTERS + 500)
    samples = [sample("a", 1), sample("b", 0), sample("c", 1, input=long)]
    changed = [sample("a", 1), sample("b", 0, input="something else"), sample("c", 1, input=long)]
    a = only(written(tmp_path / "a.json", log(samples)))
    b = only(archived(tmp_path / "b.eval", log(changed), CHECKED_CHARACTERS + 100))
    assert sorted(name.split()[0] for name in a.values.keys() & b.values.keys()) == ["a", "c"]


@pytest.mark.parametrize(
    ("changes", "ours", "theirs"),
    [
        ({"task": "rivers"}, "task capitals, data set atlas", "task rivers, data set atlas"),
        (
            {"dataset": {"name": "globe"}},
            "task capitals, data set atlas",
            "task capitals, data set globe",
        ),
        (
            {"task_version": 2},
            "task capitals, data set atlas",
            "task capitals, version 2, data set atlas",
        ),
        (
            {"config": {"epochs": 2, "epochs_reducer": ["max"]}},
            "task capitals, data set atlas",
            "task capitals, data set atlas, epochs reduced by max",
        ),
    ],
)
def test_logs_of_other_tasks_are_not_compared(
    tmp_path: Path, changes: dict[str, Any], ours: str, theirs: str
) -> None:
    samples = [sample("a", 1), sample("b", 0)]
    a = only(written(tmp_path / "a.json", log(samples)))
    b = only(written(tmp_path / "b.json", log(samples, eval={"model": "n", **changes})))
    with pytest.raises(SuiteError) as caught:
        compare_arms([(a, b)])
    assert str(caught.value) == (
        f"m, n: expected arms measured in one way, got {ours} and {theirs}: choose two of"
        " one; FILE:ARM names an arm of a file"
    )


def test_one_task_is_compared_wherever_it_was_installed_and_however_often_it_ran(
    tmp_path: Path,
) -> None:
    once = [sample(name, 1) for name in "abcd"]
    twice = [one for name in "abcd" for one in epochs([0, 1], name)]
    a = only(written(tmp_path / "a.json", log(once, ["max"])))
    b = only(written(tmp_path / "b.json", log(twice, eval={"task": "inspect_evals/capitals"})))
    (found,) = compare_arms([(a, b)])
    assert (found.gap.n, found.gap.mean) == (4, 0.5)


@pytest.mark.parametrize("archive", [False, True])
def test_invalidated_samples_are_left_out_and_said(tmp_path: Path, archive: bool) -> None:
    gone = {"invalidation": {"author": "a reviewer", "reason": "leak"}}
    samples = [
        *epochs(["C", "I"]),
        sample("b", "C", 1),
        sample("b", "I", 2, **gone),
        sample("c", "C", 1, **gone),
        sample("c", "C", 2, **gone),
        *epochs(["C", "C"], "d"),
    ]
    document = log(samples, invalidated=True)
    path = tmp_path / "x.eval"
    arm = only(archived(path, document, 99) if archive else written(tmp_path / "x.json", document))
    assert list(arm.values.values()) == [0.5, 1.0, 1.0]
    assert (arm.without_value, arm.notes) == (1, ("invalidated and left out: 3 samples",))
    (found,) = compare_arms([(arm, arm)])
    assert "  m: invalidated and left out: 3 samples" in comparison_lines(found, arm, arm)


def test_a_field_of_the_metadata_gives_clusters(tmp_path: Path) -> None:
    texts = {"a": 7, "b": 7, "c": 8, "d": 8}
    samples = [sample(name, 1, metadata={"text": text}) for name, text in texts.items()]
    path = written(tmp_path / "x.json", log(samples))
    arm = only(path, cluster="text")
    assert arm.clusters is not None
    assert list(arm.clusters) == list(arm.values)
    assert list(arm.clusters.values()) == ["7", "7", "8", "8"]
    assert message(path, cluster="page") == "sample 1: --cluster: expected one of text, got 'page'"
    assert message(path, at=1) == "--at: expected a curve over time, and this log has none"


def test_an_id_that_means_two_samples_is_refused(tmp_path: Path) -> None:
    samples = [sample("a", 1), sample("a", 1, 2, input="something else")]
    assert message(written(tmp_path / "x.json", log(samples))) == (
        "sample 2: id a is not what it was in another epoch"
    )


def test_scores_that_are_no_numbers_are_refused_under_every_reducer(tmp_path: Path) -> None:
    for reducer in ("mode", "max", "at_least_1"):
        path = written(tmp_path / "x.json", log(epochs(["good", "bad"]), [reducer]))
        assert message(path) == "sample a: match: expected a number, got 'good'"
    assert not math.isnan(next(iter(only(written(path, log(epochs(["1", "0"])))).values.values())))


def test_a_log_without_its_samples_is_refused(tmp_path: Path) -> None:
    header = log(epochs([1]))
    del header["samples"]
    path = written(tmp_path / "x.json", header)
    assert message(path) == "samples: expected a list of objects, at least one"
