"""suite: is A really better than B, or is it seed noise - and can anyone re-run it and get the same number?"""

__version__ = "0.1.0"

from suite.api import Verdicts, compare, load_task, report, run
from suite.errors import SuiteError

__all__ = ["SuiteError", "Verdicts", "__version__", "compare", "load_task", "report", "run"]
