"""From a task to its jobs and runs, with the checks of the code that the task names."""
