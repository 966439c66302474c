"""Imports what every run needs, once, in the server that child processes are forked from.

Otherwise every child process would take seconds to import it anew. There are only imports here, and
a step on one number, because an optimiser's first step imports much. No thread and no CUDA context
may start here.
"""

import torch

import suite.execution.child
import suite.execution.in_process  # noqa: F401


def first_step() -> None:
    """One step of gradient descent on one number."""
    number = torch.zeros(1)
    number.grad = torch.zeros(1)
    torch.optim.SGD([number], lr=1.0).step()


first_step()
