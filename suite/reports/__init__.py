"""From analysis to text and figures, one output a file: RESULTS.md, page, terminal, JSON, exports."""
