"""Numbers as people write them: 1904.5, 1,904.5 or 1.904,5; and digits that are names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

# "dot" and "comma" are decimal signs, "thousands" are parted by commas, "whole" has neither. The
# last two fit cells such as 1,234 and 1.234, which are read in two ways.
Notation = Literal["whole", "dot", "comma", "thousands", "comma or thousands", "dot or thousands"]
LARGEST_EXACT = 2**53
_EXPONENT = r"(?:e[+-]?[0-9]+)?"
_INFINITE = r"[+-]?inf(?:inity)?"
_PLAIN = re.compile(rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}|{_INFINITE}", re.IGNORECASE)
_IN_GROUPS = (
    r"[+-]?(?=\{point}?[0-9])(?:[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+|[0-9]*)"
    r"(?:\{point}[0-9]*)?{exponent}|{infinite}"
)
_WITH_DOT, _WITH_COMMA = (
    re.compile(
        _IN_GROUPS.format(point=point, mark=mark, exponent=_EXPONENT, infinite=_INFINITE),
        re.IGNORECASE,
    )
    for point, mark in (".,", ",.")
)
_NOT_PLAIN = re.compile(r"[^0-9.eE+-]")
# a leading zero belongs to a name (007), and floats beyond 2**53 hold not every integer
_MAYBE_NAME = re.compile(r"[+-]?(?:0[0-9]+|[0-9]{16,})")


def is_number(word: str) -> bool:
    """Whether the word is a number as programs write it."""
    return _PLAIN.fullmatch(word.strip()) is not None


def notation_of(numerals: Sequence[str]) -> Notation | None:
    """The way in which all these are written; None where they are not all numbers."""
    if all(_PLAIN.fullmatch(numeral) for numeral in numerals):
        return None if any(map(is_name, numerals)) else notation_of_plain(numerals)
    with_dot = all(_WITH_DOT.fullmatch(numeral) for numeral in numerals)
    with_comma = all(_WITH_COMMA.fullmatch(numeral) for numeral in numerals)
    if with_dot and with_comma:
        return "comma or thousands"
    return "thousands" if with_dot else "comma" if with_comma else None


def notation_of_plain(numerals: Sequence[str]) -> Notation:
    """The way in which these are written, which Python reads."""
    if not any("." in numeral for numeral in numerals):
        return "whole"
    is_parted = all(_WITH_COMMA.fullmatch(numeral) for numeral in numerals)
    return "dot or thousands" if is_parted else "dot"


def is_name(numeral: str) -> bool:
    """Whether a float would not keep what tells these digits from others."""
    if not _MAYBE_NAME.fullmatch(numeral):
        return False
    digits = numeral.lstrip("+-")
    return digits.startswith("0") or len(digits) > 16 or int(digits) > LARGEST_EXACT


def as_python(numeral: str, notation: Notation) -> str:
    """The number as Python reads it."""
    if notation == "thousands":
        return numeral.replace(",", "")
    return numeral.replace(".", "").replace(",", ".") if notation == "comma" else numeral


def plain_numbers(words: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """The numbers that the words are, fast; None where some are not plain numbers or nothing."""
    if _NOT_PLAIN.search("".join(words)):
        return None
    if any(is_name(word) for word in words if "." not in word):
        return None
    try:
        return np.array([word or "nan" for word in words], dtype=object).astype(np.float64)
    except ValueError:
        return None
