"""What others measured: readers of tables and logs, one format a file."""
