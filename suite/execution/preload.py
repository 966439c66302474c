"""Imports what every run needs, once, in the server that child processes are forked from.

Otherwise every child process would take seconds to import it anew. There are only imports here, and
a step on one number, because an optimiser's first step imports much. No thread and no CUDA context
may start here.

Python's collector of garbage rests meanwhile, and then forgets what is here: there is nothing to
collect, and a child that looked through all of it would copy the memory of its server.
"""

import gc

gc.disable()

import importlib  # noqa: E402
import os  # noqa: E402
from contextlib import suppress  # noqa: E402

import torch  # noqa: E402

import suite.execution.child_program  # noqa: E402
import suite.execution.in_process  # noqa: E402
import suite.execution.scoring  # noqa: E402, F401
from suite.execution.fork_server import PRELOAD_VARIABLE  # noqa: E402


def first_step() -> None:
    """One step of gradient descent on one number."""
    number = torch.zeros(1)
    number.grad = torch.zeros(1)
    torch.optim.SGD([number], lr=1.0).step()


first_step()
for name in os.environ.pop(PRELOAD_VARIABLE, "").split():
    with suppress(BaseException):  # the job that needs it says what is wrong with it
        importlib.import_module(name)
gc.freeze()
gc.enable()
