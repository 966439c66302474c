"""The verdicts on the arms of a table as text for the terminal, and as lines of JSON."""

from suite.reports.table_text.answer import headline, table_lines
from suite.reports.table_text.records import record_lines
from suite.reports.text_columns import WIDTH

__all__ = ["WIDTH", "headline", "record_lines", "table_lines"]
