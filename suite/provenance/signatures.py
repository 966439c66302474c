"""What code elsewhere is called and which arguments it takes, read from its source: nothing is
imported to check a name."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from suite.errors import SuiteError, suggestion
from suite.provenance.references import check, module_path, parse

OPTIMIZERS = ("torch.optim",)
SCHEDULES = ("torch.optim.lr_scheduler",)
LOSSES = ("torch.nn.modules.loss",)
METRICS = (
    "torchmetrics",
    "torchmetrics.classification",
    "torchmetrics.regression",
    "torchmetrics.text",
)
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
STEPS = 6  # from an import to the definition: packages pass names on


def find(modules: Sequence[str], name: str) -> str:
    """The reference "module:name" of what one of `modules` defines. Raises SuiteError with the
    nearest name that there is."""
    for module in modules:
        if name in _public(module):
            return f"{module}:{name}"
    known = sorted({each for module in modules for each in _public(module) if each[:1].isupper()})
    if not known:
        raise SuiteError(
            f"{modules[0]} is not installed; install it, or name another than {name!r}"
        )
    near = (
        suggestion(name, known)
        if len(known) < 40 or "did you" in suggestion(name, known)
        else "see its documentation"
    )
    raise SuiteError(
        f"expected a name of {modules[0].partition('.modules')[0]}, got {name!r}; {near}"
    )


def require_call(reference: str, arguments: Collection[str], *, given: int = 0) -> None:
    """Raises SuiteError unless what `reference` names is there and can be called with `arguments`
    by name and so many `given` ones before them, as far as its source says."""
    check(reference)
    found = _parameters(reference)
    if found is None:
        return
    known, needed = found[0][given:], [name for name in found[1] if name not in found[0][:given]]
    for name in arguments:
        if name not in known:
            raise SuiteError(
                f"{reference} takes no {name!r};"
                f" {suggestion(name, known) if known else 'it takes none'}"
            )
    lacking = [name for name in needed if name not in arguments]
    if lacking:
        raise SuiteError(f"{reference} needs {lacking[0]!r}, which is not given")


def _public(module: str) -> frozenset[str]:
    path = module_path(module)
    return (
        frozenset()
        if path is None or path.suffix != ".py"
        else _names(path, path.stat().st_mtime_ns)
    )


@cache
def _names(path: Path, _modified: int) -> frozenset[str]:
    names = {name for statement in parse(path).body for name in _defined(statement)}
    return frozenset(name for name in names if not name.startswith("_"))


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, DEFINITIONS):
        yield statement.name
    elif isinstance(statement, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in statement.names)


def _parameters(reference: str, steps: int = STEPS) -> tuple[list[str], list[str]] | None:
    """The parameters of a function or class by name, and those without a default; None where its
    source does not say."""
    module, _, name = reference.partition(":")
    path = module_path(module)
    if path is None or path.suffix != ".py" or not steps:
        return None
    for statement in reversed(parse(path).body):
        if isinstance(statement, DEFINITIONS) and statement.name == name:
            return (
                _of_class(statement, module, steps)
                if isinstance(statement, ast.ClassDef)
                else _of(statement, skip=0)
            )
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
                    base = resolve_name("." * statement.level + (statement.module or ""), package)
                    return _parameters(f"{base}:{alias.name}", steps - 1)
    return None


def _of_class(node: ast.ClassDef, module: str, steps: int) -> tuple[list[str], list[str]] | None:
    makers = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    for maker in ("__new__", "__init__"):
        if maker in makers:
            return _of(makers[maker], skip=1)
    base = node.bases[0] if len(node.bases) == 1 else None
    return (
        _parameters(f"{module}:{base.id}", steps - 1)
        if isinstance(base, ast.Name) and not node.decorator_list
        else None
    )


def _of(function: ast.FunctionDef, *, skip: int) -> tuple[list[str], list[str]] | None:
    told = function.args
    if told.kwarg or told.vararg or function.decorator_list:
        return None
    plain = [each.arg for each in (*told.posonlyargs, *told.args)]
    needed = plain[: len(plain) - len(told.defaults)][skip:]
    only = [each.arg for each in told.kwonlyargs]
    needed += [
        name for name, default in zip(only, told.kw_defaults, strict=True) if default is None
    ]
    return [*plain[skip:], *only], needed
