"""The number that a line of a program's output gives under a name.

Understood: `val_acc=0.93`, `val_acc: 0.93`, `val_acc 0.93`, `| val_acc | 0.93 |`, JSON, and a
dictionary as Python prints it. 93.1% is 0.931, and 9915/10000 is 0.9915. What could be read in two
ways (0,931 or 0.5-0.7) is refused: to pass it over would be to take an older number for the last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

NUMBER = (
    r"(?P<number>[+\-\u2212]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?:nan|inf(?:inity)?)(?!\w)))"
    # 1.2k is not read: the next value may be 900
    r"(?:\s?(?P<percent>%)|/(?P<whole>\d+)|(?![kKMGT]\b)(?P<unit>[^\W\d_]+))?"
    r"(?!\w|\.\d|[,:/\-]\d)"  # a part of something else: a date, a version, a range
)
# Other letters after a number are what another stream printed next: loss=0.37INFO.
UNITS = (
    "ns", "us", "µs", "ms", "s", "sec", "min", "h", "it", "fps", "x", "pp", "bit", "bits", "nats",
    "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "J", "kJ", "W", "kW", "Hz",
    "kHz", "MHz", "GHz", "dB",
)  # fmt: skip
# tensor(0.93), "0.93", and [0.93], but not the first of several
CALL = r"(?:[A-Za-z_][\w.]*\()?(?:[\"']|\[(?=[^\],]{0,80}\])|\((?=[^),]{0,80}\)))?"
STRANGE = r"(?P<strange>[\[(+\-\u2212]*\.?\d\S*)"  # begins as a number
SEPARATOR = r"[\"'*`\])]*(?:\s*(?:=>|->|:=|[:=|│┃])\s*|\s+)"
BEFORE = r"(?<![\w./@-])"  # a name is not the end of another one
# A colour is left out, another order to the terminal stands between two words.
COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
ORDER = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
SEEN = re.compile(
    rf"{BEFORE}(?P<name>[^\W\d][\w./@-]*){SEPARATOR}{CALL}{NUMBER}",
    re.IGNORECASE,
)
MAX_DEPTH = 32  # of JSON
SHOWN = 160  # characters of a line, in a message


@dataclass(frozen=True)
class Reading:
    """A number and where it stood.

    `form`: "%" or "/" where it was a share, or the unit that it had; runs in which a metric has
    different forms cannot be compared. `note`: how it was read, where not as it was written.
    """

    value: float
    where: str
    form: str = ""
    note: str = ""


@dataclass(frozen=True)
class Number:
    """A number as it was read from text; `form` and `note` as of a `Reading`."""

    value: float
    form: str = ""
    note: str = ""


class AmbiguousLineError(Exception):
    """A line that holds several numbers under one name, or one that can be read in two ways."""


def without_terminal_codes(line: str) -> str:
    """The line as it is read, without the orders to a terminal in it."""
    return ORDER.sub(" ", COLOUR.sub("", line)) if "\x1b" in line else line


def read_line(line: str, name: str, *, is_exact: bool = True) -> Reading | None:
    """The number under the name; None where there is none. `line` without orders to a terminal.

    `is_exact`: else upper and lower case, and "_", "-" and " ", are the same. In an object of JSON
    the name may be a path, "test.acc" or "test/acc", or the end of the only path that has it.
    Raises AmbiguousLineError where the line holds several under it, or a strange one.
    """
    if (document := json_object(line)) is not None:
        found = _in_document(dict(numbers_within(document)), name, is_exact=is_exact)
    else:
        matches = list(_pattern(name, is_exact).finditer(line))
        if strange := next((match["strange"] for match in matches if match["strange"]), None):
            raise AmbiguousLineError(f"{name} stands for {strange[:SHOWN]!r}, not one plain number")
        found = [_read_match(match) for match in matches]
    if len({repr(number.value) for number in found}) > 1:
        numbers = " and ".join(f"{number.value:g}" for number in found[:3])
        raise AmbiguousLineError(f"{name} stands for {numbers} in one line: {shortened(line)!r}")
    if not found:
        return None
    return Reading(found[-1].value, shortened(line), found[-1].form, found[-1].note)


def read_text(text: str) -> Number | None:
    """The number that the text is; None where it is none."""
    match = _match_whole(text)
    return _read_match(match) if match else None


def names_in(line: str) -> Iterator[tuple[str, float]]:
    """The names in a line that have a number, with it."""
    if (document := json_object(line)) is not None:
        yield from ((path, number.value) for path, number in numbers_within(document))
        return
    for match in SEEN.finditer(line):
        yield match["name"], _read_match(match).value


def shortened(line: str) -> str:
    """The line, or its beginning, without space around it and with nothing a terminal obeys."""
    line = line.strip()
    shown = "".join(letter if letter.isprintable() else " " for letter in line[:SHOWN])
    return shown if len(line) <= SHOWN else f"{shown}..."


def json_object(line: str) -> dict[str, object] | None:
    """The object of JSON that the whole line is; None where it is not one."""
    line = line.strip()
    if not (line.startswith("{") and line.endswith("}")):
        return None
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def numbers_within(
    document: object, path: str = "", depth: int = 0
) -> Iterator[tuple[str, Number]]:
    """The numbers in a document of JSON by their paths, "test.acc"; those in lists are left out."""
    if isinstance(document, dict) and depth < MAX_DEPTH:
        for key, value in document.items():
            yield from numbers_within(value, f"{path}.{key}" if path else str(key), depth + 1)
    elif (number := as_number(document)) is not None:
        yield path, number


def as_number(value: object) -> Number | None:
    """A number of JSON, also as text ("nan", "0.93", "93%"); None for anything else."""
    if isinstance(value, str):
        match = _match_whole(value)
        return None if match is None or match["unit"] else _read_match(match)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return Number(float(value))
    except OverflowError:
        return Number(float("inf"))


def _in_document(numbers: dict[str, Number], name: str, *, is_exact: bool) -> list[Number]:
    def form(text: str) -> str:
        text = text.replace("/", ".")
        return text if is_exact else re.sub(r"[ _-]+", "_", text).lower()

    whole = [value for path, value in numbers.items() if form(path) == form(name)]
    ends = [value for path, value in numbers.items() if form(path).endswith(f".{form(name)}")]
    return whole or ends


@cache
def _pattern(name: str, is_exact: bool) -> re.Pattern[str]:  # noqa: FBT001
    written = re.escape(name)
    if not is_exact:
        written = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", name)))
    # only the number's own words (nan, inf) have any case in both
    case = written if is_exact else f"(?i:{written})"
    return re.compile(f"{BEFORE}{case}{SEPARATOR}{CALL}(?:(?i:{NUMBER})|{STRANGE})")


def _match_whole(text: str) -> re.Match[str] | None:
    return re.fullmatch(NUMBER, text.strip(), re.IGNORECASE)


def _read_match(match: re.Match[str]) -> Number:
    text = match["number"].replace("\u2212", "-")
    number = float(text)
    if match["percent"]:
        is_plain = text.strip("+-").replace(".", "").isdigit()
        share = float(f"{text}e-2") if is_plain else number / 100  # the nearest to 0.931
        return Number(share, "%", f"{text}% read as {share:g}")
    if match["whole"] is None:
        unit = match["unit"] or ""
        return Number(number, unit if unit in UNITS else "")
    whole = int(match["whole"])
    share = number / whole if whole else float("nan")
    return Number(share, "/", f"{text}/{match['whole']} read as {share:g}")
