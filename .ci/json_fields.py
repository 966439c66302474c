"""Writes the table of fields into docs/json.md: python .ci/json_fields.py"""

from __future__ import annotations

from pathlib import Path

from suite.reports.json_fields import fields_table

PAGE = Path(__file__).parent.parent / "docs" / "json.md"
MARK = "<!-- the fields -->\n\n"

if __name__ == "__main__":
    head, mark, _ = PAGE.read_text().partition(MARK)
    PAGE.write_text(head + mark + fields_table())
