"""What is said of runs that were made again, from entries written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from suite.analysis.repeat_words import disagreements, repeat_lines
from suite.analysis.repeats import Finding, RepeatedRun, find_repeats
from suite.result import Result
from suite.store.entries import RepeatEntry, bits_of, repeat_entry
from suite.store.journal import digest, make_journal
from tests.support.fakes import made_study

STUDY = made_study("tiny", 3)
RUN = STUDY.results["long"][0]  # accuracy 0.9


def gave(accuracy: float, *, at_once: bool = False) -> RepeatEntry:
    """A repeat of the run that gave this number."""
    again = RUN.model_copy(update={"metrics": {"accuracy": accuracy}})
    return repeat_entry(RUN, again, at_once=at_once)


def found(entries: Sequence[RepeatEntry], results: Sequence[Result] = (RUN,)) -> list[RepeatedRun]:
    """What a journal of these entries says of the results."""
    documents: dict[str, object] = {}
    for entry in entries:
        document = entry.model_copy(update={"previous": tuple(documents)[-1:]}).document()
        documents[digest(document)] = json.loads(json.dumps(document))
    return list(find_repeats(make_journal(documents), results))


@pytest.mark.parametrize(
    ("at_once", "at_end", "finding"),
    [
        ([0.9], [0.9], "same"),
        ([], [0.9], "same"),
        ([0.9], [], "same"),
        ([0.9], [0.8, 0.8], "order"),
        ([], [0.8, 0.8], "order"),
        ([0.8], [0.8, 0.8], "order"),  # the first run alone is another one
        ([0.9], [0.8], "varies"),  # nothing confirms it
        ([0.9], [0.8, 0.7], "varies"),
        ([0.9], [0.8, 0.9], "varies"),
        ([0.7], [0.8, 0.8], "varies"),  # other numbers at once, too
        ([0.8], [0.9], "varies"),
    ],
)
def test_order_is_said_only_where_no_repeat_speaks_against_it(
    at_once: list[float], at_end: list[float], finding: Finding
) -> None:
    entries = [gave(value, at_once=True) for value in at_once] + [gave(value) for value in at_end]
    (run,) = found(entries)
    assert run.finding == finding


def test_a_result_that_was_never_repeated_says_nothing() -> None:
    other = STUDY.results["short"][0]
    assert found([gave(0.8)], [other]) == []
    assert repeat_lines(STUDY.results, []) == []


def test_an_entry_that_calls_other_bits_the_same_is_not_believed() -> None:
    forged = gave(0.8).model_copy(update={"differs": ()})
    (run,) = found([forged])
    assert run.finding == "varies"
    assert bits_of(RUN) != forged.bits


def test_numbers_that_look_alike_are_told_in_full() -> None:
    (text,) = disagreements(found([gave(0.9 + 1e-9), gave(0.9 + 1e-9)]))
    assert text.startswith("long: seed 0 gave accuracy 0.9 first and 0.900000001 at the end, twice")


def test_what_comes_first_is_named_of_all_that_differs() -> None:
    again = RUN.model_copy(update={"history": {}, "hashes": {"final_weights": "other"}})
    (text,) = disagreements(found([repeat_entry(RUN, again)]))
    assert text == (
        "long: seed 0 gave other weights when repeated in a fresh process: its results do not"
        " depend on the seed alone"
    )


def test_one_arm_of_several_is_named() -> None:
    assert repeat_lines(STUDY.results, found([gave(0.9)])) == [
        "One run of long was repeated in a fresh process: same bits"
    ]
