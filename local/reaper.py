"""The guard that outlives its owner: ends process groups and removes folders left behind.

Run as a script with a pipe as standard input. Each line is `+group N`, `-group N` or
`+folder PATH`. The end of the pipe means that the owner has gone, in whatever way: groups still
known get GRACE_SECONDS to end by themselves (each got its own signal from the kernel), then
SIGKILL; last, the folders go.
"""

import os
import shutil
import signal
import sys
import time

GRACE_SECONDS = 4.0


def group_lives(group: int) -> bool:
    """True while a process of the group exists; one that only waits to be reaped counts too."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # alive, and no longer ours
        return False
    return True


def end_groups(groups: set[int]) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(group_lives, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in filter(group_lives, groups):
        os.killpg(group, signal.SIGKILL)


def main() -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    groups: set[int] = set()
    folders: list[str] = []
    for line in sys.stdin:
        order, _, value = line.rstrip("\n").partition(" ")
        if order == "+group":
            groups.add(int(value))
        elif order == "-group":
            groups.discard(int(value))
        elif order == "+folder":
            folders.append(value)
    end_groups(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
