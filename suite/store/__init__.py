"""What is kept: the SQLite store, records as lines of JSON, merging and checking them."""
