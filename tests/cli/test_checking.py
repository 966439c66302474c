"""Checking a number as anyone would: published once, then verified, shown, merged, and edited in
every way that matters.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from suite.data import files
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.processes import Processes
from suite.plan.plan import make_plan
from suite.provenance.environment import describe
from suite.task.loading import load_task
from suite.verification.certificate import Certificate, certify
from suite.verification.rerun import verify
from tests.support.fakes import make_result
from tests.support.program import call, suite
from tests.support.tasks import DISC_TASK, REAL_TASKS, ROOT, write_task

MINE = """
from torch import nn
from width import WIDTH

class Net(nn.Sequential):
    def __init__(self, layers):
        super().__init__(nn.Linear(2, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2), nn.Sigmoid())
"""
TASK = DISC_TASK.replace(
    '[arms.control]\nmodel = "sigmoid-mlp"', '[arms.control]\nmodel = "mine:Net"'
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a task was run, in two goes, and its report written."""
    folder = tmp_path_factory.mktemp("published")
    write_task(folder / "tasks", TASK)
    (folder / "mine.py").write_text(MINE)
    (folder / "width.py").write_text("WIDTH = 5\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        assert call("run", "--seeds", "1") == (0, "executed 3 runs: 3 ok\n")
        assert call("bench")[0] == 0
    return folder


@pytest.fixture
def place(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to change, and to be in."""
    copy = shutil.copytree(published, tmp_path / "place")
    monkeypatch.chdir(copy)
    monkeypatch.syspath_prepend(str(copy))
    return copy


def row(place: Path, start: str) -> str:
    """The id of the first row of the page that starts so."""
    line = next(
        line for line in (place / "RESULTS.md").read_text().split("\n") if line.startswith(start)
    )
    return line.rstrip("| ").rpartition(" ")[2]


def key(place: Path, arm: str, seed: int) -> str:
    lines = map(json.loads, (place / "results" / "tiny.jsonl").read_text().splitlines())
    return next(str(line["key"]) for line in lines if (line["arm"], line["seed"]) == (arm, seed))


@pytest.mark.slow
def test_everything_is_verified_to_the_bit_from_elsewhere(place: Path) -> None:
    """Stored in two goes, verified in one, from the records, elsewhere, with another clock,
    language and hash seed.
    """
    elsewhere = {
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{place}",
    }
    (place / "results" / "store.sqlite").unlink()
    arguments = ("verify", "--from", "place/results", "--tasks", "place/tasks", "-j", "1")
    done = suite(*arguments, cwd=place.parent, **elsewhere)
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    assert sorted(lines[:9]) == [
        f"WEIGHTS: tiny {arm} seed {s}" for arm in ("control", "long", "short") for s in range(3)
    ]
    assert lines[9].startswith("9 runs verified: 9 WEIGHTS. WEIGHTS: every bit is the same")
    assert lines[10] == "tiny on cpu, today: the same task, plan and seeds"
    assert lines[11] == "tiny on cpu, verdicts recomputed: the same as published"
    assert lines[-1] == "CLAIM VERIFIED: tiny on cpu"


def test_a_sample_a_row_a_run_and_a_certificate_can_be_verified_and_nothing_is_stored(
    place: Path,
) -> None:
    before = (place / "results" / "store.sqlite").read_bytes()
    one = key(place, "control", 2)[:7]
    assert call("verify", "tiny", "--sample", "2")[1].count("WEIGHTS: tiny ") == 2
    code, said = call("verify", one, row(place, "| short"))
    assert code == 0
    assert "4 runs verified: 4 WEIGHTS. " in said
    assert said.endswith("CLAIM VERIFIED as far as 4 of 9 runs: tiny on cpu\n")
    certificate = call("show", one, "--certificate")[1]
    (place / "one.json").write_text(certificate)
    assert call("verify", "one.json")[1].startswith("WEIGHTS: tiny control seed 2\n1 runs verified")
    assert (place / "results" / "store.sqlite").read_bytes() == before
    flipped = json.loads(certificate)
    flipped["hashes"]["final_weights"] = "0123456789abcdef" * 4
    (place / "one.json").write_text(json.dumps(flipped))
    code, said = call("verify", "one.json")
    assert code == 1
    assert said.startswith(
        "PREDICTIONS: tiny control seed 2\n  first difference: the final weights\n  WEIGHTS can be"
        " expected here\n"
    )


def test_a_changed_line_of_a_helper_is_named_and_is_what_runs_again(place: Path) -> None:
    (place / "width.py").write_text("WIDTH = 6\n")
    code, said = call("verify", "--sample", "3")
    assert code == 1
    assert "FAIL: tiny control seed" in said
    expected = (
        "  question: source width changed\n  parameters: 27 -> 32\n"
        "  first difference: the initial weights\n"
    )
    assert expected in said
    assert said.count("WEIGHTS: tiny ") == 2  # the other arms do not use it
    stale = "tiny control, seeds 0-2:\n  source width changed\n3 stored runs are stale\n"
    assert call("why-stale") == (0, stale)
    assert call("run") == (0, "executed 3 runs: 3 ok\n")
    assert call("why-stale") == (0, "0 stored runs are stale\n")


def test_why_stale_names_what_moved_in_a_task(place: Path) -> None:
    write_task(
        place / "tasks",
        TASK.replace("lr = 0.5", "lr = 0.25")
        .replace("arms.short", "arms.brief")
        .replace('"short"', '"brief"')
        .replace("short =", "brief ="),
    )
    assert call("why-stale") == (
        0,
        (
            "tiny control, seeds 0-2:\n  optimizer.lr 0.5 -> 0.25\ntiny long, seeds 0-2:\n "
            " optimizer.lr 0.5 -> 0.25\ntiny short, seeds 0-2:\n  the task has no such arm today\n9"
            " stored runs are stale\n"
        ),
    )


@pytest.mark.slow
def test_a_changed_line_of_this_package_is_named(place: Path) -> None:
    shutil.copytree(ROOT / "suite", place / "copy" / "suite")
    path = place / "copy" / "suite" / "provenance" / "seeding.py"
    path.write_text(path.read_text().replace("digest[:4]", "digest[1:5]"))
    done = suite("verify", key(place, "long", 0)[:7], cwd=place, PYTHONPATH=str(place / "copy"))
    assert done.returncode == 1
    assert done.stdout.startswith(
        "FAIL: tiny long seed 0\n  question: source suite.provenance.seeding:stream_seed changed\n"
    )


@pytest.mark.slow
def test_a_kernel_variable_is_named(place: Path) -> None:
    done = suite("verify", key(place, "long", 0)[:7], cwd=place, ATEN_CPU_CAPABILITY="default")
    assert done.returncode == 1
    assert done.stdout.startswith(
        "FAIL: tiny long seed 0\n  environment: ATEN_CPU_CAPABILITY: nothing -> default\n"
    )
    said = suite("why-stale", cwd=place, ATEN_CPU_CAPABILITY="default").stdout
    assert "tiny long, seeds 0-2:\n  environment: ATEN_CPU_CAPABILITY: nothing -> default\n" in said


def certificate(path: Path) -> Certificate:
    """Of a run that was never run, of the first arm of a task, under seed 0."""
    task = load_task(path)
    arm = next(iter(task.arms))
    plan = make_plan(task, device="cpu", seeds=[0])
    return certify(make_result(task, arm, 0, 0.5), plan.parts[arm], describe("cpu"))


@pytest.mark.usefixtures("mnist")
def test_a_flipped_byte_of_the_data_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(path for path in REAL_TASKS if path.stem == "mlp-vs-cnn")
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name in files.MNIST_FILES:
        (folder / name).symlink_to(files.mnist_folder() / name)
    labels = folder / "t10k-labels-idx1-ubyte"
    content = bytearray(labels.read_bytes())
    content[100] ^= 1
    labels.unlink()
    labels.write_bytes(content)
    monkeypatch.setenv("SUITE_DATA", str(tmp_path))
    (verdict,) = verify([certificate(path)], {path.stem: load_task(path)}, Processes(1))
    assert (verdict.tier, verdict.is_good) == ("FAIL", False)
    assert verdict.reasons[0].startswith(f"data: {labels}: expected SHA-256 ff7bcfd4")


def test_what_cannot_be_run_again_fails_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text(
        "def build(layers):\n    raise ValueError('no such thing')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    path = write_task(
        tmp_path,
        DISC_TASK.replace(
            '[arms.short]\nmodel = "sigmoid-mlp"', '[arms.short]\nmodel = "broken:build"'
        ),
    )
    claimed = certificate(path)
    gone = claimed.model_copy(update={"arm": "gone"})
    verdicts = {
        one.certificate.arm: one
        for one in verify([claimed, gone], {"tiny": load_task(path)}, Processes(1))
    }
    assert verdicts["gone"].reasons == ("the task has no such arm today",)
    assert verdicts["short"].reasons == (
        "the re-run failed: SuiteError: trainer manual: no",
    ) or verdicts["short"].reasons == (
        "the re-run failed: ValueError: no such thing (broken.py, line 2, in build)",
    )
    assert {one.tier for one in verdicts.values()} == {"FAIL"}


@pytest.mark.parametrize(("claimed", "tier"), [(0.0, "WITHIN TOLERANCE"), (0.2, "FAIL")])
def test_another_machine_passes_where_six_seeds_are_equivalent(
    tmp_path: Path, claimed: float, tier: str
) -> None:
    """The certificates claim another processor, and accuracies that differ from today's by one
    seed's hair, or by far too much.
    """
    task = load_task(write_task(tmp_path, DISC_TASK.replace('"0-2"', '"0-5"')))
    plan = make_plan(task, device="cpu", seeds=range(6))
    job = next(job for job in plan.jobs if job.arm == "long")
    there = describe("cpu") | {"cpu": "another one"}
    given = [
        certify(one.model_copy(update={"metrics": {"accuracy": one.metrics["accuracy"] + claimed + 0.001 * (one.seed % 2)}}), plan.parts["long"], there)
        for one in run_jobs(InProcess(), [job])
    ]  # fmt: skip
    verdicts = list(verify(given, {"tiny": task}, Processes(1)))
    moved = [one for one in verdicts if one.tier != "WEIGHTS"]
    assert {one.tier for one in moved} == {tier}
    assert len(moved) == (3 if tier == "WITHIN TOLERANCE" else 6)
    assert all(one.is_good for one in verdicts) == (tier == "WITHIN TOLERANCE")
    assert moved[0].reasons[0].startswith("accuracy: re-run - claimed: 90% interval")
    assert "environment: cpu: another one -> " + describe("cpu")["cpu"] in moved[0].reasons


def test_a_number_is_shown_with_all_that_is_behind_it(place: Path) -> None:
    name = key(place, "control", 2)
    said = call("show", name[:7])[1]
    for part in (
        "tiny control seed 2 on cpu",
        name,
        "SHA-256 of final weights",
        "suite.provenance.seeding:run_streams",
        "    lr ",
    ):
        assert part in said, part
    assert said.endswith(f"run again and compare: suite verify {name[:7]}\n")
    assert call("show", name[:7], "--from", "results")[1].endswith(
        f"suite verify {name[:7]} --from results\n"
    )
    assert f"{name[:7]}  control seed 2: accuracy 0." in call("show", row(place, "| control"))[1]
    nothing = "0000000: expected the id of a run or of a row of the report, found 0 such"
    assert call("show", "0000000") == (2, nothing)
    wanted = "an id of 7 hexadecimal digits or more, or a task that was run"
    assert call("show", "tin") == (2, f"tin: expected {wanted}")


def test_the_report_is_checked_against_its_records(place: Path) -> None:
    (place / "results" / "store.sqlite").unlink()
    assert call("report", "--check") == (0, "RESULTS.md: 6 files are what the records say\n")
    page = (place / "RESULTS.md").read_text()
    (place / "RESULTS.md").write_text(page.replace("Protocol: 4 epochs", "Protocol: 5 epochs", 1))
    number = page.split("Protocol: 4 epochs")[0].count("\n") + 1
    code, said = call("report", "--check")
    assert (code, said.partition("4 epochs")[0]) == (
        1,
        f"RESULTS.md:{number}: expected 'Protocol: ",
    )
    assert call("report", "--from", "results")[0] == 0
    assert (place / "RESULTS.md").read_text() == page
    path = place / "results" / "tiny.jsonl"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 7', 1))
    code, said = call("report", "--check")
    assert (code, said.partition(": ")[0]) == (1, "results/tiny.jsonl:2")
    assert "control 7: is damaged: its SHA-256 is not the one" in said


def test_records_are_merged_and_exported_as_certificates(place: Path) -> None:
    assert call("merge", "results", "--store", "new.sqlite") == (0, "added 9 runs from results\n")
    again = call("merge", "results/store.sqlite", "--store", "new.sqlite")
    assert again == (0, "added 0 runs from results/store.sqlite\n")
    page = (place / "RESULTS.md").read_bytes()
    call("report", "--store", "new.sqlite", "-o", "again/RESULTS.md")
    assert (place / "again" / "RESULTS.md").read_bytes() == page
    lines = call("export", "--format", "certificates", "--store", "new.sqlite")[1].splitlines()
    assert [(one["arm"], one["seed"]) for one in map(json.loads, lines)][:2] == [
        ("control", 0),
        ("control", 1),
    ]
    assert call("merge", "nowhere") == (2, "nowhere: there is no store here; `suite run` makes one")


def test_what_names_nothing_to_verify_is_refused(place: Path) -> None:
    assert call("verify", "tniy") == (2, "tniy: there is no such task; did you mean 'tiny'?")
    write_task(place / "tasks", DISC_TASK, "other")
    moved = (place / "tasks" / "tiny.toml").rename(place / "tiny.toml")
    assert call("verify", key(place, "long", 0)[:7])[1].startswith(
        "tasks/tiny.toml: there is no such task; "
    )
    assert (
        call("verify", "./tiny.toml", "--sample", "1")[0] == 0
    )  # the file that was named, and no other of its name
    assert moved.is_file()
    assert call("verify", "other") == (2, "other: there is no run on cpu to verify")
