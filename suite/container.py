"""The container's entry: changes from root to the output folder's owner, runs the command line.

A folder that Docker made for a mount belongs to root; it is given to a numeric user without a name.
"""

import os
import sys
from pathlib import Path

from suite.cli import main

NOBODY = 65532  # the user that distroless images call nonroot
OUTPUT = Path("/out")


def give_up_root(output: Path) -> None:
    """Becomes the owner of `output`, for good; does nothing where the process is not root."""
    if os.geteuid() != 0:
        return
    owner = output.stat()
    user, group = (owner.st_uid, owner.st_gid) if owner.st_uid else (NOBODY, NOBODY)
    if not owner.st_uid and os.access(output, os.W_OK):
        os.chown(output, user, group)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


if __name__ == "__main__":
    try:
        give_up_root(OUTPUT)
    except OSError as error:
        sys.exit(
            f"suite: cannot give up root: {error.strerror}; start the container with --user"
            " 65532:65532"
        )
    main()
