"""The shape of the package.

The direction of imports is import-linter's contract in pyproject.toml, which `make lint` checks;
this file holds what that contract cannot say.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.support.tasks import ROOT

PACKAGE = ROOT / "suite"
MODULES = sorted(PACKAGE.rglob("*.py"))
WINGS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
HEAVY = {"torch", "torchvision", "torchinfo", "scipy", "pandas", "matplotlib", "numpy"}
LIGHT = (  # modules that import none of these
    "suite.cli",
    "suite.errors",
    "suite.result",
    "suite.task.loading",
    "suite.plan.plan",
    "suite.provenance.environment",
    "suite.store.store",
    "suite.execution.runner",
    "suite.execution.processes",
)
MOST_MODULES_AT_THE_ROOT = 8
MOST_LAZY_IMPORTS = 23  # lower it with every one that goes; it never rises
PRINTERS = ("suite/cli/", "suite/reports/terminal/")
NAMED_AFTER_ITS_FORMAT = {"suite/reports/export/mlflow.py"}  # imports `mlflow` by its full name


def relative(path: Path) -> str:
    """The path from the repository's root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def imported_names(node: ast.AST) -> set[str]:
    """The modules that one import statement names, in full; empty for other statements."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module}
    return set()


def imported_packages(nodes: Iterable[ast.AST]) -> set[str]:
    """The first part of every name that is imported."""
    return {name.partition(".")[0] for node in nodes for name in imported_names(node)}


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's syntax tree: read once, for several tests."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def lazy_imports(path: Path) -> list[str]:
    """The imports inside functions, as `file:line: statement`."""
    functions = (n for n in nodes_of(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    statements = {
        node.lineno: ast.unparse(node)
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return [f"{relative(path)}:{line}: {statements[line]}" for line in sorted(statements)]


def test_the_root_has_few_modules() -> None:
    modules = sorted(path.name for path in PACKAGE.glob("*.py"))
    assert len(modules) <= MOST_MODULES_AT_THE_ROOT, modules


@pytest.mark.parametrize("wing", WINGS, ids=relative)
def test_the_init_file_of_a_wing_holds_names_only(wing: Path) -> None:
    for node in ast.parse((wing / "__init__.py").read_text()).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_list_of_names = (
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        )
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        assert is_text or is_list_of_names or is_import, ast.unparse(node)


def test_no_module_has_the_name_of_a_library() -> None:
    imports = imported_packages(node for path in MODULES for node in nodes_of(path))
    libraries = imports - {"suite", "__main__"}
    clashes = {relative(path) for path in PACKAGE.rglob("*") if path.stem in libraries}
    assert not clashes - NAMED_AFTER_ITS_FORMAT


def test_imports_inside_functions_do_not_grow_in_number() -> None:
    imports = [line for path in MODULES for line in lazy_imports(path)]
    assert len(imports) <= MOST_LAZY_IMPORTS, (
        f"expected at most {MOST_LAZY_IMPORTS} imports inside functions, got {len(imports)}:\n"
        + "\n".join(imports)
    )


def test_only_the_command_line_prints() -> None:
    prints = [
        f"{relative(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("print", "stdout.write", "stderr.write"))
    ]
    assert [line for line in prints if not line.startswith(PRINTERS)] == []


def test_planning_and_storing_import_nothing_heavy() -> None:
    program = (
        f"import sys, {', '.join(LIGHT)}; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    )
    command = [sys.executable, "-c", program, *HEAVY]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_only_the_files_for_ray_import_ray() -> None:
    users = [path for path in MODULES if "ray" in imported_packages(nodes_of(path))]
    assert users
    assert [relative(path) for path in users if not path.name.startswith("ray_")] == []


@pytest.mark.parametrize("program", ["wings", "verdicts"])
def test_a_picture_is_what_the_code_says(program: str) -> None:
    command = [sys.executable, f".ci/{program}.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
