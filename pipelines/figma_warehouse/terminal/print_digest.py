"""What `digest` prints and sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from figma_warehouse.messages.message_formats import format_message
from figma_warehouse.terminal.formatting import print_line

if TYPE_CHECKING:
    from figma_warehouse.job.digest import Digest
    from figma_warehouse.messages.message import MessageFormat
    from figma_warehouse.messages.message_settings import Recipients


def print_digest(console: Console, digest: Digest, as_format: MessageFormat) -> None:
    """Print a digest in a format, as it is: no line is wrapped."""
    console.file.write(format_message(digest.message, as_format))
    console.file.flush()


def send_digest(console: Console, digest: Digest, recipients: Recipients) -> None:
    """Send a digest if something is new, and print where it went. Raises NotSent."""
    from figma_warehouse.messages.delivery import send_message

    if not digest.is_news:
        print_line(console, f"Nothing is new since {digest.since_at:%Y-%m-%d}: nothing was sent.")
        return
    print_line(console, f"The digest was sent to {' and '.join(send_message(digest.message, recipients))}.")
