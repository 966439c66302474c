"""The networks that come with the suite, by name."""
