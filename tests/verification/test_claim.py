"""Published claims that are forged in every way that leaves each line with its own SHA-256."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.plan.job import Job
from suite.provenance.environment import describe
from suite.reports.report_check import page_difference
from suite.result import Result
from suite.store.record_reading import read_records
from suite.task.loading import load_task
from suite.verification.certificate import certificates
from suite.verification.checks import Check
from suite.verification.claim import ClaimCheck, check_claim
from suite.verification.published import read_published
from suite.verification.rerun import verify
from tests.support.executors import StandIn
from tests.support.forgery import Line, edit_plan, rewrite, without_items
from tests.support.program import call
from tests.support.tasks import DISC_TASK, write_task

TASK = (
    DISC_TASK.replace('"0-2"', '"0-6"')
    .replace("\nepochs = 4", "\nepochs = 40")
    .replace("\nepochs = 2", "\nepochs = 1")
    .replace('"autograd"', '"manual"')
)


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a task was run and its report written."""
    folder = tmp_path_factory.mktemp("claims")
    write_task(folder / "tasks", TASK)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert call("run") == (0, "executed 21 runs: 21 ok\n")
        assert call("report")[0] == 0
    return folder


@pytest.fixture
def place(run_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to forge, and to be in."""
    copy = shutil.copytree(run_once, tmp_path / "place")
    monkeypatch.chdir(copy)
    return copy


RERUNS: dict[tuple[str, int], Result] = {}  # the same for all tests, by question and seed


def run_or_recall(jobs: Iterable[Job | None]) -> Iterator[list[Result]]:
    """What the jobs give, which is the same whenever they run."""
    for job in jobs:
        if job is not None:
            if not all((job.question, seed) in RERUNS for seed in job.seeds):
                for result in run_jobs(InProcess(), [job]):
                    RERUNS[job.question, result.seed] = result
            yield [RERUNS[job.question, seed] for seed in job.seeds]


def claim_of(place: Path) -> tuple[ClaimCheck, list[Check]]:
    """What is said of the claim that lies there, all of whose runs are run again."""
    records = read_records(place / "results")
    (published,) = read_published(records)
    task = load_task(place / "tasks" / "tiny.toml")
    certified = certificates(published.runs, records, with_failed=True)
    checks = list(verify(certified, {"tiny": task}, StandIn(run_or_recall)))
    return check_claim(published, task, checks, describe), checks


def test_what_was_published_as_it_was_run_holds(place: Path) -> None:
    claim, checks = claim_of(place)
    assert (claim.holds, claim.problems, claim.changes, claim.notes) == (True, (), (), ())
    assert (claim.recorded, claim.rerun, claim.agreed) == (21, 21, 21)
    assert {check.tier for check in checks} == {"WEIGHTS"}
    assert claim.verdicts["accuracy, long against short"].startswith("long BETTER")
    assert claim.verdicts["claim: accuracy, long better than short"].startswith("CONFIRMED")


def swap_questions(plan: Line) -> None:
    questions = plan["questions"]
    questions["long"], questions["short"] = questions["short"], questions["long"]


def test_arms_whose_questions_are_swapped_in_the_plan_are_named_though_every_run_agrees(
    place: Path,
) -> None:
    edit_plan(place / "results", swap_questions)
    claim, checks = claim_of(place)
    assert {check.tier for check in checks} == {"WEIGHTS"}
    assert not claim.holds
    assert "arm short: the published plan gives it the question of long" in claim.problems
    assert "arm long: the published plan gives it the question of short" in claim.problems
    assert "arm long: 7 of the 7 records behind it are of arm short" in claim.problems
    (reversed_verdict,) = [line for line in claim.changes if "y, long against short" in line]
    assert "published short BETTER" in reversed_verdict
    assert "recomputed long BETTER" in reversed_verdict


def test_arms_that_are_swapped_in_plan_and_records_fail_run_by_run(place: Path) -> None:
    names = {"long": "short", "short": "long"}
    edit_plan(place / "results", swap_questions)
    rewrite(
        place / "results" / "tiny.jsonl",
        lambda line: line | {"arm": names.get(line["arm"], line["arm"])},
    )
    claim, checks = claim_of(place)
    assert not claim.holds
    assert [check.tier for check in checks].count("FAIL") == 14
    assert any(
        "published short BETTER" in line and "recomputed long BETTER" in line
        for line in claim.changes
    )


def with_metric(value: float) -> Callable[[Line], Line]:
    return lambda line: (
        without_items(line) | {"metrics": {"accuracy": value}}
        if (line["arm"], line["seed"]) == ("short", 3)
        else line
    )


def test_a_forged_value_with_its_digest_made_anew_fails(place: Path) -> None:
    rewrite(place / "results" / "tiny.jsonl", with_metric(1.0))
    claim, checks = claim_of(place)
    assert (claim.holds, claim.rerun, claim.agreed) == (False, 21, 20)
    (bad,) = [check for check in checks if not check.is_good]
    assert bad.reasons[0].startswith("first difference: metric accuracy: 1.0 -> ")


def test_a_value_that_its_test_items_contradict_is_refused_by_name(place: Path) -> None:
    rewrite(
        place / "results" / "tiny.jsonl",
        lambda line: line | {"metrics": {"accuracy": 1.0}} if line["seed"] == 3 else line,
    )
    with pytest.raises(SuiteError, match="seed 3 .*: expected items whose mean is its accuracy, 1"):
        claim_of(place)


def test_seeds_that_are_left_out_are_named(place: Path) -> None:
    rewrite(
        place / "results" / "tiny.jsonl",
        lambda line: None if (line["arm"] == "short" and line["seed"] in (2, 5, 6)) else line,
    )
    claim, _ = claim_of(place)
    assert (claim.holds, claim.problems) == (False, ("arm short: no record of seeds 2,5-6",))
    rewrite(place / "results" / "tiny.jsonl", lambda line: None if line["seed"] == 2 else line)
    assert "arm long: no record of seed 2" in claim_of(place)[0].problems


def test_a_run_that_is_made_a_failed_one_is_run_again_and_does_not_fail(place: Path) -> None:
    lost = {"status": "failed", "reason": "killed", "fault": "outside", "metrics": {}}

    def fail(line: Line) -> Line:
        return line | lost if (line["arm"], line["seed"]) == ("short", 3) else line

    rewrite(place / "results" / "tiny.jsonl", fail)
    claim, checks = claim_of(place)
    (bad,) = [check for check in checks if not check.is_good]
    assert (claim.holds, bad.tier) == (False, "FAIL")
    assert bad.reasons[0].startswith("recorded as failed, but does not fail when it is run again")


def set_margin(plan: Line) -> None:
    plan["task"]["metrics"]["accuracy"]["margin"] = 0.9


def set_direction(plan: Line) -> None:
    plan["task"]["metrics"]["accuracy"]["direction"] = "lower"


def set_claim(plan: Line) -> None:
    plan["task"]["claims"][0]["reported"]["short"] = 0.9


def drop_claims(plan: Line) -> None:
    plan["task"]["claims"] = []


def drop_comparison(plan: Line) -> None:
    plan["task"]["comparisons"] = plan["task"]["comparisons"][:1]


def ask_for_fewer_seeds(plan: Line) -> None:
    plan["task"]["protocol"]["seeds"] = [0, 1, 2]


@pytest.mark.parametrize(
    ("forge", "said", "is_another_verdict"),
    [
        (set_margin, "metrics.accuracy.margin: published 0.9, today 0.01", True),
        (set_direction, "metrics.accuracy.direction: published lower, today higher", True),
        (set_claim, "claims.0.reported.short: published 0.9, today 0.5", True),
        (drop_claims, "claims: published ", True),
        (drop_comparison, "comparisons: published ", True),
        (ask_for_fewer_seeds, "protocol.seeds: published 0-2, today 0-6", False),
    ],
)
def test_an_edited_rule_of_the_published_task_is_named_and_the_verdict_is_todays(
    place: Path, forge: Callable[[Line], None], said: str, is_another_verdict: bool
) -> None:
    edit_plan(place / "results", forge)
    claim, checks = claim_of(place)
    assert {check.tier for check in checks} == {"WEIGHTS"}
    assert not claim.holds
    assert any(line.startswith(said) for line in claim.problems), claim.problems
    assert bool(claim.changes) == is_another_verdict
    assert claim.verdicts["accuracy, long against short"].startswith("long BETTER")


def test_records_of_another_task_of_the_same_name_do_not_hold(place: Path) -> None:
    write_task(place / "tasks", TASK.replace("lr = 0.5", "lr = 0.25").replace("0.01", "0.02"))
    claim, checks = claim_of(place)
    assert {check.tier for check in checks} == {"FAIL"}
    assert "protocol.optimizer.lr: published 0.5, today 0.25" in claim.problems
    assert "metrics.accuracy.margin: published 0.01, today 0.02" in claim.problems
    assert "arm long: question: optimizer.lr 0.5 -> 0.25" in claim.problems
    assert not claim.holds


def test_a_question_or_an_environment_under_the_id_of_another_is_named(place: Path) -> None:
    def edit(line: Line) -> Line:
        if line["kind"] == "environment":
            line["document"]["cpu"] = "another one"
        if line["kind"] == "question" and line["document"]["arm"] == "long":
            line["document"]["settings"]["epochs"] = 41
        return line

    rewrite(place / "results" / "_documents.jsonl", edit)
    problems = claim_of(place)[0].problems
    assert "arm long: its question is not the one that its id stands for" in problems
    assert "environment: its fields are not those that its id stands for" in problems


def test_a_plan_under_the_name_of_another_is_refused(place: Path) -> None:
    def rename(line: Line) -> Line:
        return line | {"name": "other/cpu"} if line["kind"] == "plan" else line

    rewrite(place / "results" / "_documents.jsonl", rename)
    with pytest.raises(SuiteError, match=r"expected the plan of tiny/cpu, got that of other/cpu"):
        claim_of(place)


@pytest.mark.slow
def test_extra_seeds_are_said_and_may_not_leave_a_gap(place: Path) -> None:
    call("run", "--seeds", "0-9")
    call("report")
    claim, _ = claim_of(place)
    assert (claim.holds, claim.notes) == (True, ("seeds 7-9 are more than the task asks for",))
    rewrite(place / "results" / "tiny.jsonl", lambda line: None if line["seed"] == 8 else line)
    (problem,) = claim_of(place)[0].problems
    assert problem.startswith("no record of a seed between 7 and 9, which are not both in the task")


def test_values_of_another_machine_give_the_verdict_that_is_compared(place: Path) -> None:
    """Whoever forges the environment too is held to the margin, and to the verdict of the re-runs.

    Each arm is moved by less than the margin of 0.2, and both together by more.
    """
    write_task(place / "tasks", TASK.replace("margin = 0.01", "margin = 0.2"))
    call("run")
    call("report")
    fields: dict[str, str] = {}

    def move_document(line: Line) -> Line:
        if line["kind"] == "environment":
            line["document"]["cpu"] = "another one"
            fields.update(line["document"])
            line["name"] = environment(fields)
        return line

    def move_plan(plan: Line) -> None:
        plan["environment"] = environment(fields)

    def move_run(line: Line) -> Line:
        shift = {"short": 0.19, "long": -0.19}.get(line["arm"], 0.0)
        value = line["metrics"]["accuracy"] + shift
        moved = {"environment": environment(fields), "metrics": {"accuracy": value}}
        return without_items(line) | moved

    rewrite(place / "results" / "_documents.jsonl", move_document)
    edit_plan(place / "results", move_plan)
    rewrite(place / "results" / "tiny.jsonl", move_run)
    claim, checks = claim_of(place)
    assert all(check.is_good for check in checks)
    moved = [check for check in checks if check.tier == "WITHIN TOLERANCE"]
    assert len(moved) == 14
    assert "every value is shifted by -0.19" in moved[0].reasons[0]
    assert claim.changes
    assert not claim.holds


def environment(fields: Line) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def test_an_edited_page_is_named_by_line_and_row(place: Path) -> None:
    page = place / "RESULTS.md"
    records = read_records(place / "results")
    assert page_difference(records, page) is None
    text = page.read_text()
    page.write_text(text.replace("long IS BETTER", "short IS BETTER", 1))
    number = text.partition("long IS BETTER")[0].count("\n") + 1
    said = page_difference(records, page)
    assert said is not None
    assert said.startswith(f"{page}:{number}")


@pytest.mark.slow
def test_the_last_line_says_whether_the_claim_holds_and_the_exit_code_too(place: Path) -> None:
    code, said = call("verify", "--from", "results", "--sample", "3", "-j", "1")
    assert (code, said.splitlines()[-1]) == (
        0,
        "CLAIM VERIFIED as far as 3 of 21 runs: tiny on cpu",
    )
    page = place / "RESULTS.md"
    page.write_text(page.read_text().replace("long IS BETTER", "short IS BETTER", 1))
    edit_plan(place / "results", swap_questions)
    code, said = call("verify", "--from", "results", "--sample", "3", "-j", "1")
    assert code == 1
    assert "3 runs verified: 3 WEIGHTS" in said
    start, _, end = said.splitlines()[-1].partition("verdicts are not as published")
    assert start.startswith(
        "CLAIM NOT VERIFIED: tiny on cpu: what is published is not today's task, plan and seeds; "
    )
    assert end == "; the page is not what its records say"
    (place / "one.jsonl").write_text(
        call("export", "--format", "certificates")[1].splitlines()[0] + "\n"
    )
    code, said = call("verify", "one.jsonl", "-j", "1")
    last = "RUNS VERIFIED: certificates name no verdict, so no claim was verified"
    assert (code, said.splitlines()[-1]) == (0, last)
