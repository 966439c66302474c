"""Stored results -> tables, figures, RESULTS.md. The same records give the same bytes."""
