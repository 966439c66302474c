"""The command line: parse, call, print, exit code. Nothing else prints, and heavy modules are
imported where they are used.

Exit codes: 0 done; 1 done, and the answer is no (failed runs); 2 bad input, nothing was done; 130
and 143 interrupted; 70 a mistake of ours.
"""

from suite.cli.options import app
from suite.cli.program import main

__all__ = ["app", "main"]
