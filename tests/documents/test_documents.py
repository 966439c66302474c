"""README.md and docs/: every command in them is a command of the program, and is executed; what
they link to is there.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from suite.cli import app
from tests.support.program import suite
from tests.support.tasks import ROOT, write_task

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = {  # by its first word: what executes it
    "make": ".github/workflows/ci.yml and .ci/run",
    "pip": "tests/documents/test_tutorial.py, with the built wheel",
    "ray": "tests/cluster, with ports and folders of its own",
    "kubectl": "nowhere: it needs Kubernetes; tests/cluster validates the manifest",
    "sbatch": "nowhere: it needs Slurm; tests/cluster reads the script",
    "docker": ".ci/container",
    "mkdir": ".ci/container",
    ".ci/run": "itself",
    ".venv/bin/pre-commit": "nowhere: it changes .git; tests/test_supply.py reads the hooks",
}
LOGS = ROOT / "tests" / "importers" / "logs"


def commands(path: Path) -> list[str]:
    """The commands of a document's console blocks, without comments and continued lines joined."""
    blocks = re.findall(r"```console\n(.*?)```", path.read_text(), flags=re.DOTALL)
    joined = [
        line
        for block in blocks
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("$ ")
    ]
    return [re.sub(r"\s+#.*", "", line[2:]).strip() for line in joined]


def words(command: str) -> list[str]:
    """The words of a call of the suite, without its name; empty for other programs."""
    program, *rest = shlex.split(command)
    return rest if program in ("suite", ".venv/bin/suite") else []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_is_one_of_the_program_or_executed_elsewhere(path: Path) -> None:
    program = typer.main.get_command(app)
    for command in commands(path):
        if not words(command):
            assert command.split()[0] in ELSEWHERE, command
            continue
        context = program.make_context("suite", words(command), resilient_parsing=False)
        name, verb, rest = program.resolve_command(context, words(command))  # type: ignore[attr-defined]
        assert verb is not None, command
        verb.make_context(
            name, rest, parent=context
        )  # raises for an option or a value that there is not


