"""The page: one HTML file that holds verdicts, figures and every run, and needs no network."""
