"""What decides bits: the environment, digests of source, ids of questions, random streams."""
