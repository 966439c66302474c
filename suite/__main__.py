"""`python -m suite` is the same program as `suite`."""

import sys

try:
    from suite.cli import main

    if __name__ == "__main__":
        main()
except KeyboardInterrupt:
    sys.exit(130)
