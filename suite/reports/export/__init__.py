"""Records for other programs: JSON lines, CSV, Parquet, MLflow, benchmark trackers."""
