"""A compared table of results, ready for a paper, a page or a program: one output a file."""
