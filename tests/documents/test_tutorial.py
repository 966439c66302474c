"""The README's tutorial, followed literally from a built wheel in an empty folder; and a class of
students, each with a model in one task.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.own_code import NETS, write_own
from tests.support.program import suite
from tests.support.tasks import DIGITS_TASK, ROOT

STUDENTS = 3  # the program knows no number: thirty take ten times as long and test the same


def tutorial() -> list[str]:
    text = (
        (ROOT / "README.md")
        .read_text()
        .split("<!-- tutorial:")[1]
        .split("<!-- end of tutorial -->")[0]
    )
    return re.findall(r"^\$ (.*)$", text, flags=re.M)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment in which the wheel is installed; the locked packages are
    lent to it, not copied.
    """
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(folder / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    site = Path(
        sysconfig.get_path(
            "purelib", vars={"base": str(folder / "env"), "platbase": str(folder / "env")}
        )
    )
    wheels = [str(path) for path in (folder / "dist").glob("*.whl")]
    into = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*into, "--quiet", *wheels], check=True)
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("suite", "__editable__", "_suite")) and path.suffix != ".pth":
            (site / path.name).symlink_to(path)
    return python.parent


@pytest.mark.slow
def test_the_tutorial_works_as_it_stands(installed: Path, tmp_path: Path) -> None:
    first, *rest = tutorial()
    assert first == "pip install suite"  # done by the fixture, from the wheel
    assert [line.split()[1] for line in rest] == ["init", "validate", "run", "report"]
    said = {}
    for line in rest:
        command = shlex.split(line)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [str(installed / command[0]), *command[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said[command[1]] = done.stdout
    assert "my-comparison: valid, 2 arms, 10 seeds" in said["validate"]
    assert said["run"] == "executed 20 runs: 20 ok\n"
    assert (tmp_path / "RESULTS.md").is_file()
    where = subprocess.run(
        [str(installed / "python"), "-c", "import suite; print(suite.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed.parent) in where.stdout


@pytest.mark.slow
def test_a_class_finishes_resumes_and_reports(tmp_path: Path) -> None:
    head, _, rest = DIGITS_TASK.partition("[arms.one]")
    _, _, metrics = rest.partition("[metrics.accuracy]")
    arms = "".join(
        f'[arms.student-{n:02}]\nmodel = "own_nets:Net"\narguments = {{ width = {n + 3} }}\ntrainer'
        ' = "autograd"\n\n'
        for n in range(STUDENTS)
    )
    comparisons = ", ".join(f'["student-{n:02}", "student-00"]' for n in range(1, STUDENTS))
    text = head.replace('seeds = "0-1"', 'seeds = "0-5"').replace(
        "\n[data]", f"comparisons = [{comparisons}]\n\n[data]", 1
    )
    write_own(tmp_path / "class", f"{text}{arms}[metrics.accuracy]{metrics}", NETS)
    first = suite("run", "class/", "--seeds", "0-1", cwd=tmp_path)
    assert (first.returncode, first.stdout) == (
        0,
        f"executed {2 * STUDENTS} runs: {2 * STUDENTS} ok\n",
    ), first.stderr[-2000:]
    rest_of_it = suite("run", "class/", cwd=tmp_path)
    assert (rest_of_it.returncode, rest_of_it.stdout) == (
        0,
        f"executed {4 * STUDENTS} runs: {4 * STUDENTS} ok\n",
    ), rest_of_it.stderr[-2000:]
    assert (
        suite("run", "class/", cwd=tmp_path).stdout == "executed 0 runs: nothing was left to do\n"
    )
    done = suite("report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "RESULTS.md").read_text()
    assert all(f"student-{n:02}" in page for n in range(STUDENTS))
