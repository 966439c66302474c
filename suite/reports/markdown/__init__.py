"""RESULTS.md, section by section."""
