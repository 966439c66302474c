"""What a person at a terminal sees: progress while runs come in, tables, and snapshots of a run."""
