"""What is said of how a study came about, from journals written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from suite.analysis.declared import changes
from suite.analysis.history import Asked, tell_history, unjournaled, was_sequential
from suite.analysis.study import Study
from suite.result import Fault
from suite.store.entries import (
    AttemptEntry,
    Entry,
    LookEntry,
    PlanEntry,
    RegistrationEntry,
    SeedsEntry,
    attempt_entry,
    declaration,
)
from suite.store.journal import digest, make_journal
from suite.store.looks import Look, SeenArm, SeenPair
from suite.task.schema import Task
from tests.support.fakes import made_study
from tests.support.tasks import DISC_TASK, load_text

DAY = "2026-01-02T03:04:05+00:00"


def declared(*replaced: tuple[str, str]) -> dict[str, Any]:
    """What the small task declares, with some of its text replaced."""
    return declaration(task(*replaced))


def task(*replaced: tuple[str, str]) -> Task:
    text = DISC_TASK
    for before, after in replaced:
        assert before in text
        text = text.replace(before, after)
    return load_text(text)


def plan(
    *replaced: tuple[str, str], seeds: str | None = "0-9", sequential: bool = False
) -> PlanEntry:
    return PlanEntry(
        when=DAY,
        task="tiny",
        device="cpu",
        environment="environment-1",
        questions={arm: f"tiny{arm}" for arm in ("short", "long", "control")},
        declared=declared(*replaced),
        seeds=seeds,
        sequential=sequential,
    )


def look(seeds: str) -> LookEntry:
    arms = {
        arm: SeenArm(
            task="tiny",
            arm=arm,
            device="cpu",
            question=f"tiny{arm}",
            environment="environment-1",
        )
        for arm in ("short", "long")
    }
    pair = SeenPair(first="short", second="long", seeds=seeds, verdicts={"accuracy": "UNDECIDED"})
    return LookEntry(when=DAY, look=Look(when=DAY, command="report", arms=arms, pairs=(pair,)))


def attempt(arm: str, seed: int, fault: Fault | None) -> AttemptEntry:
    """An attempt at a run of the study: failed by this fault, or good."""
    (run,) = (run for run in study().results[arm] if run.seed == seed)
    entry = attempt_entry(run)
    status = "ok" if fault is None else "failed"
    return entry.model_copy(update={"status": status, "fault": fault})


def study() -> Study:
    return made_study("tiny", 10)


def told(entries: Sequence[Entry], of: Study | None = None) -> tuple[str, ...]:
    """What is said of the study by a chain of these entries."""
    documents: dict[str, Any] = {}
    for entry in entries:
        document = entry.model_copy(update={"previous": tuple(documents)[-1:]}).document()
        documents[digest(document)] = json.loads(json.dumps(document))
    return tell_history(make_journal(documents), asked(of or study()))


def asked(of: Study) -> Asked:
    return Asked(of, {arm: (f"tiny{arm}", "environment-1") for arm in of.results})


SMALL = ("margin = 0.01", "margin = 0.005")


def test_a_margin_that_changed_after_a_look_is_said_in_points() -> None:
    assert told([plan(SMALL), look("0-9"), plan()]) == (
        "margin 0.5 -> 1 points after 10 seeds were seen",
    )


def test_a_change_before_anything_was_seen_is_not_said() -> None:
    assert told([plan(SMALL), plan(), look("0-9"), plan()]) == ()


def test_what_was_changed_back_is_not_said_and_the_first_look_counts() -> None:
    assert told([plan(), look("0-5"), plan(SMALL), look("0-7"), plan()]) == ()
    other = ("margin = 0.01", "margin = 0.02")
    assert told([plan(other), look("0-5"), plan(SMALL), look("0-7"), plan()]) == (
        "margin 2 -> 1 points after 6 seeds were seen",
    )


def test_every_part_of_the_question_is_named() -> None:
    cases = {
        ('direction = "higher"', 'direction = "lower"'): "direction lower -> higher",
        ("Does more training help?", "Is it good?"): "the question was reworded",
        (', ["long", "control"]', ""): "control against long was added",
        ("long = 0.75 }", "long = 0.8 }"): "claims were changed",
        ("epochs = 2", "epochs = 3"): "arms.short.epochs 3 -> 2",
        ("lr = 0.5", "lr = 0.25"): "protocol.optimizer.lr 0.25 -> 0.5",
        ("train_points = 60", "train_points = 50"): "data.train_points 50 -> 60",
        ('seeds = "0-2"', 'seeds = "0-2"\nmax_failed_share = 0.5'): (
            "protocol.max_failed_share 0.5 -> default"
        ),
    }
    for replaced, words in cases.items():
        assert told([plan(replaced), look("0-9")]) == (f"{words} after 10 seeds were seen",)


def test_another_first_metric_and_a_new_one_are_named() -> None:
    before = declared()
    now = {**before, "metrics": {"loss": {"direction": "lower"}, **before["metrics"]}}
    words = [change.words for change in changes(before, now)]
    assert words == ["metric loss was added", "first metric accuracy -> loss"]


def test_what_decides_no_number_may_change() -> None:
    told_of = plan(('source = "a test"', 'source = "another"'), ('seeds = "0-2"', 'seeds = "0-7"'))
    assert told([told_of, look("0-9")]) == ()


def test_runs_that_were_repeated_after_failing_are_counted_by_arm() -> None:
    entries: list[Entry] = [attempt("long", 1, "arm") for _ in range(7)]
    entries += [attempt("long", 1, None), attempt("short", 2, "arm"), attempt("short", 2, None)]
    assert told(entries) == (
        "2 runs were repeated after failing, up to 7 times (1 of long, 1 of short)",
    )


def test_runs_that_were_stopped_from_outside_are_told_apart() -> None:
    assert told([attempt("long", 1, "outside"), attempt("long", 1, None)]) == (
        "1 run was repeated after being killed, timing out or lacking memory (1 of long)",
    )


def test_a_run_that_failed_once_and_stayed_so_was_not_repeated() -> None:
    failed = attempt("control", 9, "arm")  # the study's only failed run
    assert told([failed]) == ()
    assert told([failed, failed]) == ("1 run was repeated after failing (1 of control)",)


def test_seeds_of_the_first_plan_that_never_ran_are_counted() -> None:
    assert told([plan(seeds="0-12")]) == ("3 seeds of the first plan are missing",)
    changed = SeedsEntry(when=DAY, task="tiny", device="cpu", seeds="0-12")
    assert told([plan(seeds="0-9"), changed]) == ()


def test_a_result_that_is_not_the_journals_is_named() -> None:
    other = attempt("long", 3, None).model_copy(update={"bits": "0" * 64})
    assert told([other]) == ("long seed 3: the journal has another result of it",)


def test_a_mark_of_optional_stopping_is_of_pairs() -> None:
    def marked(of: Study) -> bool:
        entry = plan(sequential=True)
        return was_sequential(make_journal({digest(entry.document()): entry.document()}), asked(of))

    assert marked(study())
    alone = replace(study(), results={"long": study().results["long"]})
    assert not marked(alone)


def registration(*replaced: tuple[str, str], seeds: str = "0-9") -> RegistrationEntry:
    return RegistrationEntry(
        when=DAY,
        task="tiny",
        device="cpu",
        questions={arm: (f"tiny{arm}",) for arm in ("short", "long", "control")},
        declared=declared(*replaced),
        seeds=seeds,
        file_sha256="ab" * 32,
    )


def test_a_registered_plan_was_followed_or_what_differs_is_named() -> None:
    begin = "the plan registered on 2026-01-02 (SHA-256 abababababab)"
    assert told([registration()]) == (f"{begin} was followed",)
    assert told([registration(SMALL, seeds="1-11")]) == (
        f"{begin} differs in margin 0.5 -> 1 points, seeds 10-11 missing, seeds 0 added",
    )
    late = registration().model_copy(update={"runs_before": 4})
    assert told([late]) == (f"{begin[:-1]}, with 4 of its runs stored already) was followed",)
    code = registration().model_copy(update={"questions": {"long": ("other",)}})
    assert told([code]) == (f"{begin} differs in what long runs (code or data)",)


def test_a_broken_journal_is_said() -> None:
    document = attempt("long", 1, None).model_copy(update={"previous": ("0" * 64,)}).document()
    journal = make_journal({digest(document): document})
    assert tell_history(journal, asked(study())) == (
        "the journal is broken in 1 place: entries were changed or are missing",
    )


def test_runs_that_no_journal_knows_are_counted() -> None:
    entry = attempt("long", 1, None).document()
    journal = make_journal({digest(entry): entry})
    assert unjournaled(journal, asked(study())) == (3 * 10 - 1, DAY)
