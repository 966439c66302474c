"""The first moments of a command's process: its limits, then the command in its place.

Run as a file by a bare interpreter, `python -I -S entry.py RUNNER BYTES LC_CTYPE WORD...`, so that
nothing of the runner's is copied, and no code runs between a fork and an exec. It imports nothing
of ours.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from importlib import import_module

_signal = import_module("_signal")  # `signal` itself takes longer to import than all else here

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
# where the machine itself runs out of memory, an arm goes before its runner
OUT_OF_MEMORY_SCORE = b"800"
NOT_EXECUTABLE, NOT_FOUND = 126, 127  # as shells have it


def main(runner: int, memory_bytes: int, locale: str, words: list[str]) -> int:
    """Becomes the command, of which `runner` is the parent; a shell's status where it cannot.

    `memory_bytes`: 0 for no limit. `locale`: LC_CTYPE as it was, "" for unset: this interpreter
    changes it where the locale is C (PEP 538).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _enter_linux(runner)
        if memory_bytes:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    environment = {name: value for name, value in os.environ.items() if name != "LC_CTYPE"}
    environment |= {"LC_CTYPE": locale} if locale else {}
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):  # which this interpreter ignores
        _signal.signal(number, _signal.SIG_DFL)
    try:
        os.execvpe(words[0], words, environment)  # noqa: S606
    except OSError as error:
        os.write(2, f"cannot start {words[0]}: {error.strerror}\n".encode())
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE


def _enter_linux(runner: int) -> None:
    """Ends with the runner, however that ends; keeps below itself whatever it starts."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_PDEATHSIG, int(_signal.SIGKILL), 0, 0, 0)
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if os.getppid() != runner:  # it ended before the line above
        os._exit(1)
    try:
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(score, OUT_OF_MEMORY_SCORE)
        os.close(score)
    except OSError:
        pass  # a hint that some containers refuse


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