def test_a_command_that_there_is_not_is_noticed() -> None:
    program = typer.main.get_command(app)
    with pytest.raises(Exception, match="No such command"):
        program.resolve_command(program.make_context("suite", ["ran"]), ["ran"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for target in re.findall(
        r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    ):
        made_for_the_site = path.parent / target == ROOT / "docs" / "RESULTS.md"
        assert (path.parent / target).exists() or made_for_the_site, f"{path.name}: {target}"


def execute(command: str, cwd: Path, **variables: str) -> None:
    done = suite(*words(command), cwd=cwd, **variables)
    assert done.returncode in (0, 1), f"{command}: {done.stderr}"
    assert "Traceback" not in done.stderr, command


@pytest.mark.slow
def test_the_tutorial_works_as_it_stands(tmp_path: Path) -> None:
    path = ROOT / "docs" / "tutorial.md"
    (text,) = re.findall(r"```toml\n(.*?)```", path.read_text(), flags=re.DOTALL)
    write_task(tmp_path / "tasks", text, "batches")
    for command in commands(path):
        execute(command, tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 1_000_000
    assert "batches" in (tmp_path / "RESULTS.md").read_text()
    assert suite("report", "--check", cwd=tmp_path).returncode == 0
    assert "expected" not in suite("report", "--terminal", cwd=tmp_path).stdout


@pytest.mark.slow
def test_the_how_to_works_as_it_stands(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    assert suite("run", "tiny", cwd=tmp_path).returncode == 0
    for command in commands(ROOT / "docs" / "how-to.md"):
        execute(command, tmp_path)
    assert (tmp_path / "public" / "index.html").is_file()
    assert (tmp_path / "copy.sqlite").is_file()


COMMAND_SCRIPT = """import os, sys
seed, worse = int(os.environ["SUITE_SEED"]), "bow" in sys.argv or "2" in sys.argv
print(f"test loss {1 + 0.1 * worse + (seed * 37 % 11) / 100 + worse * (seed % 2) / 50}")
print(f"val_acc={0.5 + (seed * 37 % 11) / 100 + ('new' in sys.argv) * (9 + seed % 2) / 100}")
with open(os.path.join(os.environ["SUITE_OUT"], "log.csv"), "w") as file:
    file.write(f"val_loss,val_acc\\n1,0.{10 + seed + worse * (seed % 3)}\\n2,0.9\\n")
"""


@pytest.mark.slow
def test_the_page_on_commands_works_as_it_stands(tmp_path: Path) -> None:
    for name in ("makemore.py", "train.py"):
        (tmp_path / name).write_text(COMMAND_SCRIPT)
    (tmp_path / "main.py").write_text("print('Loss: 0.5 after 9 batches')\n")
    (tmp_path / "run.sh").write_text('#!/bin/sh\nexec python train.py "$@"\n')
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / ".gitignore").write_text("results\n")
    for step in ("init -b main", "add .", "commit -m first"):
        named = ["-c", "user.name=a", "-c", "user.email=a@b.c", *step.split()]
        subprocess.run(["git", *named], cwd=tmp_path, check=True, capture_output=True)
    a, b = "'python train.py --seed {seed}'", "'python train.py new --seed {seed}'"
    done = []
    for command in commands(ROOT / "docs" / "versus.md"):
        if "main.py" in command:  # shown for what it says
            assert suite(*words(command), cwd=tmp_path).returncode == 2
            continue
        execute(command.replace(" A B ", f" {a} {b} "), tmp_path)
        done.append(command)
    assert len(done) >= 9
    assert "rates" in (tmp_path / "RESULTS.md").read_text()


@pytest.fixture
def clone(tmp_path: Path, mnist: None) -> Path:
    """What the README's commands find: the tasks, made small and run, their records, and files
    measured elsewhere.
    """
    (readme,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    texts = {path.stem: path.read_text() for path in (ROOT / "tasks").glob("*.toml")} | {
        "my-question": readme
    }
    for name, text in texts.items():
        small = re.sub(
            r"^(train_\w+|test_(?!items)\w+) = \d+", r"\1 = 40", text, flags=re.MULTILINE
        )
        small = re.sub(r"^epochs = \d+", "epochs = 1", small, flags=re.MULTILINE)
        if "trainer =" not in small:  # no trials of trainers
            small = re.sub(
                r"^(\[arms\.[\w-]+\])", r'\1\ntrainer = "autograd"', small, flags=re.MULTILINE
            )
        write_task(
            tmp_path / "tasks",
            re.sub(r'^seeds = ".*"', 'seeds = "0-1"', small, flags=re.MULTILINE),
            name,
        )
    done = suite(
        "run",
        "mini-framework",
        "siamese-vs-separate",
        "mlp-vs-cnn",
        "--trainer",
        "autograd",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done
    assert suite("report", cwd=tmp_path).returncode == 0
    seeds = "".join(
        f"{arm},{seed},{0.8 + 0.01 * seed * (arm == 'adam')}\n"
        for arm in ("adam", "sgd")
        for seed in range(8)
    )
    (tmp_path / "runs.csv").write_text(f"arm,seed,value\n{seeds}")
    (tmp_path / "logs").mkdir()
    for folder, name in (("new", "careful"), ("old", "hasty")):
        shutil.copytree(LOGS / "harness" / name, tmp_path / folder)
        (tmp_path / folder / "samples_multiplication.jsonl").rename(
            tmp_path / folder / "samples_gsm8k.jsonl"
        )
        shutil.copyfile(LOGS / "inspect" / f"{name}.eval", tmp_path / "logs" / f"{folder}.eval")
        shutil.copyfile(tmp_path / "results" / "store.sqlite", tmp_path / f"{folder}.sqlite")
    shutil.copyfile(LOGS / "benchopt" / "gradient_descent.parquet", tmp_path / "runs.parquet")
    shutil.copyfile(ROOT / "docs" / "examples" / "classifiers.csv", tmp_path / "results.csv")
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    for arm in ("ours", "theirs"):
        (tmp_path / "runs" / arm).mkdir(parents=True)
        for seed in range(3):
            row = 0.5 + 0.01 * seed + 0.1 * (arm == "ours")
            text = f"epoch,accuracy\n5,0.1\n10,{row}\n"
            (tmp_path / "runs" / arm / f"{seed}.csv").write_text(text)
    (tmp_path / "README.md").write_text("")
    return tmp_path


@pytest.mark.slow
def test_every_command_of_the_readme_works(clone: Path) -> None:
    row = re.findall(
        r"\| ([0-9a-f]{7}) *\|$", (clone / "RESULTS.md").read_text(), flags=re.MULTILINE
    )[0]
    tutorial = (
        (ROOT / "README.md")
        .read_text()
        .split("<!-- tutorial:")[1]
        .split("<!-- end of tutorial -->")[0]
    )
    for command in commands(ROOT / "README.md"):
        if f"$ {command}\n" in tutorial:
            continue  # tests/documents/test_tutorial.py follows it, in an empty folder
        if words(command) and "--executor ray" not in command:  # tests/cluster runs on one
            few = command.replace("1a2b3c4", row).replace("--max-seeds 50", "--max-seeds 6")
            few = few.replace("--baseline ours", "--baseline svm")  # what the file has
            few = few.replace("python docs/", f"{sys.executable} docs/")
            for example, there in (
                ("GD", "GD[step=1.0]"),
                ("Adam", "GD[step=0.1]"),
            ):  # what the file has
                few = few.replace(f"{example} on Simulated", f"{there} on Simulated[n=20]")
            execute(few, clone)
