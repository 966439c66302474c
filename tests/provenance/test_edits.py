"""Edits of a copy of this package: those that a run reaches are noticed, and no others."""

from __future__ import annotations

import ast
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite.plan.plan import make_plan
from suite.provenance.source import read_source, source_digest
from suite.task.schema import Task
from tests.provenance.packages import Edit, copy_of_suite, replace, stand_in
from tests.support.tasks import ROOT, disc_task

EDITS = 8


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of this package, which stands in for it."""
    folder = copy_of_suite(tmp_path_factory.mktemp("copy"))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch, folder)
        yield folder


@pytest.fixture
def copied(copy: Path) -> Iterator[Path]:
    """The copy, to edit: afterwards it is as it was, so that it is read but once."""
    yield copy
    for path in copy.rglob("*.py"):
        original = ROOT / "suite" / path.relative_to(copy)
        if path.read_bytes() != original.read_bytes():
            shutil.copy2(original, path)


@pytest.fixture(scope="module")
def before(copy: Path) -> dict[str, str]:
    """The keys of the small task before any edit."""
    return keys(disc_task())


def keys(task: Task) -> dict[str, str]:
    return make_plan(task, device="cpu").questions


def references(task: Task, arm: str) -> list[str]:
    job = next(job for job in make_plan(task, device="cpu").jobs if job.arm == arm)
    return [reference for group in job.references.roles.values() for reference in group]


def path_of(folder: Path, module: str) -> Path:
    stem = folder.joinpath(*module.split(".")[1:])
    return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


def numbers(node: ast.AST) -> Iterator[ast.Constant]:
    """The whole numbers in code, but for those in the text of an error and in types."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns") or isinstance(node, ast.Raise | ast.Assert):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Constant) and type(child.value) is int:
                yield child
            elif isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from numbers(child)


def definitions(folder: Path) -> dict[str, tuple[Path, ast.stmt]]:
    """The definitions at the top of all modules, by "module:name"."""
    found: dict[str, tuple[Path, ast.stmt]] = {}
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder.parent).with_suffix("").parts
        module = ".".join(inner[:-1] if inner[-1] == "__init__" else inner)
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                found[f"{module}:{statement.name}"] = (path, statement)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found[f"{module}:{statement.targets[0].id}"] = (path, statement)
    return found


def changed_by_one(path: Path, number: ast.Constant) -> str:
    """The text of a file with a number in it greater by one."""
    lines = path.read_text().encode().splitlines(keepends=True)
    line = lines[number.lineno - 1]
    new = str(number.value + 1).encode()  # type: ignore[operator]
    lines[number.lineno - 1] = line[: number.col_offset] + new + line[number.end_col_offset :]
    return b"".join(lines).decode()


def test_a_number_in_reached_code_is_noticed_and_one_elsewhere_is_not(
    copied: Path, tiny: Task
) -> None:
    wanted = references(tiny, "control")
    units = read_source(wanted).units
    before = source_digest(read_source(wanted).digests)
    places: dict[bool, list[tuple[str, Path, ast.Constant]]] = {True: [], False: []}
    for name, (path, statement) in definitions(copied).items():
        is_reached_in_part = any(unit.startswith((f"{name}.", f"{name}[")) for unit in units)
        for number in () if is_reached_in_part else numbers(statement):
            places[name in units].append((name, path, number))
    generator = random.Random(7)  # noqa: S311
    for is_reached, candidates in places.items():
        assert len(candidates) > EDITS
        for name, path, number in generator.sample(candidates, EDITS):
            text = path.read_text()
            path.write_text(changed_by_one(path, number))
            moved = source_digest(read_source(wanted).digests) != before
            assert moved == is_reached, (name, number.lineno, number.value)
            path.write_text(text)
    assert source_digest(read_source(wanted).digests) == before


ALL = {"short", "long", "control"}


