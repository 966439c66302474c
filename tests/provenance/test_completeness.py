"""Keys are complete: what a run executes counts, seen by traces and by runs of edited code."""

from __future__ import annotations

import ast
import json
import multiprocessing
import pickle
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite.execution.in_process import run_job
from suite.execution.scoring import learn_job, score_job
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.graph import BORDERS
from suite.provenance.source import read_source, source_digest
from suite.result import Result
from suite.task.schema import Task
from tests.provenance.packages import copy_of_suite, stand_in
from tests.support.mutants import chosen, mutant
from tests.support.own_code import load_own
from tests.support.tasks import LOOP_TASK, ROOT, disc_task
from tests.support.traces import definitions_run, lines_run

LOOP = """
import numpy as np


def train(arm, data, seed, device):
    return {
        "predict": lambda inputs: np.eye(10)[np.arange(len(inputs)) % 10],
        "weights": {"w": [1.0]}, "history": {"loss": [1.0]}, "metrics": {"luck": 0.5},
    }
"""
# Which question a run answers is no part of the answer; a wrong key is refused by the runner.
KEYS = {"suite.plan.job:Job.key", "suite.provenance.identity:run_key"}
RELEVANT = 80  # of nearly 90 places where an edit changes a result, in random order
BEYOND = {"suite:__getattr__"}  # asked by whoever looks for attributes of modules


@pytest.fixture
def own(tmp_path: Path) -> Task:
    """A task with a loop, and a model, of the user's."""
    (tmp_path / "own_loop.py").write_text(LOOP)
    return load_own(tmp_path, LOOP_TASK)


def first_jobs(task: Task) -> list[Job]:
    """A job for each arm."""
    jobs = make_plan(task, device="cpu", seeds=[0]).jobs
    return list({job.arm: job for job in jobs}.values())


def run_here(job: Job) -> Iterator[Result]:
    """The results of a job, of which a loop of the user's runs in another thread."""
    if job.settings.train is None:
        yield from run_job(job)
        return
    learns, scores = multiprocessing.Pipe()
    learner = threading.Thread(target=learn_job, args=(job, learns, "."))
    learner.start()
    yield from score_job(job, scores, ".")
    learner.join()


def trace(job: Job, patch: pytest.MonkeyPatch) -> dict[Path, set[int]]:
    """The lines of this package that a job runs; its key is not looked at."""
    patch.setattr(Job, "changed_code", lambda _: [])
    patch.setattr("suite.execution.outcomes.made_by", dict)  # behind a border
    patch.setattr("suite.execution.scoring.note_files", lambda _: None)  # behind a border
    results: list[Result] = []
    lines = lines_run(lambda: results.extend(run_here(job)))
    assert {result.status for result in results} == {"ok"}
    return lines


def is_behind_border(name: str) -> bool:
    return name in BORDERS or name.partition(":")[0] in BORDERS


