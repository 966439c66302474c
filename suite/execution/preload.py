"""What every run would otherwise import anew: seconds for each child process, once in the server
they are forked from.

Only imports, and a step on one number, for an optimiser's first step imports much. No thread and no
CUDA context may start here.
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
