"""Where the program begins, as `suite` and as `python -m suite`."""

import sys

TYPE_CHECKING = False  # see suite/__init__.py
if TYPE_CHECKING:
    from typing import NoReturn


def program() -> "NoReturn":
    """The program. Its imports take a second, in which Ctrl-C ends it without a traceback too."""
    try:
        from suite.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    program()
