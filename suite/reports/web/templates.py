"""The files that pages are made of. Every page begins and ends as `base.html` says."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

BASE, STYLE = "base.html", "page.css"


def asset(name: str, package: str = "suite.reports.web") -> str:
    """A file of a page, as text, from the folder `assets` of its package."""
    return (files(package) / "assets" / name).read_text(encoding="utf-8")


def make_templates(name: str, text: str) -> Environment:
    """A template that may extend `base.html`; text is escaped, and a missing value is an error."""
    return Environment(
        loader=DictLoader({BASE: asset(BASE), name: text}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
