"""Ports on this machine that nobody else uses: other servers on the usual ones must not matter."""

import socket
from itertools import chain

HOST = "127.0.0.1"


def free_port(*, wanted: int = 0, tries: int = 50) -> int:
    """`wanted` or one of the next ports, whichever is free first; without a wish, any free one."""
    following = range(wanted, wanted + tries) if wanted else ()
    for port in chain(following, [0]):
        with socket.socket() as probe:
            # As servers do: a port whose last connections are still fading away is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("No port is free.")
