"""What code says: which edits the canonical form keeps, and what it calls a reference."""

from __future__ import annotations

import ast
import json

import pytest

from suite.provenance.canonical import Reference, canonical

NAMES = {"helper": ("m:helper",), "np": ("numpy",), "f": ("m:f",), "Only": ("",)}


def form(text: str) -> str:
    said = canonical(ast.parse(text).body, NAMES, "m")
    return json.dumps([said.form, [[r.targets, r.attributes] for r in said.references]])


def test_the_canonical_form_is_what_its_definition_says() -> None:
    """Written out by hand from the definition, so it holds on every Python."""
    tree = ast.parse('def f(x, y=1):\n    """Doc."""\n    return -x + 1.50  # why\n')
    minus = ["UnaryOp", {"op": ["USub", {}], "operand": ["Name", "x"]}]
    total = ["BinOp", {"left": minus, "op": ["Add", {}], "right": ["float", "1.5"]}]
    function = {
        "name": ["Name", "f"],
        "parameters": {"any": ["x", "y"], "defaults": [["int", "1"]]},
        "body": [["Return", {"value": total}]],
    }
    assert canonical(tree.body).form == [["FunctionDef", function]]


def test_pieces_of_text_in_an_f_string_are_one_piece() -> None:
    value = ["FormattedValue", {"value": ["Name", "x"], "conversion": -1}]
    tree = ast.parse("f'a{{' 'b' f'{x}' f'' 'c' '\\xe9'", mode="eval")
    assert canonical(tree.body).form == [
        "JoinedStr",
        [["str", "'a{b'"], value, ["str", "'c\\xe9'"]],
    ]


def test_references_are_numbered_by_first_use_with_the_attributes_taken_of_them() -> None:
    said = canonical(ast.parse("helper(np.random.rand(x), helper, f)").body, NAMES)
    assert said.references == (
        Reference(("m:helper",)),
        Reference(("numpy",), ("random", "rand")),
        Reference(("m:f",)),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x): return x", "def f(x: int) -> int:\n    'Doc.'\n    return (x)  # why"),
        ("def f(x):\n    y = x", "def f(x):\n    y: list[int] = x"),
        ("def f(x):\n    y: int\n    return x", "def f(x):\n    pass\n    return x"),
        ("def f(x):\n    raise ValueError('a')", "def f(x):\n    raise ValueError(f'b {x}')"),
        ("def f(x):\n    assert x, 'a'", "def f(x):\n    assert x"),
        ("f: int = 3", "f = 3"),
        ("def f():\n    import os\n    return os.sep", "def f():\n    import os as o\n    return o.sep"),
        ("class f:\n    x: Only = 1", "class f:\n    'Doc.'\n\n    x: Only = 1"),
    ],
)  # fmt: skip
def test_what_decides_nothing_does_not_count(before: str, after: str) -> None:
    assert form(before) == form(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x): return x", "def f(x): return -x"),
        ("def f(x): return x.a", "def f(x): return x.b"),
        ("def f(x, y=1): return x", "def f(x, y=2): return x"),
        ("def f(x, *, y): return x", "def f(x, y): return x"),
        ("def f(x): return g(a=x)", "def f(x): return g(b=x)"),
        ("class f:\n    x: int = 1", "class f:\n    x = 1"),
        ("class f:\n    x: int", "class f:\n    x: float"),
        ("def f(x):\n    raise ValueError('a')", "def f(x):\n    raise TypeError('a')"),
        ("def f(x):\n    raise ValueError(x)", "def f(x):\n    raise ValueError(-x)"),
        ("def f(x): return helper", "def f(x): return np"),
        ("def f(x): return helper", "def f(helper): return helper"),
        ("def f(x):\n    if x(): pass", "def f(x):\n    pass"),
        ("f = 1", "f = 1.0"),
        ("f = 'a'", "f = b'a'"),
        ("match f:\n    case None: x", "match f:\n    case True: x"),
    ],
)
def test_what_may_decide_something_counts(before: str, after: str) -> None:
    assert form(before) != form(after)


@pytest.mark.parametrize(
    "block",
    [
        "def f(helper): return helper",
        "def f():\n    helper = 1\n    return helper",
        "def f():\n    for helper in x:\n        print(helper)",
        "def f():\n    return [helper for helper in x]",
        "def f():\n    return lambda helper: helper",
        "def f():\n    try: x\n    except E as helper: print(helper)",
        "def f(x):\n    match x:\n        case [helper, *_]: return helper",
        "def f(x):\n    def helper(): return 1\n    return helper()",
        "def f(x):\n    if (helper := x): return helper",
        "def f(x):\n    with x as helper: return helper",
        "class f:\n    helper = 1\n    other = helper",
    ],
)
def test_a_name_that_code_binds_itself_refers_to_nothing_outside(block: str) -> None:
    said = canonical(ast.parse(block).body, NAMES)
    assert said.references == (Reference(("m:f",)),)


@pytest.mark.parametrize(
    "block",
    [
        "class f:\n    helper = 1\n    def g(self): return helper",
        "def f():\n    global helper\n    helper = 1",
        "def f(x=helper): return x",
        "@helper\ndef f(): return 1",
        "class f(helper): pass",
        "def f(): return {helper: 1}",
        "def f(x): return f'{helper}'",
    ],
)
def test_a_name_from_outside_is_a_reference_wherever_it_stands(block: str) -> None:
    said = canonical(ast.parse(block).body, NAMES)
    assert Reference(("m:helper",)) in said.references
