"""What goes wrong in the world, many times over: `python -m tests.torture` runs all of it on the
suite's own code.
"""
