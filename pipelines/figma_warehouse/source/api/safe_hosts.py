"""Checks of addresses: which hosts may get a token or serve a picture."""

import ipaddress
import socket
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_safe(url: str) -> bool:
    """Tell whether a URL is https, or http on this machine, and names the same host for every URL parser.

    Raises ValueError if the host cannot be parsed.
    """
    parts = urlsplit(url)
    # URL parsers disagree about where the host ends at these characters
    if not parts.hostname or "\\" in parts.netloc or "@" in parts.netloc or any(letter <= " " for letter in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def is_local(url: str) -> bool:
    """Tell whether the host of a URL is this machine by its name. Raises ValueError if it cannot be parsed."""
    return urlsplit(url).hostname in LOOPBACK


def is_public(host: str) -> bool:
    """Tell whether a host is a name or a public IP address, in any notation. No name is resolved."""
    host = host.rstrip(".")
    try:
        # inet_aton also reads 127.1, 2130706433 and 0x7f000001, as the system does
        address = ipaddress.ip_address(socket.inet_aton(host) if ":" not in host else host.partition("%")[0])
    except (OSError, ValueError):
        return host.isascii() and host != "localhost" and not host.endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_global
