"""Listening sockets for the dashboards and the sandbox."""

import socket

from figma_warehouse.failures import UsageFailure


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Port 0 picks a free port. Raises UsageFailure if the address is in use or invalid."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm, which delays each response by 40 ms, only if the protocol is given
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageFailure(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Choose another --port (0 picks a free one) or"
            " --host."
        ) from error
    listener.listen()
    return listener
