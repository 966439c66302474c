"""Publishing: the same steps as in CI, into a folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from suite.analysis.analyse import analyse
from suite.errors import SuiteError
from suite.reports.export.published import published_files
from suite.store.records import Records
from suite.task.schema import Task
from tests.support.fakes import made_study
from tests.support.program import call
from tests.support.stores import make_store
from tests.support.tasks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NOTHING_KEPT = Records((), {})


def test_the_tracked_values_are_means_in_the_metrics_unit() -> None:
    files = published_files(NOTHING_KEPT, [analyse(made_study("tiny", 12))], None)
    tracked = json.loads(files["bigger-is-better.json"])
    long = next(one for one in tracked if one["name"] == "tiny/long accuracy on cpu")
    assert (long["unit"], long["value"]) == ("%", pytest.approx(89.35))  # 80.35 + 9
    assert long["extra"] == "12 seeds, environment environment-1"
    assert json.loads(files["smaller-is-better.json"]) == []
    assert (
        "tiny) In accuracy, on cpu: long IS BETTER, by at least the margin: long 89.35%"
        in files["summary.md"]
    )
    assert "](#" not in files["summary.md"]


def test_the_same_numbers_again_change_nothing_and_others_are_added() -> None:
    first = published_files(NOTHING_KEPT, [analyse(made_study("tiny", 12))], None)
    assert (
        published_files(NOTHING_KEPT, [analyse(made_study("tiny", 12))], first["history.json"])
        == first
    )
    second = published_files(NOTHING_KEPT, [analyse(made_study("tiny", 11))], first["history.json"])
    old, new = json.loads(second["history.json"])
    assert [old] == json.loads(first["history.json"])
    assert f'href="history/{old["id"]}.html"' in second["index.html"]
    assert f"history/{new['id']}.html" in second
    assert (
        new["values"]["tiny/short accuracy on cpu"] != old["values"]["tiny/short accuracy on cpu"]
    )


@pytest.mark.parametrize("text", ["{", "{}x", '[{"id": 1}]', "[3]"])
def test_a_history_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(
        SuiteError,
        match=r"history\.json: expected a list of what was published before, got something",
    ):
        published_files(NOTHING_KEPT, [analyse(made_study("tiny", 2))], text)


@pytest.fixture
def records(tmp_path: Path, tiny: Task) -> tuple[Path, Path]:
    """Folders with the records of a change, which made one arm worse, and of the main branch."""
    for name, lower in (("change", "long"), ("main", "")):
        environment = "there" if lower else "here"
        make_store(tmp_path / f"{name}.sqlite", tiny, lower=lower, environment=environment)
        assert (
            call(
                "report",
                "--store",
                str(tmp_path / f"{name}.sqlite"),
                "-o",
                str(tmp_path / name / "RESULTS.md"),
            )[0]
            == 0
        )
    return tmp_path / "change" / "results", tmp_path / "main" / "results"


def publish(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("suite")
    command = [str(ROOT / ".ci" / "publish"), *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"SUITE_PROGRAM": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_steps_of_ci_write_a_folder_and_the_change(
    records: tuple[Path, Path], tmp_path: Path
) -> None:
    change, main = records
    done = publish(change, tmp_path / "public", main)
    assert done.returncode == 0, done
    names = {
        str(path.relative_to(tmp_path / "public"))
        for path in (tmp_path / "public").rglob("*")
        if path.is_file()
    }
    (past,) = (name for name in names if name.startswith("history/"))
    assert names == {
        "index.html", "history.json", "summary.md", "bigger-is-better.json", "smaller-is-better.json", "comment.md", past
    }  # fmt: skip
    comment = (tmp_path / "public" / "comment.md").read_text()
    assert comment.startswith("### The change against the main branch\n")
    assert "main.sqlite:tiny/long IS BETTER, by at least the margin\n" in comment
    assert "measured in other environments: there and here" in comment
    assert comment.count("```") == 2
    before = {name: (tmp_path / "public" / name).read_bytes() for name in names}
    assert call("publish", str(tmp_path / "public"), "--from", str(change))[0] == 0
    assert before == {name: (tmp_path / "public" / name).read_bytes() for name in names}


def test_nothing_to_publish_is_an_error(tmp_path: Path) -> None:
    code, said = call("publish", str(tmp_path / "public"), "--from", str(tmp_path))
    assert code == 2
    assert "expected a folder with records" in said
    assert not (tmp_path / "public").exists()


def test_the_workflows_are_valid() -> None:
    program = shutil.which("actionlint", path=str(Path(sys.executable).parent)) or shutil.which(
        "actionlint"
    )
    if program is None:
        pytest.skip("actionlint is not installed: its package has a wheel for Linux on x86-64 only")
    done = subprocess.run(
        [program, "-no-color", *WORKFLOWS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_make_target_and_script_of_the_workflows_exists() -> None:
    text = "".join(path.read_text() for path in WORKFLOWS)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    used = {
        word
        for line in re.findall(r"run: make ([^\n#]+)", text)
        for word in line.split()
        if re.fullmatch("[a-z][a-z-]*", word)
    }
    assert used <= targets
    assert {"bench", "publish"} <= used
    for script in re.findall(r"\.ci/[a-z]+", text):
        assert os.access(ROOT / script, os.X_OK), script


def test_every_action_is_pinned_and_what_may_write_runs_no_code_of_a_change() -> None:
    text = "".join(path.read_text() for path in WORKFLOWS)
    for action in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}", action), action
    for job in re.split(r"\n(?=  [a-z-]+:\n)", text):
        if re.search(r"permissions: \{ [a-z-]+: write \}", job):
            assert "actions/checkout" not in job
            assert "make " not in job
