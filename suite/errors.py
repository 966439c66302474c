"""The one exception a user sees: bad input, refused before anything was done."""


class SuiteError(Exception):
    """One line: which thing, what was expected, what was found, what to do."""
