"""The table of verbs, and what each call imports."""

from __future__ import annotations

import ast
import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from suite.cli import app
from suite.cli.verbs import VERBS, function_of, load_command
from tests.support.program import suite_here
from tests.support.tasks import ROOT, write_task

HEAVY = {"torch", "torchvision", "numpy", "scipy", "pandas", "matplotlib", "sklearn", "jinja2"}
LAZY = {  # imports inside functions, and the heavy packages that they keep away
    "suite.cli.machine": {"torch"},
    "suite.cli.run": {"suite.cli.noise_floor", "suite.cli.until_decided"},
}
FILES = sorted((ROOT / "suite" / "cli").glob("*.py"))


@pytest.mark.parametrize("name", VERBS)
def test_the_help_of_a_verb_is_the_first_line_of_its_docstring(name: str) -> None:
    verb = getattr(import_module(f"suite.cli.{function_of(name)}"), function_of(name))
    documentation = inspect.getdoc(verb)
    assert documentation
    assert documentation.splitlines()[0] == VERBS[name].help
    assert documentation.splitlines()[1:2] in ([], [""])


def test_every_file_with_a_function_of_its_name_is_a_verb() -> None:
    verbs = {
        path.stem
        for path in FILES
        if any(
            isinstance(node, ast.FunctionDef) and node.name == path.stem
            for node in ast.parse(path.read_text()).body
        )
    }
    assert verbs == set(map(function_of, VERBS))


def test_imports_inside_functions_are_those_that_are_known() -> None:
    inside: dict[str, set[str]] = {}
    for path in FILES:
        for scope in ast.walk(ast.parse(path.read_text())):
            if not isinstance(scope, ast.FunctionDef):
                continue
            for node in ast.walk(scope):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [str(node.module)]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                if names:
                    inside.setdefault(f"suite.cli.{path.stem}", set()).update(names)
    assert inside == LAZY


def test_the_program_lists_the_verbs_in_order_and_loads_the_one_that_is_called() -> None:
    program = typer.main.get_command(app)
    context = program.make_context("suite", ["why-stale", "tiny"])
    assert list(program.commands) == list(VERBS)  # type: ignore[attr-defined]
    resolve = program.resolve_command  # type: ignore[attr-defined]
    name, verb, rest = resolve(context, ["why-stale", "tiny"])
    assert (name, rest) == ("why-stale", ["tiny"])
    assert {parameter.name for parameter in verb.params} >= {"names", "device", "store"}


def test_the_verbs_of_ray_pass_options_on() -> None:
    command = load_command("ray-head")
    context = command.make_context("ray-head", ["--port", "1234", "--num-cpus=2"])
    assert context.args == ["--port", "1234", "--num-cpus=2"]


def imported(*calls: tuple[str, ...], cwd: Path) -> list[set[str]]:
    """The modules that have been imported after each of these calls of the program, which follow
    each other in one process.
    """
    probe = (
        "import json, sys; from suite.cli import main\n"
        "for arguments in json.loads(sys.argv[1]):\n"
        "    sys.argv = ['suite', *arguments]\n"
        "    try: main()\n"
        "    except SystemExit as end: assert not end.code, (arguments, end.code)\n"
        "    print(); print('imported:', json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, json.dumps(calls)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [line.removeprefix("imported: ") for line in done.stdout.splitlines()]
    found = [set(json.loads(line)) for line in said if line.startswith('["')]
    assert len(found) == len(calls)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small task, of which one seed was run."""
    path = tmp_path_factory.mktemp("folder")
    write_task(path / "tasks")
    assert suite_here("run", "--seeds", "0", cwd=path).returncode == 0
    return path


def test_the_help_of_all_imports_no_verb(tmp_path: Path) -> None:
    (modules,) = imported(("--help",), cwd=tmp_path)
    ours = {name for name in modules if name.startswith("suite.")}
    assert ours == {"suite.cli", "suite.cli.program", "suite.cli.verbs", "suite.errors"}
    assert not modules & (HEAVY | {"sqlite3"})


def test_what_needs_no_statistics_imports_none(folder: Path) -> None:
    calls = (
        ("ls",),
        ("info",),
        ("validate", "--quick"),
        ("status",),
        ("run", "--help"),
        ("run", "--seeds", "0"),  # stored already
        ("merge", "results/store.sqlite"),
        ("fsck",),
        ("why-stale", "--help"),
    )
    *others, last = imported(*calls, cwd=folder)
    for arguments, modules in zip(calls, others, strict=False):
        assert not modules & HEAVY, arguments
    assert not last & (HEAVY - {"pandas", "numpy", "scipy"})


def test_what_reads_results_imports_no_torch(folder: Path) -> None:
    calls = (("report",), ("watch", "--once"), ("show", "tiny"), ("report", "--check"))
    for arguments, modules in zip(calls, imported(*calls, cwd=folder), strict=True):
        assert not modules & {"torch", "torchvision", "sklearn"}, arguments
