"""What decides bits: the environment, digests of source, ids of questions and runs, random streams."""
