"""Datasets: fetching and checking files, reading them, drawing one replicate."""