@pytest.mark.parametrize(
    ("edit", "moved"),
    [
        pytest.param(replace("plan/job.py", ("        seed,\n", "        seed // 2,\n")), ALL, id="half as many streams"),
        pytest.param(replace("execution/outcomes.py", ("        **dict(outcome),", "        **dict(outcome) | {'metrics': {}},")), ALL, id="the numbers of a record"),
        pytest.param(replace("execution/in_process.py", ("for outcome in _outcomes(job):", "for outcome in list(_outcomes(job))[1:]:")), ALL, id="which outcomes count"),
        pytest.param(replace("execution/child_program.py", ("result.model_dump_json().encode()", "result.model_dump_json().replace('0.', '1.').encode()")), ALL, id="what the process gives"),
        pytest.param(replace("execution/preload.py", ("first_step()\n", "first_step()\ntorch.set_default_dtype(torch.float64)\n")), ALL, id="the process that all are forked from"),
        pytest.param(replace("result.py", ("metrics: dict[str, float] = {}", "metrics: dict[str, int] = {}")), ALL, id="the types of a record"),
        pytest.param(replace("training/metrics.py", ('    "accuracy": accuracy,\n', '    "accuracy": accuracy,\n    **{"accuracy": digit_accuracy},\n')), ALL, id="a table with an entry that is made"),
        pytest.param(replace("provenance/seeding.py", ("digest[:4]", "digest[:3]")), ALL, id="shorter seeds"),
        pytest.param(replace("provenance/environment.py", ('"MKL_CBWR": "COMPATIBLE"', '"MKL_CBWR": "SSE4_2"')), ALL, id="other kernels"),
        pytest.param(replace("execution/in_process.py", ("fix_numerics(job.settings.threads)", "fix_numerics(2)")), ALL, id="other threads"),
        pytest.param(replace("execution/outcomes.py", ("not math.isfinite(value)", "math.isnan(value)")), ALL, id="what is no number"),
        pytest.param(replace("training/losses.py", ('"half_squared_error": half_squared_error', '"half_squared_error": digit_cross_entropy')), ALL, id="the loss of a name"),
        pytest.param(replace("training/metrics.py", ('"accuracy": accuracy', '"accuracy": digit_accuracy')), ALL, id="the metric of a name"),
        pytest.param(replace("training/measure.py", ("EVALUATION_BATCH = 100", "EVALUATION_BATCH = 99")), ALL, id="how many are evaluated at once"),
        pytest.param(replace("training/loop.py", ("total / count", "total")), ALL, id="the loop"),
        pytest.param(replace("data/disc.py", ("2 * math.pi", "3 * math.pi")), ALL, id="the data"),
        pytest.param(replace("models/mlp.py", ("nn.Sigmoid())", "nn.Tanh())")), ALL, id="the model"),
        pytest.param(lambda folder: (folder / "training/__init__.py").write_text("import torch\ntorch.set_default_dtype(torch.float64)\n"), ALL, id="an act of the package around"),
        pytest.param(lambda folder: (folder / "__init__.py").write_text("print(1)\n"), ALL, id="an act of the whole package"),
        pytest.param(replace("errors.py", ("TURNING =", "import torch\n_ = torch.set_default_dtype(torch.float64)\nTURNING =")), ALL, id="an act whose value gets a name"),
        pytest.param(replace("plan/lanes.py", ("LANES = 16", "PLACES = 32")), {"short", "long"}, id="lanes"),
        pytest.param(replace("backprop.py", ("(2 * y.shape", "(3 * y.shape")), {"short", "long"}, id="the mini framework"),
        pytest.param(replace("training/autograd.py", ("loss * share).backward()", "2 * loss).backward()")), {"control"}, id="one trainer"),
        pytest.param(replace("training/losses.py", ("return sides * ", "return 2 * sides * ")), set(), id="a loss that no arm names"),
        pytest.param(replace("models/mlp.py", ("196, 500", "196, 501")), set(), id="a model that no arm names"),
        pytest.param(replace("__init__.py", ('"0.1.0"', '"0.2.0"')), set(), id="the version"),
        pytest.param(replace("result.py", ("The layers of a model", "All layers of a model")), set(), id="the form of records"),
        pytest.param(replace("errors.py", ("cutoff=0.5", "cutoff=0.6")), set(), id="what an error suggests"),
        pytest.param(replace("provenance/environment.py", ("timeout=10", "timeout=11")), set(), id="what a record says beside its numbers"),
        pytest.param(replace("cli/run.py", ("def ", "print(1)\n\n\ndef ")), set(), id="the command line"),
        pytest.param(replace("execution/in_process.py", ("* 1024", "* 1000")), set(), id="what a run needs of memory"),
    ],
)  # fmt: skip
def test_what_decides_bits_is_part_of_the_question(
    copied: Path, before: dict[str, str], edit: Edit, moved: set[str]
) -> None:
    edit(copied)
    assert {arm for arm, key in keys(disc_task()).items() if key != before[arm]} == moved
