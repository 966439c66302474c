"""Executors: `execute(jobs) -> Iterator[Result]`, in this process or in several."""
