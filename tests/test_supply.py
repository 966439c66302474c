"""What is installed is what was locked, and what is built is always the same."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import suite
from suite import __version__
from tests.support.tasks import ROOT

LOCK = (ROOT / "requirements.txt").read_text()
BIN = Path(sys.executable).parent
MAKEFILE = (ROOT / "Makefile").read_text()


def test_every_locked_package_has_a_version_and_a_hash_and_no_address() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"://|--index|--find-links|--trusted-host", LOCK)


def build(folder: Path, umask: int) -> Path:
    """A wheel of a fresh copy of the package."""
    copy = folder / "copy"
    shutil.copytree(ROOT / "suite", copy / "suite", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, copy / name)
    for path in copy.rglob("*"):
        os.utime(path, (umask, umask))
    variables = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}
    command = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(folder), str(copy)]
    subprocess.run(command, env=variables, check=True, capture_output=True, umask=umask)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_a_wheel_is_built_twice_with_equal_bytes(tmp_path: Path) -> None:
    first, second = (build(tmp_path / str(umask), umask).read_bytes() for umask in (0o022, 0o077))
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()
    assert "flit_core.wheel --outdir" in MAKEFILE


def test_the_wheel_has_the_packages_version_and_its_types(tmp_path: Path) -> None:
    wheel = build(tmp_path, 0o022)
    assert wheel.name == f"suite-{__version__}-py3-none-any.whl"
    assert "suite/py.typed" in zipfile.ZipFile(wheel).namelist()


def install(folder: Path, lock: str) -> subprocess.CompletedProcess[str]:
    """What `make` does with a lock, from a folder of wheels."""
    options = re.findall(r"uv pip install .*?(--require-hashes --only-binary :all:) -r", MAKEFILE)[
        0
    ].split()
    (folder / "lock.txt").write_text(lock)
    command: list[str | Path] = [
        BIN / "uv",
        "pip",
        "install",
        "--offline",
        "--no-cache",
        "--no-deps",
        "--no-index",
        "--find-links",
        folder / "wheels",
    ]
    target: list[str | Path] = ["--target", folder / "target", *options, "-r", folder / "lock.txt"]
    return subprocess.run([*command, *target], capture_output=True, text=True, check=False)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    (tmp_path / "wheels").mkdir()
    shutil.copy(build(tmp_path / "build", 0o022), tmp_path / "wheels")
    return tmp_path


def test_a_tampered_lock_is_refused(wheels: Path) -> None:
    (wheel,) = (wheels / "wheels").glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    good = f"suite=={__version__} --hash=sha256:{digest}\n"
    assert install(wheels, good).returncode == 0
    other = f"{int(digest[0], 16) ^ 1:x}{digest[1:]}"
    for tampered in (
        good.replace(digest, other),
        f"suite=={__version__}\n",
        good.replace("==", ">="),
    ):
        shutil.rmtree(wheels / "target", ignore_errors=True)
        done = install(wheels, tampered)
        assert done.returncode != 0, tampered
        assert "hash" in done.stderr.lower() or "==" in done.stderr, done.stderr
        assert not (wheels / "target" / "suite").exists()
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("suite/added.py", "evil = True\n")
    assert "hash" in install(wheels, good).stderr.lower()
    assert not (wheels / "target" / "suite").exists()


def test_nothing_that_is_read_can_run_code() -> None:
    for path in (ROOT / "suite").rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"pickle", "marshal", "shelve", "dill", "joblib"} & set(names), path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("torch.load", "eval", "numpy.load"), path
                assert called != "np.load" or "allow_pickle=False" in ast.unparse(node), path
                assert not called.endswith((".recv", "loads")) or called in (
                    "json.loads",
                    "tomllib.loads",
                ), path


@pytest.mark.slow
def test_the_bill_of_materials_names_what_is_locked(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    command: list[str | Path] = [
        BIN / "cyclonedx-py",
        "requirements",
        "--output-reproducible",
        "--output-file",
        target,
        ROOT / "requirements.txt",
    ]
    subprocess.run(command, check=True, capture_output=True)
    bill = json.loads(target.read_text())
    assert bill["bomFormat"] == "CycloneDX"
    locked = {
        (name, version) for name, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", LOCK, flags=re.M)
    }
    assert {(part["name"], part["version"]) for part in bill["components"]} == locked


def test_actions_are_named_by_commit_and_the_base_image_by_digest() -> None:
    for path in (ROOT / ".github").rglob("*.yml"):
        for action in re.findall(r"uses: (\S+)", path.read_text()):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action
    assert re.search(
        r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", (ROOT / "Dockerfile").read_text(), flags=re.M
    )


def test_the_citation_and_the_package_have_one_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", citation, flags=re.M) == [suite.__version__]


def test_the_hooks_before_a_commit_are_linters_of_make_lint() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    recipe = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0].replace("$(BIN)", ".venv/bin")
    entries = re.findall(r"entry: (\S+(?: check| format)?)", hooks)
    assert len(entries) == 4
    assert [entry for entry in entries if entry not in recipe] == []
