"""suite: whether A is really better than B, or it is seed noise.

And whether anyone can re-run the comparison and get the same number.
"""

# as in typing, which takes a moment to import: Ctrl-C then would be a traceback
TYPE_CHECKING = False
if TYPE_CHECKING:
    from suite.api import TableVerdicts, Verdicts, compare, load_task, report, run, versus
    from suite.errors import SuiteError

__version__ = "0.1.0"
__all__ = [
    "SuiteError",
    "TableVerdicts",
    "Verdicts",
    "__version__",
    "compare",
    "load_task",
    "report",
    "run",
    "versus",
]


def __getattr__(name: str) -> object:
    """What Python programs use, imported when first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'suite' has no attribute {name!r}")
    from suite import api
    from suite.errors import SuiteError

    functions = {known: getattr(api, known) for known in __all__ if hasattr(api, known)}
    globals().update(functions, SuiteError=SuiteError)
    return globals()[name]
