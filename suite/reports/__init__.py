"""From analysis to text and figures: RESULTS.md, the page, the terminal, JSON, exports."""
