"""Runs as trackers and trainers log them, and the table of results that they make."""
