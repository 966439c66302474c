"""The rows that `--where` chooses: comparisons of columns with constants, and nothing else.

`DataFrame.query` evaluates them, on columns under names of ours, so that no name of a column and no
text of a user is ever code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import pandas as pd

from suite.errors import SuiteError

EXPECTED = "expected comparisons like \"split == 'test' and epoch in [9, 10]\""


def filter_rows(frame: pd.DataFrame, where: str, source: str) -> pd.DataFrame:
    """The rows of `frame` for which the expression `where` holds, with their index.

    Names in it are columns, in backticks where they are no identifiers. Raises SuiteError for
    anything but comparisons, `in`, `and`, `or` and `not`, for unknown columns, and where no row is
    left.
    """
    location = f"{source}: --where {where!r}"
    columns = [str(name) for name in frame.columns]
    prefix = "column"
    while prefix in where:
        prefix += "_"
    tree = _parse(where, columns, prefix, location)
    query = ast.unparse(_Renaming(columns, prefix, location).visit(tree))
    renamed = frame.set_axis([f"{prefix}{number}" for number in range(len(columns))], axis=1)
    try:
        chosen: pd.DataFrame = frame.loc[renamed.query(query, engine="python").index]
    except (TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise SuiteError(f"{location}: cannot compare text with numbers: {reason}") from None
    if chosen.empty:
        raise SuiteError(f"{location}: expected rows, none of {len(frame)} is like that")
    return chosen


def _parse(where: str, columns: Sequence[str], prefix: str, location: str) -> ast.expr:
    """The expression; names in backticks are those of the query already."""

    def name_in_query(match: re.Match[str]) -> str:
        return f"{prefix}{_position(match.group(1), columns, location)}"

    try:
        tree = ast.parse(re.sub(r"`([^`]*)`", name_in_query, where.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise SuiteError(f"{location}: {EXPECTED}") from None
    if not _is_condition(tree):
        raise SuiteError(f"{location}: {EXPECTED}")
    return tree


def _is_condition(node: ast.expr) -> bool:
    """Whether an expression is made of comparisons."""
    if isinstance(node, ast.BoolOp):
        return all(_is_condition(value) for value in node.values)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and _is_condition(node.operand)
    if not isinstance(node, ast.Compare):
        return False
    has_column = any(isinstance(operand, ast.Name) for operand in (node.left, *node.comparators))
    return has_column and all(
        map(_is_comparison, node.ops, (node.left, *node.comparators), node.comparators)
    )


def _is_comparison(operator: ast.cmpop, left: ast.expr, right: ast.expr) -> bool:
    """Whether columns and constants are compared, or looked up in a list of constants."""
    if isinstance(operator, ast.In | ast.NotIn):
        elements = right.elts if isinstance(right, ast.List | ast.Tuple) else []
        return isinstance(left, ast.Name) and bool(elements) and all(map(_is_constant, elements))
    is_plain = all(isinstance(side, ast.Name) or _is_constant(side) for side in (left, right))
    return is_plain and not isinstance(operator, ast.Is | ast.IsNot)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
        return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    return isinstance(node, ast.Constant) and isinstance(node.value, str | int | float)


def _position(name: str, columns: Sequence[str], location: str) -> int:
    if name not in columns:
        raise SuiteError(f"{location}: expected columns among {', '.join(columns)}, got {name!r}")
    return columns.index(name)


class _Renaming(ast.NodeTransformer):
    """Gives every column the name that it has in the query."""

    def __init__(self, columns: Sequence[str], prefix: str, location: str) -> None:
        self.columns, self.prefix, self.location = columns, prefix, location

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """The column's name in the query."""
        if node.id.startswith(self.prefix):
            return node
        return ast.Name(f"{self.prefix}{_position(node.id, self.columns, self.location)}", node.ctx)
