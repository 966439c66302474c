"""A sentence of the methods paragraph, with what it cites."""

from __future__ import annotations

from dataclasses import dataclass

from suite.reports.results_table.references import Reference


@dataclass(frozen=True)
class Sentence:
    """A sentence without its full stop, and what it cites at its end."""

    text: str
    cites: tuple[Reference, ...] = ()

    @property
    def plain(self) -> str:
        """With its citations in brackets, and a full stop."""
        cited = "; ".join(reference.short for reference in self.cites)
        return f"{self.text} ({cited})." if cited else f"{self.text}."
