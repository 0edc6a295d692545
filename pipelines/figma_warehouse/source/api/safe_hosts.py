"""Where a token, or what was signed with one, may go: nobody on the way can read along."""

import ipaddress
import socket
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_safe(url: str) -> bool:
    """Whether an address is https, or http on this machine, and all readers of it take it for the same host.

    Raises ValueError for a host that cannot be read.
    """
    at = urlsplit(url)
    # where one reader ends the host, another may go on to the next
    if not at.hostname or "\\" in at.netloc or "@" in at.netloc or any(letter <= " " for letter in url):
        return False
    return at.scheme == "https" or (at.scheme == "http" and at.hostname in LOOPBACK)


def is_local(url: str) -> bool:
    """Whether an address lies on this machine by its name. Raises ValueError for a host that cannot be read."""
    return urlsplit(url).hostname in LOOPBACK


def is_public(host: str) -> bool:
    """Whether a host is a name, or an address of the open internet, however it is written."""
    host = host.rstrip(".")
    try:
        # also 127.1, 2130706433 and 0x7f000001, as the system reads them
        address = ipaddress.ip_address(socket.inet_aton(host) if ":" not in host else host.partition("%")[0])
    except (OSError, ValueError):
        return host.isascii() and host != "localhost" and not host.endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_global
