"""Logs of lm-evaluation-harness, written here by hand: what pairs, what is averaged or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suite.analysis.compare_arms import compare_arms
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm
from tests.support.results import read_arms
from tests.support.tasks import ROOT

REAL = ROOT / "tests" / "importers" / "logs" / "harness"


def row(number: int, correct: float, **changes: Any) -> dict[str, Any]:
    """A row of a new log; the question is the number's."""
    return {
        "doc_id": number,
        "doc": {"question": f"what is {number} squared?", "chapter": f"chapter {number % 3}"},
        "target": str(number**2),
        "arguments": [],
        "resps": [["9"]],
        "filtered_resps": ["9"],
        "filter": "none",
        "metrics": ["acc"],
        "acc": correct,
    } | changes


def old(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as 0.4.2 wrote them."""
    return [{k: v for k, v in row.items() if k not in ("filter", "metrics")} for row in rows]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def only(path: Path, metric: str | None = None, **options: Any) -> MeasuredArm:
    (arm,) = read_arms(path, metric, **options).values()
    return arm


def message(*arguments: Any, **options: Any) -> str:
    with pytest.raises(SuiteError) as caught:
        read_arms(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_indented_arrays_of_old_versions_are_read_whatever_they_are_called(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(old([row(n, n % 2) for n in range(5)]), indent=2))
    arm = only(path)
    assert (arm.name, arm.metric, list(arm.values.values())) == ("a", "acc", [0, 1, 0, 1, 0])
    assert arm.rule is not None
    assert arm.rule.direction == "higher"


def test_old_logs_pair_with_new_ones_by_the_hash_that_the_harness_writes(tmp_path: Path) -> None:
    real = REAL / "hasty" / "samples_multiplication_choice.jsonl"
    rows = [json.loads(line) for line in real.read_text().splitlines()]
    without = [{k: v for k, v in row.items() if not k.endswith("_hash")} for row in rows]
    path = tmp_path / "old.jsonl"
    path.write_text(json.dumps(old(without), indent=2))
    assert only(path).values == only(real).values


def test_other_filters_are_not_compared(tmp_path: Path) -> None:
    strict, flexible = (
        only(lines(tmp_path / f"{name}.jsonl", [row(n, n % 2, filter=name) for n in range(9)]))
        for name in ("strict-match", "flexible-extract")
    )
    with pytest.raises(SuiteError) as caught:
        compare_arms([(strict, flexible)])
    assert str(caught.value) == (
        "strict-match, flexible-extract: expected arms measured in one way, got filter strict-match"
        " and filter flexible-extract: choose two of one; FILE:ARM names an arm of a file"
    )


def test_a_file_with_two_filters_has_two_arms_that_are_asked_for_by_filter(tmp_path: Path) -> None:
    rows = [
        row(n, correct, filter=f) for f, correct in (("strict", 0), ("loose", 1)) for n in (1, 2)
    ]
    arms = read_arms(lines(tmp_path / "x.jsonl", rows))
    assert [(key, arm.name, set(arm.values.values())) for key, arm in arms.items()] == [
        ("strict", "x [strict]", {0.0}),
        ("loose", "x [loose]", {1.0}),
    ]


def test_documents_pair_by_content_and_not_by_number(tmp_path: Path) -> None:
    numbers = [4, 2, 0, 3, 1]
    shuffled = [row(n, n % 2) | {"doc_id": place} for place, n in enumerate(numbers)]
    a = only(lines(tmp_path / "a.jsonl", [row(n, n % 2) for n in range(5)]))
    b = only(lines(tmp_path / "b.jsonl", shuffled))
    assert b.values == a.values
    other = only(
        lines(tmp_path / "c.jsonl", [row(n, 1, doc={"question": f"{n}?"}) for n in range(5)])
    )
    assert not a.values.keys() & other.values.keys()


def test_hashes_stand_before_documents(tmp_path: Path) -> None:
    a = only(lines(tmp_path / "a.jsonl", [row(n, 1, doc_hash=f"h{n}") for n in range(3)]))
    rows = [row(n, 1, doc_hash=f"h{n}", doc=None) for n in range(3)]
    assert only(lines(tmp_path / "b.jsonl", rows)).values.keys() == a.values.keys()


def test_documents_that_are_not_there_pair_by_number_and_that_is_said(tmp_path: Path) -> None:
    arm = only(lines(tmp_path / "a.jsonl", [row(n, 1, doc=None) for n in range(3)]))
    assert list(arm.values) == ["doc_id 0", "doc_id 1", "doc_id 2"]
    assert arm.notes == (
        "documents are told apart by number alone, for the log has neither them nor hashes",
    )
    assert only(lines(tmp_path / "b.jsonl", [row(n, 1) for n in range(3)])).notes == ()


def test_equal_documents_pair_only_where_both_logs_have_as_many(tmp_path: Path) -> None:
    same = {"question": "again?"}
    twice = [row(9, 0, doc=same), row(10, 1, doc=same), row(1, 1)]
    a = only(lines(tmp_path / "a.jsonl", twice))
    b = only(lines(tmp_path / "b.jsonl", twice[::-1]))
    once = only(lines(tmp_path / "c.jsonl", twice[1:]))
    later = [one | {"doc_id": 1000 + one["doc_id"]} for one in twice]  # 9 is before 10, as here
    assert a.values == b.values == only(lines(tmp_path / "d.jsonl", later)).values
    assert sorted(a.values.values()) == [0, 1, 1]
    assert len(a.values.keys() & once.values.keys()) == 1


def test_several_rows_of_a_document_are_averaged_when_asked(tmp_path: Path) -> None:
    rows = [row(1, 0), row(1, 1, resps=[["1"]]), row(2, 1)]
    path = lines(tmp_path / "x.jsonl", rows)
    assert message(path) == (
        f"{path}: row 2: doc_id 1 under filter none stands twice: --average takes the mean of a"
        " document's rows"
    )
    assert list(only(path, average=True).values.values()) == [0.5, 1.0]
    same = lines(path, [row(1, 0), row(1, 0.5)])  # one response judged twice, under a named filter
    assert list(only(same, average=True).values.values()) == [0.25]


def test_filters_that_an_old_log_does_not_name_are_never_averaged(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", old([row(1, 0), row(2, 0), row(1, 1), row(2, 0)]))
    for average in (False, True):
        assert message(path, average=average) == (
            f"{path}: row 3: doc_id 1 stands twice with the same responses, as under several"
            " filters, which this log does not name: keep the rows of one"
        )


@pytest.mark.parametrize(
    ("metric", "value", "shown", "direction"),
    [
        ("exact_match", 1, "exact_match", "higher"),
        ("bits_per_byte", 0.7, "bits_per_byte", "lower"),
        ("perplexity", -3.5, "log-likelihood (perplexity)", "higher"),
        ("perplexity", 3.5, "perplexity", "lower"),
        ("politeness", 1, "politeness", None),
    ],
)
def test_what_is_better_is_known_of_known_metrics(
    tmp_path: Path, metric: str, value: float, shown: str, direction: str | None
) -> None:
    rows = [row(n, 0, metrics=["acc", metric], **{metric: value}) for n in range(2)]
    arm = only(lines(tmp_path / "x.jsonl", rows), metric)
    assert arm.metric == shown
    assert (arm.rule and arm.rule.direction) == direction


def test_metrics_without_a_number_for_every_document_are_refused_by_name(tmp_path: Path) -> None:
    mixed = {"metrics": ["bypass", "bleu", "acc"], "bypass": 999, "bleu": ["a", "b"]}
    path = lines(tmp_path / "x.jsonl", [row(n, 1, **mixed) for n in range(2)])
    assert only(path).metric == "acc"
    assert message(path, "bleu") == (
        f"{path}: bleu: expected a number for every document, got lists: the harness makes a number"
        " only for all of them; metrics with numbers: acc"
    )
    none = {"metrics": ["word_perplexity"], "word_perplexity": [-40.0, 9]}
    assert "word_perplexity: expected a number for every document" in message(
        lines(path, [row(0, 1, **none)])
    )


def test_a_field_of_the_documents_gives_clusters(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [row(n, 1) for n in range(4)])
    arm = only(path, cluster="chapter")
    assert arm.clusters is not None
    assert list(arm.clusters) == list(arm.values)
    assert list(arm.clusters.values()) == ["chapter 0", "chapter 1", "chapter 2", "chapter 0"]
    assert message(path, cluster="page") == (
        f"{path}: row 1: --cluster: expected one of question, chapter, got 'page'"
    )
    assert (
        message(path, at=1.0) == f"{path}: --at: expected a curve over time, and this log has none"
    )
