"""The names that code elsewhere defines and the arguments it takes, read from its source.

Nothing is imported to check a name.
"""

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
    """The reference "module:name" of what one of `modules` defines.

    Raises SuiteError with the nearest name that there is.
    """
    for module in modules:
        if name in _list_public_names(module):
            return f"{module}:{name}"
    public = {name for module in modules for name in _list_public_names(module)}
    known = sorted(name for name in public if name[:1].isupper())
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
    """Raises SuiteError unless what `reference` names exists and accepts these arguments.

    It is called with `given` arguments by position, then with `arguments` by name. Only what its
    source says is checked.
    """
    check(reference)
    parameters = _read_parameters(reference)
    if parameters is None:
        return
    names, without_default = parameters
    known, needed = names[given:], [name for name in without_default if name not in names[:given]]
    for name in arguments:
        if name not in known:
            raise SuiteError(
                f"{reference} takes no {name!r};"
                f" {suggestion(name, known) if known else 'it takes none'}"
            )
    lacking = [name for name in needed if name not in arguments]
    if lacking:
        raise SuiteError(f"{reference} needs {lacking[0]!r}, which is not given")


def takes(reference: str, argument: str, *, given: int = 0) -> bool:
    """Whether what `reference` names says that it takes the argument, behind the `given` first."""
    parameters = _read_parameters(reference)
    return parameters is not None and argument in parameters[0][given:]


def _list_public_names(module: str) -> frozenset[str]:
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


def _read_parameters(reference: str, steps: int = STEPS) -> tuple[list[str], list[str]] | None:
    """The parameters of a function or class by name, and those without a default.

    None where its source does not say.
    """
    module, _, name = reference.partition(":")
    path = module_path(module)
    if path is None or path.suffix != ".py" or not steps:
        return None
    for statement in reversed(parse(path).body):
        if isinstance(statement, DEFINITIONS) and statement.name == name:
            return (
                _read_class(statement, module, steps)
                if isinstance(statement, ast.ClassDef)
                else _read_function(statement, skip=0)
            )
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
                    base = resolve_name("." * statement.level + (statement.module or ""), package)
                    return _read_parameters(f"{base}:{alias.name}", steps - 1)
    return None


def _read_class(node: ast.ClassDef, module: str, steps: int) -> tuple[list[str], list[str]] | None:
    methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
    for maker in ("__new__", "__init__"):
        if maker in methods:
            return _read_function(methods[maker], skip=1)
    base = node.bases[0] if len(node.bases) == 1 else None
    return (
        _read_parameters(f"{module}:{base.id}", steps - 1)
        if isinstance(base, ast.Name) and not node.decorator_list
        else None
    )


def _read_function(function: ast.FunctionDef, *, skip: int) -> tuple[list[str], list[str]] | None:
    parameters = function.args
    if parameters.kwarg or parameters.vararg or function.decorator_list:
        return None
    by_place = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    needed = by_place[: len(by_place) - len(parameters.defaults)][skip:]
    by_name = [parameter.arg for parameter in parameters.kwonlyargs]
    needed += [
        name
        for name, default in zip(by_name, parameters.kw_defaults, strict=True)
        if default is None
    ]
    return [*by_place[skip:], *by_name], needed
