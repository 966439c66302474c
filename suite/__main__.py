"""`python -m suite` is the same program as `suite`."""

from suite.cli import main

if __name__ == "__main__":
    main()
