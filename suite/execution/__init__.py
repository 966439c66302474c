"""Where jobs run: in this process, in processes, on Ray; and the runner that stores results."""
