"""suite import: logged runs as records of a task, with a page, claims, looks and a growing log."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from suite.store.documents import JOURNAL
from suite.store.store import open_store
from suite.task.loading import load_task
from suite.verification.certificate import certificates
from suite.verification.logged import check_logs
from tests.support.logged_runs import (
    WRITERS,
    accuracies,
    all_runs,
    write_keras,
    write_mlflow_folder,
    write_mlflow_run,
    write_table,
    write_trackio,
)
from tests.support.program import refused, suite_here

STORE = "results/store.sqlite"


def said(folder: Path, *words: str) -> str:
    done = suite_here(*words, cwd=folder)
    assert done.returncode == 0, done
    return done.stdout


def add_run(folder: Path, arm: str, seed: int, **more: object) -> Path:
    """One more run in the folder of MLflow, with the accuracies of its arm and seed."""
    run = folder / "mlruns" / "1" / hashlib.md5(f"{arm} {seed} {more}".encode()).hexdigest()  # noqa: S324
    status = str(more.pop("status", "3"))
    start = int(str(more.pop("start", 1)))
    parameters = {"model": arm, "seed": seed, **more}
    write_mlflow_run(run, parameters, accuracies(arm, seed), status=status, start=start)
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_mlflow_folder(tmp_path)
    return tmp_path


def test_logged_runs_become_records_with_their_values_and_the_sha256_of_their_files(
    folder: Path,
) -> None:
    printed = said(folder, "import", "mlruns", "--task", "digits")
    assert (
        "kept in results/store.sqlite: 12 runs of resnet, vit; task: tasks/digits.toml" in printed
    )
    with open_store(folder / STORE) as store:
        runs = store.results()
        environments = store.documents("environment")
    assert {(run.arm, run.seed): run.metrics["val_acc"] for run in runs} == {
        (arm, seed): values[-1] for arm, seed, values in all_runs()
    }
    for run in runs:
        assert environments[run.environment] == {"measured": "elsewhere"}
        assert run.made_by["read from"] == "MLflow"
        assert any(name.endswith("/metrics/val_acc") for name in run.hashes)
        for name, sha256 in run.hashes.items():
            content = (folder / name.removeprefix("log ")).read_bytes()
            assert hashlib.sha256(content).hexdigest() == sha256


@pytest.mark.parametrize("kind", WRITERS)
def test_every_log_gives_the_same_study(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path)
    words = ("import", path.name, "--task", "digits", "--metric", "val_acc")
    assert "vit IS BETTER: resnet 0.725, vit 0.775" in said(tmp_path, *words)
    again = said(tmp_path, *words)
    assert "0 runs of resnet, vit, 12 stored already" in again
    assert "CLAIM VERIFIED as far as the log of 12 of 12 runs goes" in said(tmp_path, "verify")


def test_a_table_of_results_is_kept_too(tmp_path: Path) -> None:
    path = write_table(tmp_path)
    assert "12 runs of resnet, vit" in said(tmp_path, "import", path.name, "--task", "digits")
    task = load_task(tmp_path / "tasks" / "digits.toml")
    assert task.source == "Measured elsewhere: read from a table"


def test_the_page_says_that_the_runs_were_measured_elsewhere(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits", "--margin", "0.01")
    said(folder, "report")
    page = (folder / "RESULTS.md").read_text(encoding="utf-8")
    assert "In val acc, measured elsewhere: [vit IS BETTER" in page
    assert "Configurations, as logged: resnet: model = resnet; vit: model = vit." in page
    assert "on cpu" not in page
    assert "weights" not in page.split("## Words")[0]
    assert "`suite run" not in page
    said(folder, "report", "--check")
    assert "measured elsewhere" in said(folder, "show", "digits")
    html = said(folder, "report", "--html")
    assert html.startswith("wrote report.html")


def test_claims_in_the_task_file_are_adjudicated_and_outlive_an_import(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    path = folder / "tasks" / "digits.toml"
    claim = '\n[[claims]]\nmetric = "val_acc"\nreported = { vit = 0.78, resnet = 0.73 }\n'
    claim += 'source = "the paper"\n'
    path.write_text(path.read_text() + claim)
    for seed in (6, 7):
        add_run(folder, "vit", seed)
        add_run(folder, "resnet", seed)
    said(folder, "import", "mlruns", "--task", "digits")
    assert claim.splitlines()[2] in path.read_text()
    assert load_task(path).protocol.seeds == tuple(range(8))
    said(folder, "report")
    page = (folder / "RESULTS.md").read_text(encoding="utf-8")
    assert "CONFIRMED" in page.split("## Reported and measured")[1].split("## digits")[0]


def test_a_growing_log_is_judged_as_sequential_and_its_looks_are_in_the_journal(
    folder: Path,
) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    add_run(folder, "vit", 6)
    add_run(folder, "resnet", 6)
    printed = said(folder, "import", "mlruns", "--task", "digits")
    assert "kept in results/store.sqlite: 2 runs of resnet, vit, 12 stored already" in printed
    assert "1 seed was added after a verdict on 6 had been seen, judged as sequential" in printed
    with open_store(folder / STORE) as store:
        entries = list(store.documents(JOURNAL).values())
    looks = [entry["look"] for entry in entries if entry["kind"] == "look"]
    assert sorted(look["pairs"][0]["seeds"] for look in looks) == ["0-5", "0-6"]
    assert {look["command"] for look in looks} == {"import"}


def test_until_decided_marks_the_study_from_the_first_import_on(folder: Path) -> None:
    words = ("import", "mlruns", "--task", "digits", "--until", "decided")
    done = suite_here(*words, cwd=folder)
    with open_store(folder / STORE) as store:
        (plan,) = store.documents("plan").values()
    assert plan["sequential"] is True
    assert done.returncode == ("UNDECIDED" in done.stdout)


def test_an_arm_keeps_its_name_when_the_log_tells_arms_apart_by_more(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    for seed in range(6):
        add_run(folder, "vit", seed, lr=0.1)
    printed = said(folder, "import", "mlruns", "--task", "digits")
    assert "6 runs of resnet, vit, vit-lr-0.1, 12 stored already" in printed
    task = load_task(folder / "tasks" / "digits.toml")
    configurations = {n: a.measured.configuration for n, a in task.arms.items() if a.measured}
    assert configurations == {
        "resnet": {"model": "resnet"},
        "vit": {"model": "vit"},
        "vit-lr-0.1": {"model": "vit", "lr": "0.1"},
    }


def test_a_running_run_is_not_kept_and_a_failed_one_may_end_well_later(folder: Path) -> None:
    add_run(folder, "vit", 6)
    running = add_run(folder, "resnet", 6, status="1")
    failed = add_run(folder, "resnet", 7, status="4")
    done = suite_here("import", "mlruns", "--task", "digits", cwd=folder)
    assert "note: not ended, not counted: 1 of 15 runs (MLflow: RUNNING)" in done.stderr
    with open_store(folder / STORE) as store:
        by_run = {(run.arm, run.seed): run for run in store.results()}
    assert ("resnet", 6) not in by_run
    assert by_run["resnet", 7].status == "failed"
    assert by_run["resnet", 7].reason == "MLflow: FAILED"
    assert load_task(folder / "tasks" / "digits.toml").protocol.seeds == tuple(range(6))
    again = said(folder, "import", "mlruns", "--task", "digits")
    assert "0 runs of resnet, vit, 14 stored already" in again
    for run, status in ((running, "1"), (failed, "4")):
        meta = run / "meta.yaml"
        meta.write_text(meta.read_text().replace(f"status: {status}", "status: 3"))
    later = said(folder, "import", "mlruns", "--task", "digits")
    assert "2 runs of resnet, vit, 13 stored already" in later
    assert "1 run was repeated after failing (1 of resnet)" in later


def test_a_changed_value_is_refused_by_name_until_the_version_is_raised(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    metric = folder / "mlruns" / "1" / f"{3:032x}" / "metrics" / "val_acc"
    metric.write_text(metric.read_text() + "1700000009000 0.9 9\n")
    assert refused(suite_here("import", "mlruns", "--task", "digits", cwd=folder)) == (
        "mlruns: resnet, seed 3: expected val_acc 0.728, as it is stored, got val_acc 0.9: the log"
        " was changed; raise version in the file of task digits to import all anew"
    )
    path = folder / "tasks" / "digits.toml"
    path.write_text(path.read_text().replace("version = 1", "version = 2"))
    assert "12 stored runs are stale" in said(folder, "why-stale")
    assert "12 runs of resnet, vit;" in said(folder, "import", "mlruns", "--task", "digits")


def test_verify_compares_the_files_and_never_says_that_runs_were_run_again(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    good = said(folder, "verify")
    assert "12 runs verified: 12 AS LOGGED." in good
    assert "WEIGHTS" not in good
    assert "nothing was run again" in " ".join(good.split())
    metric = folder / "mlruns" / "1" / f"{3:032x}" / "metrics" / "val_acc"
    metric.write_text(metric.read_text() + "1700000009000 0.9 9\n")
    bad = suite_here("verify", cwd=folder)
    assert bad.returncode == 1
    assert "FAIL: digits resnet seed 3\n" in bad.stdout
    assert f"{metric.relative_to(folder)}: another content: SHA-256 was" in bad.stdout
    (folder / "mlruns").rename(folder / "away")
    absent = suite_here("verify", cwd=folder)
    assert absent.returncode == 1
    assert "not verified: digits resnet: 6 runs: measured elsewhere, and cannot be run" in (
        absent.stdout
    )
    assert "none of its runs is among those whose log is here" in absent.stdout


def test_a_file_of_many_runs_that_grew_is_not_said_to_be_forged(tmp_path: Path) -> None:
    path = write_table(tmp_path)
    said(tmp_path, "import", path.name, "--task", "digits")
    with path.open("a") as opened:
        opened.write("vit,6,0.9\nresnet,6,0.8\n")
    said(tmp_path, "import", path.name, "--task", "digits")
    done = said(tmp_path, "verify")
    assert "not verified: digits vit: 6 runs" in done
    assert f"{path.name} changed since (SHA-256 was" in done
    assert "FAIL" not in done
    assert "CLAIM VERIFIED as far as the log of 2 of 14 runs goes" in done


def test_records_of_another_folder_name_no_file_outside_of_this_one(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    with open_store(folder / STORE) as store:
        runs = [run for run in store.results() if run.arm == "vit"][:2]
        (whole, *_) = certificates(runs, store)
    secret = folder / "secret"
    secret.write_text("x")
    sha256 = hashlib.sha256(b"x").hexdigest()
    for name in (str(secret), f"../{folder.name}/secret"):
        forged = whole.model_copy(update={"hashes": {f"log {name}": sha256}})
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            found = check_logs([forged])
        assert found.checks == ()
        assert "is not in this folder" in found.unchecked[0]


def test_other_verbs_cope_with_what_cannot_be_run_here(folder: Path, tmp_path: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    assert "0 stored runs are stale" in said(folder, "why-stale")
    assert said(folder, "fsck") == f"{STORE}: sound\n"
    assert re.search(r"digits +vit +6 +6 +0 +0 +0", said(folder, "status"))
    assert "digits: valid, 2 arms, 6 seeds" in said(folder, "validate")
    exported = [json.loads(line) for line in said(folder, "export").splitlines()]
    assert {run["trainer"] for run in exported} == {"measured"}
    ran = suite_here("run", cwd=folder)
    assert ran.returncode == 0
    assert "`suite import LOG --task digits` adds runs" in ran.stderr
    for words in (("noise", "digits"), ("run", "--until", "decided"), ("run", "--placebo", "vit")):
        assert "measured elsewhere" in refused(suite_here(*words, cwd=folder))
    said(folder, "report")
    said(folder, "merge", "results", "--store", "other.sqlite")
    again = said(folder, "import", "mlruns", "--task", "digits", "--store", "other.sqlite")
    assert "12 stored already" in again


@pytest.mark.slow
def test_runs_made_here_stand_beside_those_measured_elsewhere_and_it_is_said(folder: Path) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    command = "python3 -c 'print(\"val_acc: \" + str(0.7 + {seed} / 100))'"
    other = command.replace("0.7", "0.8")
    said(folder, "versus", command, other, "--metric", "val_acc", "--seeds", "0-5", "--no-repeat")
    name = next(
        json.loads(line)["task"]
        for line in said(folder, "export").splitlines()
        if "versus-" in line
    )
    printed = " ".join(said(folder, "compare", f"{name}/a", "digits/vit").split())
    assert "digits/vit: measured elsewhere, and read from a log" in printed
    assert "measured in other environments" in printed


def test_no_path_of_this_machine_is_kept(folder: Path, tmp_path: Path) -> None:
    for run in (folder / "mlruns" / "1").iterdir():
        if run.is_dir():
            (run / "params" / "data_dir").write_text("/home/somebody/data")
    elsewhere = tmp_path / "work"
    elsewhere.mkdir()
    done = suite_here("import", str(folder / "mlruns"), "--task", "digits", cwd=elsewhere)
    assert done.returncode == 0
    assert "note: not kept, for they name places: data_dir" in done.stderr
    said(elsewhere, "report")
    texts = [path.read_text() for path in (elsewhere / "results").glob("*.jsonl")]
    assert not [text for text in texts if str(tmp_path) in text or "somebody" in text]
    assert any('"log mlruns/1/' in text for text in texts)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nothing", "--task", "a"), "expected a file, a folder or a pattern, found nothing"),
        (("-", "--task", "a"), "-: expected files, for their SHA-256 is kept"),
        (("mlruns", "--task", "A b"), "--task: expected a name of small letters, digits"),
        (("mlruns", "--task", "../a"), "--task: expected a name of small letters, digits"),
        (("mlruns", "--task", "a", "--metric", "loss"), "--metric: expected one of val_acc"),
        (("mlruns", "--task", "a", "--seed", "model"), "expected an integer from 0 to 4294967295"),
        (
            ("mlruns", "--task", "a", "--where", "model == 'vit'"),
            "expected two arms or more, for a task compares them, got",
        ),
        (("folds.csv", "--task", "a"), "expected runs by seed, got numbers by fold"),
        (("two.csv", "--task", "a"), "expected one data set, got x, y: --where keeps one"),
        (("plain.csv", "--task", "a"), "give --direction higher or --direction lower"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_line(
    folder: Path, words: tuple[str, ...], expected: str
) -> None:
    rows = [f"{m},{s},0.{s}{k}" for k, m in enumerate(("a", "b"), 1) for s in range(1, 4)]
    (folder / "folds.csv").write_text("\n".join(["model,fold,acc", *rows]) + "\n")
    (folder / "plain.csv").write_text("\n".join(["model,seed,thing", *rows]) + "\n")
    both = [f"{d},{row}" for d in "xy" for row in rows]
    (folder / "two.csv").write_text("\n".join(["dataset,model,seed,acc", *both]) + "\n")
    assert expected in refused(suite_here("import", *words, cwd=folder))
    assert not (folder / "tasks").exists()
    assert not (folder / STORE).exists()


@pytest.mark.parametrize(
    ("option", "value", "declared"),
    [
        ("--direction", "lower", "higher"),
        ("--margin", "0.1", "none"),
        ("--at", "best", "last"),
    ],
)
def test_another_reading_than_the_task_has_is_refused(
    folder: Path, option: str, value: str, declared: str
) -> None:
    said(folder, "import", "mlruns", "--task", "digits")
    words = ("import", "mlruns", "--task", "digits", option, value)
    assert refused(suite_here(*words, cwd=folder)) == (
        f"tasks/digits.toml: {option}: expected {declared}, as the task has it, got {value}: edit"
        " the file, or import under another --task"
    )


def test_the_point_that_was_chosen_belongs_to_the_question_and_its_optimism_to_the_page(
    folder: Path,
) -> None:
    said(folder, "import", "mlruns", "--task", "digits", "--at", "best")
    task = load_task(folder / "tasks" / "digits.toml")
    assert {arm.measured.at for arm in task.arms.values() if arm.measured} == {"best"}
    assert any("chosen on the metric that is compared" in text for text in task.assumptions)
    with open_store(folder / STORE) as store:
        values = {(run.arm, run.seed): run.metrics["val_acc"] for run in store.results()}
    assert values == {(arm, seed): max(curve) for arm, seed, curve in all_runs()}


def test_a_task_of_commands_takes_no_logged_runs(folder: Path) -> None:
    tasks = folder / "tasks"
    tasks.mkdir()
    (tasks / "mine.toml").write_text(
        'schema = 1\nversion = 1\nquestion = "q"\nsource = "s"\n[protocol]\nseeds = "0-5"\n'
        '[arms.a]\ncommand = "a {seed}"\n[arms.b]\ncommand = "b {seed}"\n'
        '[metrics.val_acc]\ndirection = "higher"\n'
    )
    why = refused(suite_here("import", "mlruns", "--task", "mine", cwd=folder))
    assert why.startswith("tasks/mine.toml: expected a task whose arms were all measured elsewhere")


def test_two_logs_of_one_arm_each_make_a_task(tmp_path: Path) -> None:
    root = write_keras(tmp_path)
    for arm in ("resnet", "vit"):
        (tmp_path / arm).mkdir()
        for path in root.glob(f"{arm}-*"):
            path.rename(tmp_path / arm / path.name)
    words = ("import", "resnet", "vit", "--task", "digits", "--metric", "val_acc")
    assert "12 runs of resnet, vit" in said(tmp_path, *words)


def test_what_a_database_has_beside_it_belongs_to_its_sha256(tmp_path: Path) -> None:
    path = write_trackio(tmp_path)
    said(tmp_path, "import", path.name, "--task", "digits", "--metric", "val_acc")
    path.with_name(f"{path.name}-wal").write_bytes(b"more")
    assert f"{path.name} changed since" in suite_here("verify", cwd=tmp_path).stdout
