"""Any file as tables: what cells say, what formats hold, which files a word names, what is refused.

Expected values are written by hand; pandas writes the files that it should be read from.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suite.errors import SuiteError
from suite.importers.frames import read_frames
from suite.importers.measured_table import Frame

Columns = dict[str, list[object]]


def columns_of(frame: Frame) -> Columns:
    """Every column as Python's values, with None for nothing."""
    for name in frame.frame:
        cells = frame.frame[name]
        assert cells.dtype in (np.float64, object)
        assert cells.dtype == object or not any(cell is None for cell in cells)
        assert cells.dtype != object or all(cell is None or type(cell) is str for cell in cells)
    return {
        str(name): [None if cell is None or cell != cell else cell for cell in frame.frame[name]]
        for name in frame.frame
    }


def read(path: Path, content: str | bytes) -> Frame:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (frame,) = read_frames(str(path))
    assert frame.source == str(path)
    return frame


def cells(tmp_path: Path, *column: str) -> tuple[list[object], tuple[str, ...]]:
    """What a column of these cells says, and the notes."""
    frame = read(tmp_path / "cells.csv", "a|b\n" + "".join(f"{cell}|x\n" for cell in column))
    return columns_of(frame)["a"], frame.notes


def message_of(word: str) -> str:
    with pytest.raises(SuiteError) as caught:
        read_frames(word)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refusal(path: Path, content: str | bytes) -> str:
    """The message, without the path that it must begin with."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    message = message_of(str(path))
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (["0.30000000000000004", ".5", "-2", "+1e-3", "5."], [0.1 + 0.2, 0.5, -2, 0.001, 5]),
        (["\N{MINUS SIGN}0.5", "0.25"], [-0.5, 0.25]),
        (["", "NaN", "NA", "n/a", "null", "None", "-", "0.5"], [None] * 7 + [0.5]),
        (["", "-", "NA"], [None] * 3),
        (["inf", "-Infinity", "1"], [math.inf, -math.inf, 1]),
        (["0.0", "1.0"], [0, 1]),
        (["9007199254740992", "0"], [2**53, 0]),
        (["9007199254740993", "0"], ["9007199254740993", "0"]),
        (["12345678901234567890", "12345678901234567891"], None),
        (["9" * 400, "1"], None),
        (["007", "7"], None),  # a number would make one of two
        (["1_000", "2"], None),
        (["0x10", "2"], None),
        (["90%", "0.9"], None),
        (["0.5", "0,5"], None),
        (["true", "maybe"], None),
        (["adam", "none"], None),
    ],
)
def test_a_column_is_numbers_where_all_its_cells_are(
    tmp_path: Path, column: list[str], values: list[object] | None
) -> None:
    assert cells(tmp_path, *column) == (column if values is None else values, ())


@pytest.mark.parametrize(
    ("column", "values", "note"),
    [
        (["90.48%", "12 %", ""], [0.9048, 0.12, None], "percent signs in a: read as shares"),
        (["1,904.5", "999"], [1904.5, 999], "commas in a: read as thousands"),
        (["-1,234,567"], [-1234567], "commas in a: read as thousands"),
        (["0,904", "1,234"], [0.904, 1.234], "commas in a: read as decimal signs"),
        (
            ["1.904,5", "-2", "1.234"],
            [1904.5, -2, 1234],
            "commas in a: read as decimal signs, dots as thousands",
        ),
        (["1234,567"], [1234.567], "commas in a: read as decimal signs"),
        (["True", "no", "-"], [1, 0, None], "truth values in a: read as 1 and 0"),
        (
            ["adam", "None"],
            ["adam", None],
            "words such as NA or None in a: read as nothing written",
        ),
    ],
)
def test_what_is_understood_beyond_plain_numbers_is_noted(
    tmp_path: Path, column: list[str], values: list[object], note: str
) -> None:
    assert cells(tmp_path, *column) == (values, (note,))


def test_shares_with_decimal_commas_have_both_notes(tmp_path: Path) -> None:
    values, notes = cells(tmp_path, "90,48%", "91,5 %")
    assert values == [0.9048, 0.915]
    assert notes == ("percent signs in a: read as shares", "commas in a: read as decimal signs")


def test_a_comma_that_could_be_two_things_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    message = (
        "row 2: b: 1,234 could be 1234 or 1.234, and no other cell tells which: write this column"
        " in one of these two ways"
    )
    assert refusal(path, "a;b\n1;5\n2;1,234\n3;2,345\n") == message
    assert refusal(path, "a;b;c;d\n1;5;0,9;0.9\n2;1,234;0,8;0.8\n") == message
    assert refusal(path, "a;b\n0,5;7\n0,25;1.234\n").startswith("row 2: b: 1.234 could be 1234 or")


def test_other_columns_say_what_a_comma_is(tmp_path: Path) -> None:
    decimal = read(tmp_path / "a.csv", "a;b\n1,234;0,95\n")
    assert columns_of(decimal) == {"a": [1.234], "b": [0.95]}
    thousands = read(tmp_path / "b.csv", 'a,b\n"1,234",0.95\n')
    assert columns_of(thousands) == {"a": [1234.0], "b": [0.95]}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("suffix", ["csv", "txt"])
def test_every_separator_is_found(tmp_path: Path, separator: str, suffix: str) -> None:
    text = 'arm,seed,acc\n"a b",0,0.5\nc,1,0.25\n'.replace(",", separator)
    frame = read(tmp_path / f"x.{suffix}", text)
    assert columns_of(frame) == {"arm": ["a b", "c"], "seed": [0, 1], "acc": [0.5, 0.25]}
    assert frame.notes == ()


def test_columns_in_line_are_parted_by_any_run_of_spaces(tmp_path: Path) -> None:
    frame = read(tmp_path / "x.txt", "  seed   acc\n   0   0.5  \n  1\t0.25\n")
    assert columns_of(frame) == {"seed": [0, 1], "acc": [0.5, 0.25]}


def test_the_line_that_tells_excel_the_separator_is_no_row(tmp_path: Path) -> None:
    frame = read(tmp_path / "x.csv", "sep=;\r\nseed;acc\r\n0;0,5\r\n")
    assert columns_of(frame) == {"seed": [0], "acc": [0.5]}


def test_files_above_the_limit_are_refused_packed_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suite.importers.measured.MAX_FILE_BYTES", 90)
    monkeypatch.setattr("suite.importers.bounds.MAX_FILE_BYTES", 90)
    text = b"a,b\n" + b"1,2\n" * 100
    whole = "expected at most 90 bytes, got 404: keep what you compare, or write several files"
    assert refusal(tmp_path / "x.csv", text) == whole
    packed = (
        "expected at most 90 bytes when unpacked: keep the columns and rows that you compare, or"
        " write several files"
    )
    assert refusal(tmp_path / "x.csv.gz", gzip.compress(text)) == packed


def test_spaces_in_words_part_nothing(tmp_path: Path) -> None:
    frame = read(tmp_path / "x.csv", "Wall time,Top 1\nres net,0.5\n")
    assert columns_of(frame) == {"Wall time": ["res net"], "Top 1": [0.5]}
    alone = read(tmp_path / "y.csv", "value\n0.5\n0.25\n")
    assert columns_of(alone) == {"value": [0.5, 0.25]}


def test_quotes_comments_blank_lines_and_control_characters(tmp_path: Path) -> None:
    frame = read(
        tmp_path / "x.csv",
        '# from a sweep, "1\n name , acc\r\n\r\n"a, b",  1\n#c\n\'x\x0by\u2028z\x85w\' ,2\n'
        '"two\n#lines",3\n',
    )
    assert columns_of(frame) == {
        "name": ["a, b", "'x\x0by\u2028z\x85w'", "two\n#lines"],
        "acc": [1, 2, 3],
    }
    assert frame.notes == ("comment lines left out: 2",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = "méthode,acc\nÅ,0.5\n"
    assert columns_of(read(tmp_path / "x.csv", text.encode(encoding))) == {
        "méthode": ["Å"],
        "acc": [0.5],
    }


def test_the_index_of_pandas_keeps_its_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"seed": [7, 8], "acc": [0.5, 0.25]})
    expected = {"Unnamed: 0": [0, 1], "seed": [7, 8], "acc": [0.5, 0.25]}
    assert columns_of(read(tmp_path / "x.csv", frame.to_csv())) == expected
    assert columns_of(read(tmp_path / "x.json", frame.to_json(orient="split"))) == expected


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("x.csv.gz", gzip.compress),
        ("x.csv.bz2", bz2.compress),
        ("x.csv.xz", lzma.compress),
        ("x.csv.zip", lambda content: zipped("inner.csv", content)),
        ("x.csv", gzip.compress),
        ("a file: of runs.csv", bytes),
        ("no-ending", bytes),
    ],
)
def test_packed_files_are_unpacked_whatever_their_names(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    assert columns_of(read(tmp_path / name, pack(b"a,b\n1,2\n"))) == {"a": [1], "b": [2]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a table, got an empty file"),
        ("\n \n", "expected a table, got an empty file"),
        ("# only this\n", "expected a table, found only comments"),
        ("a,b\n", "expected rows of results, found none"),
        ("a,b\n1,2\n3\n", "row 2 (line 3): expected 2 cells, as many as names above, got 1"),
        (
            "#c\na,b\n\n1,2\n3,4,5\n",
            "row 2 (line 5): expected 2 cells, as many as names above, got 3",
        ),
        ("a\tb\n1\t2\t3\n", "row 1 (line 2): expected 2 cells, as many as names above, got 3"),
        (
            "a, b,b ,a\n1,2,3,4\n",
            "expected a different name for every column, got a, b more than once: rename one",
        ),
        (
            "a;b,c\n0;1,5\n",
            "expected one separator, but ; and , part the rows equally well: put quotes around the"
            " cells that hold one",
        ),
        ('a,b\n"x,1\n', "line 2: expected cells between separators, got unexpected end of data"),
        ("0,0.5\n1,0.25\n", "line 1: expected names of columns, got 0, 0.5: write them above"),
        (
            "#arm,seed\nadam,0\nsgd,1\n",
            "line 2: expected names of columns, got adam, 0: drop the # before them",
        ),
        (
            "# seed acc\n0 0.5\n1 0.25\n",
            "line 2: expected names of columns, got 0, 0.5: drop the # before them",
        ),
        (b"a,b\n\xe9,1\n", "expected text in UTF-8, got other bytes at byte 4: save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "expected text, got NUL bytes: save it as UTF-8"),
        (
            gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9],
            "cannot unpack it: Compressed file ended before the end-of-stream marker was reached",
        ),
    ],
)
def test_broken_text_is_refused_by_row_and_line(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    assert refusal(tmp_path / "x.csv", text) == message


FRAME = pd.DataFrame({"arm": ["a", "b"], "seed": [3, 4], "acc": [0.5, None]})
EXPECTED: Columns = {"arm": ["a", "b"], "seed": [3, 4], "acc": [0.5, None]}


@pytest.mark.parametrize("orient", ["records", "split", "index", "columns", "table"])
def test_every_orient_of_pandas_is_read(tmp_path: Path, orient: str) -> None:
    text = FRAME.to_json(orient=orient)
    index: Columns = {} if orient == "records" else {"Unnamed: 0": [0, 1]}
    assert columns_of(read(tmp_path / "x.json", text)) == {**index, **EXPECTED}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"arm": "a", "seed": 3}', {"arm": ["a"], "seed": [3]}),
        ('{"a": [1, 2.5], "b": [null, NaN]}', {"a": [1, 2.5], "b": [None, None]}),
        ('[{"a": Infinity}, {"a": -Infinity}]', {"a": [math.inf, -math.inf]}),
        ('[{"a": 1}, {"b": "x"}]', {"a": [1, None], "b": [None, "x"]}),
        ('[{"a": true, "b": {"c": {"d": 1}, "e": [1, 2]}}]', {"a": [1], "b.c.d": [1], "b.e": ["[1, 2]"]}),
        ('{"seed": 3, "runs": [{"arm": "a"}, {"arm": "b"}]}', {"seed": [3, 3], "arm": ["a", "b"]}),
        ('{"train": {"acc": 1}, "test": {"loss": 2}}', {"train.acc": [1], "test.loss": [2]}),
        ('{"adam": {"7": 0.5, "8": 1}, "sgd": {"8": 2}}', {"Unnamed: 0": [7, 8], "adam": [0.5, 1], "sgd": [None, 2]}),
        (f'[{{"a": {10**400}}}, {{"a": {2**53 + 1}}}]', {"a": [str(10**400), str(2**53 + 1)]}),
        ('{"columns": [["acc", "top1"]], "data": [[1]]}', {"acc.top1": [1]}),
        ('[{"a": "1,904.5", "seed": "0"}]', {"a": [1904.5], "seed": [0]}),
    ],
)  # fmt: skip
def test_json_by_hand_is_read(tmp_path: Path, text: str, expected: Columns) -> None:
    assert columns_of(read(tmp_path / "x.json", text)) == expected
    assert columns_of(read(tmp_path / "no-ending", text)) == expected


@pytest.mark.parametrize("name", ["x.jsonl", "x.ndjson", "x.json", "no-ending"])
def test_json_lines_are_read_whatever_their_name(tmp_path: Path, name: str) -> None:
    text = FRAME.to_json(orient="records", lines=True) + "\n\n"
    assert columns_of(read(tmp_path / name, text)) == EXPECTED


def test_a_broken_line_of_json_is_named(tmp_path: Path) -> None:
    lines = [f'{{"seed": {seed}, "a": 0.5}}' for seed in range(70)]
    lines[59] = '{"seed": 59, "a": }'
    broken = "line 60: not valid json: Expecting value at column 19"
    assert refusal(tmp_path / "results.jsonl", "\n".join(lines)) == broken
    assert (
        refusal(tmp_path / "x.jsonl", '{"a": 1\n{"a": 2}')
        == "line 1: not valid json: Expecting ',' delimiter at column 8"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a table, got an empty file"),
        ("[]", "expected rows of results, found none"),
        ("{}", "expected rows of results, got an empty object"),
        ("null", "expected rows of results, got null"),
        ("{", "not valid json: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "not valid json: maximum recursion depth exceeded"),
        (
            FRAME.to_json(orient="values"),
            "row 1: expected an object, got a list: write a list of objects, one a row",
        ),
        ('[{"a": 1}, 3]', "row 2: expected an object, got 3: write a list of objects, one a row"),
        ('{"a": [1, 2], "b": [3]}', "expected lists of one length, got a 2, b 1: write null"),
        ('{"a": {"x": 1}, "b": {"x": 2}}', "expected rows, got objects in an object, which could"),
        ('{"0": {"0": 1}}', "expected rows, got objects in an object, which could be rows,"),
        ('{"a": [{"x": 1}], "b": [{"x": 2}]}', "expected one list of rows, got a, b: write a list"),
        ('{"x": 1, "a": [{"x": 1}]}', "expected x in the rows of a or beside them, got both:"),
        ('[{"a": 1, "a": 2}]', "not valid json: 'a' stands twice"),
        ('[{"a.b": 1, "a": {"b": 2}}]', "a.b stands twice, once as an object in one: rename one"),
        ('{"columns": ["a"], "data": [[1, 2]]}', "row 1: expected 1 cells, as many as columns,"),
        ('{"columns": ["a", "a"], "data": [[1, 2]]}', "expected a different name for every"),
    ],
)
def test_json_that_is_no_table_or_several_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    assert refusal(tmp_path / "x.json", text).startswith(message)


@pytest.mark.parametrize("kind", ["parquet", "feather"])
def test_binary_tables_keep_what_they_hold(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("pyarrow")
    frame = FRAME.assign(
        failed=[True, False],
        count=pd.array([2**60, None], "Int64"),
        small=np.array([0.5, 0.25], np.float32),
        kind=pd.Categorical(["x", None]),
        share=["90.48%", None],
    )
    path = tmp_path / f"x.{kind}"
    getattr(frame, f"to_{kind}")(path)
    expected: Columns = {
        **EXPECTED,
        "failed": [1, 0],
        "count": [str(2**60), None],
        "small": [0.5, 0.25],
        "kind": ["x", None],
        "share": [0.9048, None],
    }
    (found,) = read_frames(str(path))
    assert columns_of(found) == expected
    assert found.notes == ("percent signs in share: read as shares",)
    no_ending = path.rename(tmp_path / "no-ending")
    assert columns_of(read_frames(str(no_ending))[0]) == expected
    assert "not valid" in refusal(tmp_path / f"y.{kind}", b"PAR1 and ARROW1")


def test_labels_of_rows_in_parquet_are_columns(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    labels = pd.MultiIndex.from_tuples([("a", 3), ("b", 4)], names=["arm", None])
    frame = pd.DataFrame({("acc", "top1"): [0.5, 0.25]}, index=labels)
    frame.to_parquet(tmp_path / "x.parquet")
    (found,) = read_frames(str(tmp_path / "x.parquet"))
    assert columns_of(found) == {"arm": ["a", "b"], "Unnamed: 1": [3, 4], "acc.top1": [0.5, 0.25]}


def test_every_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "x.xlsx"
    with pd.ExcelWriter(path) as writer:
        FRAME.to_excel(writer, sheet_name="first", index=False)
        FRAME.to_excel(writer, sheet_name="second")
        pd.DataFrame().to_excel(writer, sheet_name="empty")
    first, second = read_frames(str(path))
    assert (first.source, second.source) == (f"{path}: sheet first", f"{path}: sheet second")
    assert columns_of(first) == EXPECTED
    assert columns_of(second) == {"Unnamed: 0": [0, 1], **EXPECTED}


def test_a_workbook_without_openpyxl_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    message = "reading Excel needs openpyxl: install openpyxl"
    assert refusal(tmp_path / "x.xlsx", zipped("xl/workbook.xml", b"")) == message


def test_what_is_no_text_and_no_known_format_is_refused(tmp_path: Path) -> None:
    message = "expected a table, got a file that is no text: known are .csv, .tsv,"
    assert refusal(tmp_path / "x.pkl", b"\x80\x04\x95abc").startswith(message)
    two = io.BytesIO()
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    assert (
        refusal(tmp_path / "x.zip", two.getvalue())
        == "expected one file in it, got 2: unpack it first"
    )


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b'{"a": 1, "b": 2}', gzip.compress(b"a,b\n1,2", mtime=0)]
)
def test_a_dash_is_standard_input(content: bytes) -> None:
    (frame,) = read_frames("-", stdin=lambda: content)
    assert frame.source == "standard input"
    assert columns_of(frame) == {"a": [1], "b": [2]}
    with pytest.raises(SuiteError, match=r"^standard input: expected a table, got an empty file$"):
        read_frames("-", stdin=lambda: b"")


def write_runs(tmp_path: Path, *names: str) -> None:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("acc\n0.5\n0.25\n")


def test_a_folder_gives_all_its_tables_and_names_the_rest(tmp_path: Path) -> None:
    write_runs(tmp_path, "b.csv", "a.tsv", ".hidden.csv", "notes.md", "deeper/c.csv")
    frames = read_frames(str(tmp_path))
    assert [Path(frame.source).name for frame in frames] == ["a.tsv", "b.csv"]
    assert frames[0].notes == ("files read: 2", "not read: deeper, notes.md")
    assert frames[1].notes == ()
    (tmp_path / "empty").mkdir()
    assert (
        message_of(str(tmp_path / "empty"))
        == f"{tmp_path / 'empty'}: expected tables in this folder, found none"
    )
    write_runs(tmp_path, "nested/run/c.csv")
    assert message_of(str(tmp_path / "nested")).endswith(
        f"found none: there are some below it, name them as '{tmp_path / 'nested'}/**/*.csv'"
    )


def test_a_pattern_gives_a_table_a_file(tmp_path: Path) -> None:
    write_runs(tmp_path, "a/1.csv", "a/2.csv", "b/deep/3.csv", "a/.4.csv", "odd[1].csv")
    names = [Path(frame.source).name for frame in read_frames(f"{tmp_path}/**/*.csv")]
    assert names == ["1.csv", "2.csv", "3.csv", "odd[1].csv"]
    assert len(read_frames(f"{tmp_path}/odd[1].csv")) == 1  # the file before the pattern
    pattern = f"{tmp_path}/*.parquet"
    assert message_of(pattern) == f"{pattern}: expected tables, found none of this pattern"


def test_names_in_a_path_become_columns(tmp_path: Path) -> None:
    write_runs(tmp_path, "runs/adam/3/metrics.csv", "runs/none/10/metrics.csv")
    frames = read_frames(f"{tmp_path}/runs/{{method}}/{{seed}}/metrics.csv")
    assert [columns_of(frame) for frame in frames] == [
        {"method": ["adam"] * 2, "seed": [3] * 2, "acc": [0.5, 0.25]},
        {"method": ["none"] * 2, "seed": [10] * 2, "acc": [0.5, 0.25]},
    ]
    assert frames[0].notes == ("files read: 2",)


def test_a_seed_in_a_path_is_a_number_where_it_can_be(tmp_path: Path) -> None:
    write_runs(tmp_path, "adam-w-3.csv", "sgd-7.csv")
    frames = read_frames(f"{tmp_path}/{{method}}-{{seed}}.csv")
    found = [(columns_of(f)["method"][0], columns_of(f)["seed"][0]) for f in frames]
    assert found == [("adam-w", 3), ("sgd", 7)]
    assert message_of(f"{tmp_path}/{{method}}-{{variant}}.csv") == (
        f"{tmp_path}/adam-w-3.csv: {{method}} could be adam or adam-w: part the names in the"
        " template by text that is not in them"
    )


def test_a_name_that_stands_twice_in_a_template_fits_the_same_text(tmp_path: Path) -> None:
    write_runs(tmp_path, "a/x/a-seed01.csv", "b/y/b-seed02.csv", "b/y/a-seed03.csv")
    frames = read_frames(f"{tmp_path}/{{arm}}/*/{{arm}}-seed{{seed}}.csv")
    found = [(columns_of(f)["arm"][0], columns_of(f)["seed"][0]) for f in frames]
    assert found == [("a", "01"), ("b", "02")]  # digits with a leading zero are a name
    assert frames[0].notes == ("files read: 2", "not read: a-seed03.csv")


def test_a_path_and_a_table_that_disagree_are_refused(tmp_path: Path) -> None:
    (tmp_path / "3.csv").write_text("seed,acc\n3,0.5\n")
    template = f"{tmp_path}/{{seed}}.csv"
    assert columns_of(read_frames(template)[0]) == {"seed": [3], "acc": [0.5]}
    (tmp_path / "4.csv").write_text("seed,acc\n4,0.5\n0,0.5\n")
    assert message_of(template) == (
        f"{tmp_path}/4.csv: row 2: seed: expected 4.0 as in the path, got 0.0: give the name in"
        " braces another name"
    )


def test_a_word_that_names_nothing_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write_runs(tmp_path, "results.csv")
    word = str(tmp_path / "result.csv")
    assert message_of(word) == (
        f"{word}: expected a file, a folder or a pattern, found nothing: did you mean"
        " 'results.csv'?"
    )
    template = f"{tmp_path}/{{arm}}.json"
    assert message_of(template) == f"{template}: expected files, found none whose path fits"
    assert "cannot look for results" in message_of("x" * 5000)


def test_lines_that_only_together_are_json_are_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1\n"b": 2}\n{"c": 3},{"d": 4}\n')
    with pytest.raises(SuiteError, match=r"x\.jsonl: not valid json: .* line 2"):
        read_frames(str(path))
    path.write_text('{"a": 1}\n\n{"a": "b:c"}\n{"a": 2, "a": 3}\n')
    with pytest.raises(SuiteError, match=r"line 4: not valid json: 'a' stands twice"):
        read_frames(str(path))
