"""Text of others as a terminal may show it: what would move the cursor or turn the text is named.

Names of arms and data sets come from files, and a control character in one could hide or forge a
line of an answer.
"""

from __future__ import annotations

import unicodedata

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, half of a pair, ends of line and paragraph


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
