"""The suite from Python: load_task, run, compare, report; and the notebook that shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from suite import SuiteError, TableVerdicts, compare, load_task, report, run
from suite.analysis.study import Study
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.plan.job import Job
from suite.result import Result
from tests.support.executors import StandIn
from tests.support.tasks import ROOT, write_task


def recorded(study: Study) -> list[str]:
    """When the runs of a study were recorded."""
    return [result.recorded_at for results in study.results.values() for result in results]


def test_a_task_is_loaded_run_compared_and_reported(tmp_path: Path) -> None:
    task = load_task(str(write_task(tmp_path / "tasks")))
    study = run(task, seeds="0-1", store=tmp_path / "s.sqlite", trainer="autograd")
    assert {arm: [result.seed for result in results] for arm, results in study.results.items()} == {
        arm: [0, 1] for arm in ("short", "long", "control")
    }
    before = recorded(study)
    again = run(task, seeds=[1, 0], store=tmp_path / "s.sqlite")
    assert recorded(again) == before
    verdicts = compare(study)
    assert [(verdict.first, verdict.second, verdict.verdict) for verdict in verdicts] == [
        ("long", "short", "TOO FEW SEEDS"),
        ("long", "control", "TOO FEW SEEDS"),
    ]
    assert len(verdicts) == 2
    assert verdicts[1].second == "control"
    assert repr(verdicts).splitlines()[0] == "accuracy: long against short: TOO FEW SEEDS"
    assert [claim.words for claim in verdicts.claims] == 3 * [("TOO FEW SEEDS",)]
    assert repr(verdicts).splitlines()[2:] == [
        "accuracy: long better than short: direction TOO FEW SEEDS",
        "accuracy: short: level TOO FEW SEEDS",
        "accuracy: long: level TOO FEW SEEDS",
    ]
    page = report(tmp_path / "s.sqlite", tmp_path / "out" / "RESULTS.md")
    assert "## tiny" in page.read_text()
    assert (tmp_path / "out" / "results" / "tiny-cpu.svg").is_file()


def test_a_task_is_run_on_any_executor(tmp_path: Path) -> None:
    taken: list[str] = []

    def give(jobs: Iterable[Job | None]) -> Iterator[list[Result]]:
        for job in jobs:
            if job is not None:
                taken.append(job.arm)
                yield list(run_jobs(InProcess(), [job]))

    task = load_task(write_task(tmp_path))
    study = run(task, seeds="0", store=tmp_path / "s.sqlite", executor=StandIn(give))
    assert {len(results) for results in study.results.values()} == {1}
    assert set(taken) == {"short", "long", "control"}


def test_verdicts_are_a_table_in_a_notebook_and_text_is_escaped(tmp_path: Path) -> None:
    path = write_task(tmp_path)
    path.write_text(path.read_text().replace("Does more training help?", "Is <b> & more?"))
    page = compare(
        run(load_task(path), seeds="0", store=tmp_path / "s.sqlite", executor=InProcess())
    )._repr_html_()
    assert page.startswith("<p>Is &lt;b&gt; &amp; more?</p>\n<table")
    assert page.count("<tr") == 3 + 4  # two pairs, three statements, and the headings
    assert "<td>direction TOO FEW SEEDS</td>" in page
    assert "<td>TOO FEW SEEDS</td>" in page


def test_no_name_of_the_api_is_a_module() -> None:
    """A module would take the name's place once it is imported."""
    import suite

    modules = {path.stem for path in (ROOT / "suite").glob("*.py")} | {
        path.parent.name for path in (ROOT / "suite").glob("*/__init__.py")
    }
    assert not modules & set(suite.__all__)
    assert set(suite.__all__) == {
        "SuiteError",
        "TableVerdicts",
        "Verdicts",
        "__version__",
        "compare",
        "load_task",
        "report",
        "run",
        "versus",
    }


def test_bad_input_is_an_error_in_one_line(tmp_path: Path) -> None:
    write_task(tmp_path / "two", name="a")
    write_task(tmp_path / "two", name="b")
    with pytest.raises(SuiteError, match="two: expected one task, got 2: a, b"):
        load_task(tmp_path / "two")
    with pytest.raises(SuiteError, match="seeds: expected a rising range"):
        run(load_task(tmp_path / "two" / "a.toml"), seeds="3-1", store=tmp_path / "s.sqlite")


def test_importing_the_suite_imports_nothing_heavy() -> None:
    probe = (
        "import suite, sys; assert not {'torch', 'scipy', 'pandas', 'numpy', 'matplotlib',"
        " 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """Its cells in order, in a process and a folder of their own, as a notebook runs them.

    It keeps no outputs.
    """
    notebook = json.loads((ROOT / "docs" / "own-comparison.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert (notebook["nbformat"], [cell["outputs"] for cell in cells]) == (4, [[]] * len(cells))
    code = "\n\n".join("".join(cell["source"]) for cell in cells)
    (tmp_path / "cells.py").write_text(
        f"if __name__ == '__main__':\n    exec({code!r})\n    print(verdicts._repr_html_())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "cells.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "<table" in done.stdout
    assert (tmp_path / "RESULTS.md").is_file()


def test_a_frame_is_compared_by_the_names_of_its_columns() -> None:
    rows = [
        {"model": model, "dataset": f"d{d}", "seed": seed, "acc": value + 0.001 * wobble}
        for k, (model, value) in enumerate({"ours": 0.9, "theirs": 0.8}.items())
        for d in range(2)
        for seed in range(8)
        for wobble in [(3 * seed + 5 * k + d) % 7]
    ]
    frame = pd.DataFrame(rows)
    verdicts = compare(frame)
    assert isinstance(verdicts, TableVerdicts)
    assert [(v.first, v.second, v.winner) for v in verdicts] == [("ours", "theirs", "ours")]
    assert "model = arm" in verdicts.reading
    assert list(verdicts.to_frame()["scope"]) == ["these data sets", "data sets like these"]
    renamed = frame.rename(columns={"model": "zz", "acc": "qq"})
    named = compare(renamed, arm="zz", value="qq", direction="lower", baseline="ours", margin=0.2)
    assert [(v.first, v.winner, v.verdict) for v in named] == [
        ("ours", "theirs", "BETTER BY LESS THAN THE MARGIN")
    ]
    parts = [part for _, part in frame.groupby("model")]
    half = compare(parts, where='dataset == "d0"')
    assert (half[0].gap.n, half[0].winner) == (8, "ours")


def test_options_of_tables_are_refused_beside_a_study(tmp_path: Path) -> None:
    task = load_task(str(write_task(tmp_path / "tasks")))
    study: Any = run(task, seeds="0", store=tmp_path / "s.sqlite", trainer="autograd")
    with pytest.raises(SuiteError, match="a study says itself what its arms and metrics are"):
        compare(study, baseline="short")