@pytest.mark.parametrize(
    ("of_user", "arms"),
    [
        (False, {"control"}),
        pytest.param(False, {"short", "long"}, marks=pytest.mark.slow),
        pytest.param(True, {"one", "two"}, marks=pytest.mark.slow),
    ],
)
def test_every_definition_that_a_run_executes_is_reached_or_behind_a_border(
    of_user: bool,
    arms: set[str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = request.getfixturevalue("own") if of_user else disc_task()
    for job in [job for job in first_jobs(task) if job.arm in arms]:
        units = job.references.units()
        executed = definitions_run(trace(job, monkeypatch)) - KEYS - BEYOND
        missed = {
            name
            for name in executed
            if not is_behind_border(name)
            and name not in units
            and f"{name.partition(':')[0]}:{name.partition(':')[2].partition('.')[0]}" not in units
        }
        assert len(executed) > 20
        assert missed == set(), job.arm


def test_borders_are_where_they_are_said_to_be() -> None:
    for border in BORDERS:
        module, _, name = border.partition(":")
        path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        assert path.is_file(), border
        assert not name or f"def {name}(" in path.read_text(), border


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of this package, which stands in for it."""
    folder = copy_of_suite(tmp_path_factory.mktemp("copy"))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch, folder)
        yield folder


def digest(jobs: list[Job]) -> str:
    groups = [group for job in jobs for group in job.references.roles.values()]
    return source_digest(read_source(reference for group in groups for reference in group).digests)


def in_copy(copy: Path, path: Path) -> Path:
    return copy / path.relative_to(ROOT / "suite")


def counted_lines(jobs: list[Job], patch: pytest.MonkeyPatch) -> dict[Path, set[int]]:
    """The lines that the jobs run, without those behind borders and of keys."""
    found: dict[Path, set[int]] = {}
    for job in jobs:
        for path, lines in trace(job, patch).items():
            kept = {
                line
                for line in lines
                if not any(
                    is_behind_border(name) or name in KEYS | BEYOND
                    for name in definitions_run({path: {line}})
                )
            }
            found.setdefault(path, set()).update(kept)
    return found


def test_random_edits_of_lines_that_ran_are_noticed(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = first_jobs(disc_task())
    lines, before = counted_lines(jobs, monkeypatch), digest(jobs)
    edits = list(chosen(random.Random(3), lines))  # noqa: S311
    assert len(edits) > 200
    for path, place in edits[:25]:
        here = in_copy(copy, path)
        here.write_text(mutant(path, place))
        assert digest(jobs) != before, (path.name, place)
        shutil.copy2(path, here)
    assert digest(jobs) == before


class EditedRuns:
    """What jobs give when they run with the copy as it is then."""

    def __init__(self, copy: Path, jobs: list[Job], folder: Path) -> None:
        (folder / "jobs").write_bytes(pickle.dumps(jobs))
        program = str(ROOT / "tests/support/edited_runs.py")
        self.copy, words = copy, [sys.executable, program, str(folder / "jobs"), str(ROOT)]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )

    def results(self) -> list[dict[str, object]] | None:
        """None where the program ended without."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{self.copy.parent}\n")
        self.process.stdin.flush()
        given: list[dict[str, object]] | None = json.loads(self.process.stdout.readline())
        return given


@pytest.fixture
def edited(copy: Path, tmp_path: Path) -> Iterator[EditedRuns]:
    runs = EditedRuns(copy, first_jobs(disc_task()), tmp_path)
    yield runs
    runs.process.communicate()


@pytest.mark.slow
def test_every_random_edit_that_changes_a_result_is_noticed(
    copy: Path, edited: EditedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of any line that ran, behind borders too: what the edited code gives says what counts.

    A run that fails says so itself; what must not be is another number under the same key.
    """
    jobs = first_jobs(disc_task())
    before, expected = digest(jobs), edited.results()
    assert expected is not None
    assert edited.results() == expected
    lines: dict[Path, set[int]] = {}
    for job in jobs:
        for path, numbers in trace(job, monkeypatch).items():
            lines.setdefault(path, set()).update(numbers)
    relevant, missed = 0, []
    for path, place in chosen(random.Random(11), lines):  # noqa: S311
        here = in_copy(copy, path)
        here.write_text(mutant(path, place))
        given = edited.results()
        gave_all = given is not None and len(given) == len(expected)  # else the run failed
        if gave_all and given != expected and all(run["status"] != "failed" for run in given or ()):
            relevant += 1
            if digest(jobs) == before:
                missed.append((path.name, place))
        shutil.copy2(path, here)
        if relevant == RELEVANT:
            break
    assert relevant == RELEVANT
    assert missed == []


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_edits_that_decide_nothing_are_not_noticed(
    copy: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Comments, layout and docstrings of code that ran; and any code of the wings above."""
    jobs, generator = first_jobs(disc_task()), random.Random(5)  # noqa: S311
    before, ran = digest(jobs), sorted(trace(jobs[0], monkeypatch))
    above = [
        path
        for wing in ("analysis", "cli", "importers", "reports", "store", "verification")
        for path in sorted((ROOT / "suite" / wing).rglob("*.py"))
    ]
    elsewhere = {path: set(range(1, 10_000)) for path in generator.sample(above, count // 2)}
    places = list(chosen(generator, elsewhere))[: count // 2]
    edits = [(path, mutant(path, place)) for path, place in places]
    edits += [
        (path, laid_out_anew(path, generator)) for path in generator.choices(ran, k=count // 2)
    ]
    assert len(edits) == count
    for path, text in edits:
        here = in_copy(copy, path)
        assert text != path.read_text()
        here.write_text(text)
        assert digest(jobs) == before, path
        shutil.copy2(path, here)


def laid_out_anew(path: Path, generator: random.Random) -> str:
    """The same code with a comment, with another docstring, or without any layout."""
    text = path.read_text()
    kind = generator.choice(("comment", "docstring", "layout"))
    if kind == "comment":
        lines = text.splitlines(keepends=True)
        ends = [node.end_lineno or 0 for node in ast.parse(text).body]
        lines.insert(generator.choice(ends), "# Another comment.\n")
        return "".join(lines)
    tree = ast.parse(text)
    for node in ast.walk(tree) if kind == "docstring" else ():
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body[0] = ast.Expr(ast.Constant("Another text."))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
