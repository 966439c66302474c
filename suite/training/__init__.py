"""Trainers: from a recipe and replicates to one outcome a replicate."""
