"""Other servers on the usual ports."""

import socket

from local.ports import HOST, free_port


def test_busy_port_gives_the_next_free_one() -> None:
    with socket.create_server((HOST, 0)) as busy:
        taken = busy.getsockname()[1]
        assert taken < free_port(wanted=taken) <= taken + 50


def test_free_port_is_taken_as_wished() -> None:
    free = free_port()
    assert free_port(wanted=free) == free
