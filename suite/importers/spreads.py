"""Cells that say how sure their number is: 68.4(7.1), 0.91 ± 0.02, 0.91 [0.89, 0.93]."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = r"[+\-\N{MINUS SIGN}]?[0-9][0-9.,]*(?:e[+-]?[0-9]+)?\s?%?"
_TO = r"(?:,|;|to|-|\N{EN DASH})"
_SIGN = r"(?:±|\+/-|\+-|\\pm)"
_SPREAD = re.compile(
    rf"(?P<value>{_NUMBER}|\.[0-9]+)\s*(?:{_SIGN}\s*{_NUMBER}"
    rf"|\(\s*{_SIGN}?\s*{_NUMBER}(?:\s*{_TO}\s*{_NUMBER})?\s*\)"
    rf"|\[\s*{_NUMBER}\s*{_TO}\s*{_NUMBER}\s*\])",
    re.IGNORECASE,
)


def without_spread(words: Sequence[str]) -> list[str] | None:
    """The words without what follows ± or stands in brackets; None where no word has it."""
    matches = [_SPREAD.fullmatch(word) for word in words]
    if not any(matches):
        return None
    return [m["value"].strip() if m else word for m, word in zip(matches, words, strict=True)]
