"""The command line: parse, call, print, exit code. Nothing else in the suite prints.

Exit codes: 0 done; 1 done, and the answer is no (failed runs); 2 bad input, nothing was done; 130
and 143 interrupted; 70 a mistake of ours.
"""

from suite.cli.program import app, main

__all__ = ["app", "main"]
