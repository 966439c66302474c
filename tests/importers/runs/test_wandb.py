"""W&B's files of runs: what is in them, and what of a damaged one can be read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.importers.role_options import RoleOptions
from suite.importers.runs.logged import LoggedRun, RunLog
from suite.importers.runs.points import parse_point
from suite.importers.runs.protobuf_wire import fields, integer, zigzag
from suite.importers.runs.recognise import read_runs
from suite.importers.runs.wandb_file import read_wandb_file
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources
from tests.support.logged_runs import write_wandb, write_wandb_offline
from tests.support.wandb_files import (
    exit_record,
    history_record,
    part,
    run_record,
    summary_record,
    write_wandb_file,
)

CONFIG = {"model": "vit", "seed": 3, "optimiser": {"lr": 0.1, "betas": [0.9, 0.99]}, "aug": None}


def log_of(path: Path) -> RunLog:
    """The runs of a log."""
    log = read_runs(path)
    assert log is not None
    return log


def only(folder: Path, *records: bytes) -> LoggedRun:
    """The run in a file with these records."""
    known = read_wandb_file(write_wandb_file(folder, 0, records))
    assert known is not None
    return known.run


def table(path: Path, at: str = "last", **roles: Any) -> MeasuredTable:
    """The table of a log."""
    return read_sources([str(path)], ReadOptions(RoleOptions(**roles), parse_point(at))).table


def test_a_file_tells_configuration_curve_and_end(tmp_path: Path) -> None:
    run = only(
        tmp_path,
        run_record(CONFIG, name="brave-fox-1", start=1_700_000_000),
        part(5, part(1, part(1, "late") + part(16, '"yes"'))),
        history_record(0, {"val.acc": 0.5, "epoch": 0, "note": "x", "is_best": True}),
        history_record(3, {"val.acc": 0.75, "epoch": 1}),
        summary_record({"val.acc": 0.75, "final": 7}),
        exit_record(),
    )
    assert run.parameters == {
        "project": "digits",
        "model": "vit",
        "seed": "3",
        "optimiser.lr": "0.1",
        "optimiser.betas": "[0.9, 0.99]",
        "aug": "null",
        "late": "yes",
    }
    assert (run.name, run.end, run.started) == ("brave-fox-1", "finished", 1_700_000_000)
    assert set(run.metrics) == {"val.acc", "epoch", "final"}
    curve = run.metrics["val.acc"]
    for known, expected in (
        (curve.values, [0.5, 0.75]),
        (curve.steps, [0, 3]),
        (curve.epochs, [0, 1]),
        (curve.times, [1_700_000_000.5, 1_700_000_003.5]),
    ):
        assert known.tolist() == expected
    assert run.metrics["final"].values.tolist() == [7.0]


@pytest.mark.parametrize(
    ("records", "end", "status"),
    [
        ([exit_record()], "finished", ""),
        ([exit_record(3)], "failed", "exit code 3"),
        ([], "running", "no end was recorded"),
    ],
)
def test_a_run_ends_as_its_file_says(
    records: list[bytes], end: str, status: str, tmp_path: Path
) -> None:
    run = only(tmp_path, run_record(CONFIG), *records)
    assert (run.end, run.status) == (end, status)


def test_numbers_of_every_kind_are_read(tmp_path: Path) -> None:
    def item(name: str, value: bytes) -> bytes:
        return part(1, part(2, name) + value)

    double = bytes([6 * 8 + 1]) + np.float64(0.25).tobytes()
    integers = item("minus", part(5, 2 * 3 - 1)) + item("plus", part(5, 2 * 3))  # zigzag
    texts = item("nan", part(16, "NaN")) + item("low", part(16, "-Infinity"))
    nested = item("older", part(16, '{"deep": 1.5, "text": "x"}'))
    row = part(2, item("double", double) + integers + texts + nested)
    values = {n: c.values[0] for n, c in only(tmp_path, run_record({}), row).metrics.items()}
    assert math.isnan(values.pop("nan"))
    assert values == {
        "double": 0.25, "minus": -3.0, "plus": 3.0, "low": -math.inf, "older.deep": 1.5
    }  # fmt: skip


def test_images_and_histograms_are_no_metrics(tmp_path: Path) -> None:
    image = {"img._type": "image-file", "img.width": 28, "hist._type": "histogram", "hist.bins": []}
    row = history_record(0, image | {"acc": 0.5})
    run = only(tmp_path, run_record({}), row, summary_record(image | {"acc": 0.5}))
    assert set(run.metrics) == {"acc"}


def test_a_record_that_spans_blocks_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for size in (32_700, 32_740, 32_753, 32_754, 32_755, 32_760, 70_000, 100_000):
        folder = tmp_path / str(size)
        noise = rng.bytes(size)
        records = [
            run_record(CONFIG),
            part(4, noise),
            history_record(0, {"acc": size}),
            exit_record(),
        ]
        run = only(folder, *records)
        assert run.end == "finished"
        assert run.metrics["acc"].values.tolist() == [size]


def test_every_file_that_was_cut_is_read_up_to_there(tmp_path: Path) -> None:
    rows = [history_record(step, {"acc": step / 10}) for step in range(3)]
    file = write_wandb_file(tmp_path, 0, [run_record(CONFIG), *rows, exit_record()])
    whole = file.read_bytes()
    seen = set()
    for length in range(7, len(whole), 4):
        file.write_bytes(whole[:length])
        known = read_wandb_file(file)
        if known is None:
            continue
        assert known.run.end == "running"
        values = known.run.metrics["acc"].values.tolist() if known.run.metrics else []
        assert values == [0.0, 0.1, 0.2][: len(values)]
        seen.add(len(values))
        is_between_records = not known.damage
        assert is_between_records or known.damage.startswith("ends within a record, after ")
    assert seen == {0, 1, 2, 3}


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    rows = [history_record(step, {"acc": step / 10}) for step in range(3)]
    file = write_wandb_file(tmp_path, 0, [run_record(CONFIG), *rows, exit_record()])
    whole = file.read_bytes()
    for place in range(7, len(whole), 4):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        known = read_wandb_file(file)
        assert known is None or known.damage


def test_damage_is_said_and_a_damaged_run_is_not_counted(tmp_path: Path) -> None:
    root = write_wandb_offline(tmp_path)
    file = sorted(root.glob("*/*.wandb"))[0]
    file.write_bytes(file.read_bytes()[:-5])
    read = table(root)
    assert any(
        note.startswith(f"{file}: ends within a record, after 6 whole ones") for note in read.notes
    )
    assert "not ended, not counted: 1 of 12 runs (W&B: damaged)" in read.notes
    assert read.rows["value"].isna().sum() == 1


def test_a_run_that_wrote_nothing_is_said(tmp_path: Path) -> None:
    root = write_wandb_offline(tmp_path)
    sorted(root.glob("*/*.wandb"))[0].write_bytes(b":W&B\xe1\xbe\x00")
    assert "runs of which nothing can be read (killed early, or damaged): 1" in log_of(root).notes
    for file in root.glob("*/*.wandb"):
        file.write_bytes(b"")
    with pytest.raises(SuiteError, match="12 runs of W&B that hold nothing: expected run-ID.wandb"):
        log_of(root)


def test_one_run_is_recognised_and_refused_as_too_few(tmp_path: Path) -> None:
    root = write_wandb_offline(tmp_path)
    file = sorted(root.glob("*/*.wandb"))[0]
    for path in (file, file.parent):
        with pytest.raises(SuiteError, match="expected several runs of W&B, found one"):
            table(path)


def test_several_projects_in_one_folder_never_share_an_arm(tmp_path: Path) -> None:
    for number in range(4):
        start = run_record({"seed": number % 2}, project=f"p{number // 2}")
        write_wandb_file(tmp_path, number, [start, history_record(0, {"acc": 0.5}), exit_record()])
    assert set(table(tmp_path).rows["arm"]) == {"project=p0", "project=p1"}


def test_a_summary_set_by_hand_is_said(tmp_path: Path) -> None:
    for number in range(4):
        rows = [history_record(0, {"acc": 0.9}), history_record(1, {"acc": 0.5})]
        start = run_record({"seed": number % 2, "model": "ab"[number // 2]})
        write_wandb_file(
            tmp_path, number, [start, *rows, summary_record({"acc": 0.9}), exit_record()]
        )
    read = table(tmp_path)
    assert set(read.rows["value"]) == {0.5}
    note = "the summary differs from the last logged value, which counts: acc (4 runs)"
    assert note in read.notes


def test_nested_configurations_and_summaries_of_synced_runs_are_read(tmp_path: Path) -> None:
    root = write_wandb(tmp_path)
    for folder in root.iterdir():
        config = folder / "files" / "config.yaml"
        config.write_text(config.read_text() + "optim:\n    value:\n        lr: 0.1\n")
        summary = {"val": {"acc": 0.5}, "hist": {"_type": "histogram", "size": 3}, "_step": 2}
        (folder / "files" / "wandb-summary.json").write_text(json.dumps(summary))
    run = log_of(root).runs[0]
    assert set(run.parameters) == {"model", "seed", "optim.lr"}
    assert set(run.metrics) == {"val.acc"}


def test_the_wire_format_of_protobuf() -> None:
    # 150 and -2 as the encoding guide of protobuf writes them
    assert list(fields(bytes.fromhex("089601"))) == [(1, 150)]
    assert integer(bytes.fromhex("08feffffffffffffffff01"), 1) == -2
    assert [zigzag(n) for n in (0, 1, 2, 3, 4294967294)] == [0, -1, 1, -2, 2147483647]
    for broken in ("08", "0aff01", "0b", "0d0000", "ffffffffffffffffffffff"):
        with pytest.raises(ValueError, match=r"a (field|number) "):
            list(fields(bytes.fromhex(broken)))
