"""The declaration: task files, their fields, seeds and variants, and the template of a new task."""
