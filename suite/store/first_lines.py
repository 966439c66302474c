"""Which line says a thing first, in files that must say each thing once.

A second line would count a run twice, or hide what the first one says.
"""

from __future__ import annotations

from suite.errors import SuiteError


class FirstLines:
    """The location of each thing, by its name."""

    def __init__(self) -> None:
        self._locations: dict[tuple[str, ...], str] = {}

    def add(self, location: str, title: str, *name: str) -> None:
        """Notes where a thing stands; `title`: what messages call it.

        Raises SuiteError, naming both lines, where an earlier one has the same name.
        """
        if name in self._locations:
            raise SuiteError(
                f"{location}: {title}: expected it once, got it again, after"
                f" {self._locations[name]}; remove one of the two lines"
            )
        self._locations[name] = location
