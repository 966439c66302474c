"""What a person sees while the program reads."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.markup import escape


def show_waiting(what: str) -> AbstractContextManager[object]:
    """A spinner on the terminal while something is done; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return nullcontext()
    return Console(stderr=True).status(f"{escape(what)} ...")
