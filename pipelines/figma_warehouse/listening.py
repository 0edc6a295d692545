"""Ports to serve on."""

import socket

from figma_warehouse.failures import UsageFailure


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; port 0 takes a free one. Raises UsageFailure where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with its protocol named, asyncio turns off Nagle's delay on what it accepts: 40 ms an answer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageFailure(
            f"{host}:{port} cannot be listened on: {error.strerror or error}. Choose another --port (0 takes a free"
            " one) or --host."
        ) from error
    listener.listen()
    return listener
