"""The one exception a user sees, the nearest name to suggest, and text of others made visible.

The exception means bad input, refused before anything was done. Names of arms and data sets come
from files, and a control character in one could hide or forge a line of a message.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, half of a pair, ends of line and paragraph


class SuiteError(Exception):
    """One line: which thing, what was expected, what was found, what to do."""


def suggestion(name: str, known: Sequence[str]) -> str:
    """The nearest of the `known` names, as a question; all of them where none is near."""
    alike = [other for other in known if other.casefold() == name.casefold()]
    near = alike or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with an escape such as `\x1b` for each character that is no text.

    These are control characters, ends of lines, lone surrogates, and characters that turn the
    direction of writing. Those in `keep` stay.
    """
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if char not in keep and (char in TURNING or unicodedata.category(char) in HIDDEN)
        else char
        for char in text
    )
