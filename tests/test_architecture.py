"""The direction of imports: a module imports only from a lower level, or from its own folder."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.tasks import ROOT

LEVELS = {
    "__init__": 0, "errors": 0, "streams": 0, "task": 0, "result": 0, "environment": 0, "timing": 0, "references": 0, "source": 0, "question": 0, "temporary": 0, "fields": 0, "ingredients": 0, "signatures": 0, "template": 0,
    "plan": 1, "data": 1, "models": 1, "losses": 1, "metrics": 1, "backprop": 1, "statistics": 1, "sequential": 1, "schema": 1, "database": 1, "store": 1, "inspection": 1, "records": 1, "merging": 1, "derived": 1, "observations": 1, "catalogue": 1, "starting": 1,
    "training": 2, "certificate": 2, "staleness": 2, "leases": 2, "comparison": 2, "claims": 2, "factorial": 2, "findings": 2, "noise": 2,
    "executors": 3, "reports": 3,
    "runner": 4, "trials": 4, "memory": 4, "verification": 4, "watching": 4, "validation": 4,
    "cli": 5, "api": 5, "container": 5, "__main__": 5, "terminal": 5,
}  # fmt: skip
LEVEL_1_IN_ORDER = (
    "data", "models", "losses", "metrics", "backprop", "statistics", "sequential", "schema", "database", "store", "inspection", "records", "merging", "plan", "derived", "observations", "catalogue", "starting"
)  # fmt: skip
LEVEL_2_IN_ORDER = (
    "comparison",
    "claims",
    "factorial",
    "findings",
    "noise",
    "certificate",
    "staleness",
    "training",
    "leases",
)
MODULES = sorted((ROOT / "suite").rglob("*.py"))
HEAVY = {"torch", "torchvision", "torchinfo", "scipy", "pandas", "matplotlib", "numpy"}


def room(path: Path) -> str:
    first = path.relative_to(ROOT / "suite").parts[0]
    return first.removesuffix(".py")


def imports(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "suite"
                else [node.module]
            )
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    mine = (
        "api" if path == ROOT / "suite" / "__init__.py" else room(path)
    )  # it names what the API has
    for name in imports(ast.parse(path.read_text())):
        top, _, rest = name.partition(".")
        if top != "suite":
            continue
        other = rest.split(".")[0] or "__init__"
        if other not in LEVELS:
            other = "__init__"
        sideways = (
            mine == other or LEVELS[mine] > LEVELS[other] or LEVELS[mine] == LEVELS[other] == 0
        )
        in_order = LEVELS[mine] == LEVELS[other] == 1 and LEVEL_1_IN_ORDER.index(
            mine
        ) > LEVEL_1_IN_ORDER.index(other)
        if LEVELS[mine] == LEVELS[other] == 2:
            in_order = LEVEL_2_IN_ORDER.index(mine) > LEVEL_2_IN_ORDER.index(other)
        in_cli = LEVELS[mine] == LEVELS[other] == 5
        assert sideways or in_order or in_cli, (
            f"{path.name} ({mine}, level {LEVELS[mine]}) imports {name}"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_command_line_prints(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    prints = [
        node
        for node in calls
        if ast.unparse(node.func).endswith(("print", "stdout.write", "stderr.write"))
    ]
    assert not prints or room(path) in ("cli", "terminal")


def test_planning_and_storing_need_nothing_heavy() -> None:
    for name in (
        "task",
        "result",
        "plan",
        "store",
        "runner",
        "executors/processes",
        "references",
        "source",
        "question",
        "environment",
    ):
        tree = ast.parse((ROOT / "suite" / f"{name}.py").read_text())
        at_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        heavy = {
            module.partition(".")[0]
            for node in at_top
            for module in imports(ast.Module([node], []))
        } & HEAVY
        assert not heavy, f"{name}.py imports {heavy}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_executor_for_ray_imports_ray(path: Path) -> None:
    found = {
        name for name in imports(ast.parse(path.read_text())) if name.partition(".")[0] == "ray"
    }
    assert not found or path.name in ("ray.py", "ray_node.py")
