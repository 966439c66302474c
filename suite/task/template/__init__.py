"""The files that `suite init` copies: a task, its models and a README."""
