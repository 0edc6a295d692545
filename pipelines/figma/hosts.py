"""Where a token, or what was signed with one, may go: nobody on the way can read along."""

from urllib.parse import SplitResult

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_safe(at: SplitResult) -> bool:
    """Whether an address is https, or http on this machine. Raises ValueError for a host that cannot be read."""
    return at.hostname is not None and (at.scheme == "https" or (at.scheme == "http" and at.hostname in LOOPBACK))
