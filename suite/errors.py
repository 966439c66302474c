"""The one exception a user sees, and the nearest name to suggest.

The exception means bad input, refused before anything was done.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence


class SuiteError(Exception):
    """One line: which thing, what was expected, what was found, what to do."""


def suggestion(name: str, known: Sequence[str]) -> str:
    """The nearest of the `known` names, as a question; all of them where none is near."""
    alike = [other for other in known if other.casefold() == name.casefold()]
    near = alike or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
