"""The declaration: task files, their fields, seeds, variants of a task, and the template of a new one."""
