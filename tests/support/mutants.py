"""Random edits of Python code: other constants, other operators."""

from __future__ import annotations

import ast
import random
from collections.abc import Collection, Iterator
from pathlib import Path

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And, ast.USub: ast.UAdd,
}  # fmt: skip
UNSEEN = (ast.Raise, ast.Assert, ast.AnnAssign)  # texts of errors, and annotations


def places(path: Path, lines: Collection[int]) -> list[int]:
    """The numbers of the nodes of a file, on these lines, that `mutant` can change."""
    tree = ast.parse(path.read_bytes())
    return [n for n, node in _candidates(tree) if _line(node) in lines]


def mutant(path: Path, place: int) -> str:
    """The text of a file with one constant or operator changed, and laid out anew."""
    tree = ast.parse(path.read_bytes())
    node = next(node for n, node in _candidates(tree) if n == place)
    if isinstance(node, ast.Constant):
        node.value = _other(node.value)
    elif isinstance(node, ast.Compare):
        node.ops[0] = OPERATORS[type(node.ops[0])]()  # type: ignore[call-overload]
    else:
        node.op = OPERATORS[type(node.op)]()  # type: ignore[attr-defined]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def chosen(generator: random.Random, files: dict[Path, set[int]]) -> Iterator[tuple[Path, int]]:
    """Places in files, given the lines that count, in random order."""
    found = [(path, place) for path in sorted(files) for place in places(path, files[path])]
    generator.shuffle(found)
    yield from found


def _other(value: object) -> bool | int | float | str:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return "other"


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _candidates(tree: ast.AST) -> Iterator[tuple[int, ast.AST]]:
    yield from enumerate(_changeable(tree, is_docstring=False))


def _changeable(node: ast.AST, *, is_docstring: bool) -> Iterator[ast.AST]:
    if isinstance(node, UNSEEN) or is_docstring:
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool | int | float | str) and node.value != "":
            yield node
        return
    operators = getattr(node, "ops", None) or [getattr(node, "op", None)]
    if type(operators[0]) in OPERATORS:
        yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
                yield from _changeable(child, is_docstring=is_text)
