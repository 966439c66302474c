"""Task files that no sane person writes: read, or refused in one line, within a second each."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from suite.errors import SuiteError
from suite.task.loading import load_task
from tests.support.tasks import DISC_TASK
from tests.torture.figures import Figure

NASTIES = [
    "", "\x00", "\ufeffschema = 1", "= 1", "[", "[[", "]", "a", "a =", "a = 1\na = 2", "[a]\n[a]", "[a]\n[[a]]",
    "a = " + "[" * 3_000, "a = " + "[" * 20 + "]" * 20, "a = " + "{ a = " * 40 + "1" + " }" * 40, "a" + ".a" * 20_000 + " = 1",
    "a = { " + "b." * 9 + "c = 1 }", '"a"' + '."a"' * 20 + " = 1", "[" + "a." * 50 + "a]", "a = " + "9" * 5_000, "a = 1e400", "a = nan",
    "a = -inf", "a = 0x" + "f" * 6_000, "x" * 70_000, "a = '" + "x" * 70_000 + "'", 'a = "\\uD800"', 'a = "\\U00110000"',
    'a = """' + "\n" * 10_000 + '"""', "a = 9999-99-99", "a = 25:61:61", "schema = 1\n" * 5_000, "# " + "\u202e" * 5_000, "a = true.false",
]  # fmt: skip
VALUES = [
    "1", "0", "-1", "1e400", "nan", "inf", "true", '""', '"../x"', '"/etc/passwd"', '"a\\nb"', '"\\u0000"', '"<script>"', "[]", "{}", "[[]]",
    "4294967296", "9" * 400, '"' + "x" * 11_000 + '"', "1979-05-27", '"0-99999999"', '["a", 1]', "{ a = { b = { c = 1 } } }", "''", "1.5",
    '"os:system"', '"no.such:thing"', '"suite.models.mlp"', '":"', '"a:b:c"', "0.1e-400", "-0.0",
]  # fmt: skip


def fuzzed_tasks(folder: Path, *, inputs: int) -> Figure:
    """The fixed list, then a valid task with values, lines and bytes exchanged."""
    drawn, wrong, slowest, valid = random.Random(6), [], 0.0, 0  # noqa: S311
    path = folder / "tiny.toml"
    contents = [
        *(text.encode("utf-8", "surrogatepass") for text in NASTIES),
        *_mutants(drawn, inputs - len(NASTIES)),
    ]
    for content in contents:
        path.write_bytes(content)
        start = time.process_time()
        try:
            load_task(path)
            valid += 1
        except SuiteError as error:
            said = str(error)
            if "\n" in said or not said.startswith(f"{path}: ") or len(said) > 1_000:
                wrong.append(said[:200])
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error} of {content[:200]!r}")
        slowest = max(slowest, time.process_time() - start)
    return Figure(
        "task files",
        f"{len(NASTIES)} nasty ones, and {inputs - len(NASTIES)} made from a valid one by"
        " exchanging values, lines and bytes",
        f"{inputs} read: {valid} valid, {inputs - valid - len(wrong)} refused in one line,"
        f" {len(wrong)} otherwise {wrong[:3] or ''}; {'none' if slowest < 1 else 'some'} took a"
        " second of the processor",
        not wrong and slowest < 1,
    )


def _mutants(drawn: random.Random, number: int) -> Iterator[bytes]:
    for _ in range(number):
        lines = DISC_TASK.splitlines()
        for _ in range(drawn.randint(1, 3)):
            at = drawn.randrange(len(lines))
            kind = drawn.randrange(4)
            if kind == 0 and "=" in lines[at]:
                lines[at] = lines[at].partition("=")[0] + "= " + drawn.choice(VALUES)
            elif kind == 1:
                lines[at] = drawn.choice(lines)
            elif kind == 2:
                lines.insert(
                    at,
                    f"{drawn.choice(['x', 'name', 'lr', 'arms.a', '[arms.x]', 'vary'])} ="
                    f" {drawn.choice(VALUES)}",
                )
            else:
                cut = drawn.randint(0, len(lines[at]))
                lines[at] = (
                    lines[at][:cut]
                    + chr(drawn.choice([0, 9, 34, 39, 91, 92, 123, 0x202E, 0xFFFD]))
                    + lines[at][cut:]
                )
        yield "\n".join(lines).encode()
